"""What there is to see of a choice is what the table words count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer.figures import figures
from retell_nb.explorer.index import Index
from retell_nb.explorer.pictures import drawn
from retell_nb.explorer.view import view
from tests.conftest import HOSTILE  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPTY: Mapping[str, Any] = {}
