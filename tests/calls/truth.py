"""The truth of a false Retell, as a frame to compare with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
from retell_server import ONLY_IN_GET_CALL

import retell_nb as rn

if TYPE_CHECKING:
    from pathlib import Path

    from retell_server import FakeRetell


def assert_true(calls: pd.DataFrame, retell: FakeRetell, folder: Path, *, since: int = 0) -> None:
    """The calls are those that ended, as the server tells them now: none lost and none twice."""
    path = folder / "truth.json"
    truth = [
        listed(call) for call in retell.calls.values() if (call.get("end_timestamp") or 0) > since
    ]
    path.write_text(json.dumps({"items": truth}), encoding="utf-8")
    assert_same(calls, rn.read_calls(path))


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Two frames hold the same calls, in whatever order of rows and columns."""
    pd.testing.assert_frame_equal(_plain(one), _plain(other))


def listed(call: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name not in ONLY_IN_GET_CALL}


def _plain(calls: pd.DataFrame) -> pd.DataFrame:
    ordered = calls[sorted(calls)].sort_values("call_id", ignore_index=True)
    texts = [name for name in ordered if ordered[name].dtype == object]  # None or nan there
    return ordered.assign(**{name: ordered[name].fillna("missing") for name in texts})
