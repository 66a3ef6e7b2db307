"""Durations as parts of a day: read where that is sure, else what was assumed is said."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from retell_nb import as_calls

EXACT = [124 / 86400, 43 / 86400, 0.0]
SHORT = [0.00144, 0.0005, 0.0]
STARTS = ["2026-03-02 14:00:00Z", "2026-03-02 15:00:00Z", "2026-03-02 16:00:00Z"]
ENDS = ["2026-03-02 14:02:04Z", "2026-03-02 15:00:43Z", "2026-03-02 16:00:00Z"]


def durations(table: dict[str, Any], **options: Any) -> tuple[list[int], list[str]]:
    calls = as_calls(pd.DataFrame({"End Reason": ["x"] * 3, **table}), **options)
    return calls["duration_ms"].tolist(), calls.attrs["notes"]


@pytest.mark.parametrize(
    ("label", "cells", "more"),
    [
        ("Duration", EXACT, {}),
        ("Call Duration", [str(cell) for cell in EXACT], {}),
        ("Duration", [str(cell).replace(".", ",") for cell in EXACT], {}),
        ("Duration ([h]:mm:ss)", SHORT, {}),
        ("Call Length (hh:mm:ss)", SHORT, {}),
        ("Duration (mm:ss)", SHORT, {}),
        ("Duration", SHORT, {"Start Time": [46083.5, 46083.6, 46083.7]}),
        ("Duration", SHORT, {"Date": [46083, 46083, 46084], "Time": [0.5, 0.6, 0.7]}),
        ("Duration", SHORT, {"Start": STARTS, "End": ENDS}),
    ],
)
def test_parts_of_a_day_are_read_where_that_is_sure(
    label: str, cells: list[Any], more: dict[str, Any]
) -> None:
    """By the header, the times beside them or whole seconds; a note says it, without a warning."""
    lasted, notes = durations({label: cells, **more})
    assert lasted == pytest.approx([124_000, 43_000, 0], abs=500)
    assert any("parts of a day" in note for note in notes)
    assert not any("bare numbers are s" in note for note in notes)


@pytest.mark.parametrize(
    "cells", [SHORT, [0.5, 0.25, 0.0], [0.9, 0.2, 0.35], [0.00144, None, None]]
)
@pytest.mark.parametrize("label", ["Duration", "Talk Time"])
def test_where_it_is_not_sure_a_warning_says_that_seconds_were_assumed(
    label: str, cells: list[float | None]
) -> None:
    """The cure in it works."""
    with pytest.warns(UserWarning, match=f"All numbers in {label} are below 1 .* seconds"):
        lasted, _ = durations({label: cells})
    assert lasted[0] == round((cells[0] or 0) * 1000)
    lasted, _ = durations({label: cells}, columns={label: ("duration_ms", "d")})
    assert lasted[0] == round((cells[0] or 0) * 86_400_000)


@pytest.mark.parametrize(
    ("label", "cells", "expected"),
    [
        ("Duration (s)", [0.8, 0.5, 0.0], [800, 500, 0]),
        ("Duration", [0.8, 30, 0.0], [800, 30_000, 0]),
        ("Duration", [0, 0, 0], [0, 0, 0]),
        ("Duration", ["0:47", "3m 40s", None], [47_000, 220_000, pd.NA]),
    ],
)
def test_a_unit_that_is_named_or_shows_is_not_asked_for(
    label: str, cells: list[Any], expected: list[Any]
) -> None:
    """Nothing is said of parts of a day."""
    lasted, notes = durations({label: cells})
    assert [*map(str, lasted)] == [*map(str, expected)]
    assert not any("parts of a day" in note for note in notes)
