"""Makes the false Retell beside this file importable."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from retell_server import KEY, FakeRetell, made_up_calls

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def retell(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRetell]:
    """Serve sixty calls on loopback; the environment holds the key and the address."""
    with FakeRetell(made_up_calls(60)) as server:
        monkeypatch.setenv("RETELL_API_KEY", KEY)
        monkeypatch.setenv("RETELL_BASE_URL", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server
