"""The kinds of arrays and columns that pass from room to room, named once."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Codes", "Column", "Floats", "Ints", "Mask", "Rows", "Totals"]

Column: TypeAlias = "pd.Series[Any]"
Mask: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Totals: TypeAlias = npt.NDArray[Any]
Rows: TypeAlias = npt.NDArray[np.intp]
