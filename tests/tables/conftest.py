"""Small typed frames of calls, from a list of what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from retell_nb.calls.schema import DTYPES, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _column(records: Sequence[dict[str, Any]], name: str, kind: str) -> pd.Series:
    cells = [record.get(name) for record in records]
    if kind == "time":
        return pd.Series(pd.to_datetime(cells, utc=True, format="ISO8601")).astype(DTYPES[kind])
    dtype = DTYPES["text"] if kind == "category" else DTYPES[kind]
    return pd.Series(cells, dtype=object).astype(dtype).astype(DTYPES[kind])


@pytest.fixture(scope="session")
def calls_of() -> Callable[..., pd.DataFrame]:
    def build(records: Sequence[dict[str, Any]], index: Any = None) -> pd.DataFrame:
        numbered = [{"call_id": f"call_{n:03}", **record} for n, record in enumerate(records)]
        columns = {name: _column(numbered, name, kind) for name, kind in SCHEMA.items()}
        others = sorted({name for record in records for name in record} - set(SCHEMA))
        columns |= {name: pd.Series([record.get(name) for record in records]) for name in others}
        calls = pd.DataFrame(columns)
        return calls if index is None else calls.set_axis(index)

    return build


@pytest.fixture(scope="session")
def calls_for(calls_of: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    def build(*reasons: str | None, **columns: Sequence[Any]) -> pd.DataFrame:
        rows = zip(*columns.values(), strict=True) if columns else [()] * len(reasons)
        return calls_of(
            [
                {"disconnection_reason": reason, **dict(zip(columns, row, strict=True))}
                for reason, row in zip(reasons, rows, strict=True)
            ]
        )

    return build
