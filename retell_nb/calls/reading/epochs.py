"""Numbers that are times: which unit they are in shows in their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.reading.times import in_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Column, Floats, Ints, Mask

__all__ = ["SERIALS", "YEARS", "Epochs", "epochs_of"]

YEARS = (pd.Timestamp("1970-01-02 12:00", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC"))
"""From when and before when a time may be. Earlier is, in whichever zone, what programs make of a
zero or of a time of day without a date."""

_FIRST, _LAST = int(pd.Timestamp("1971-01-01").value // 10**6), int(YEARS[1].timestamp()) * 1000
"""Milliseconds that are times: in less, a number of 1970 is of another kind."""
_NONE = np.iinfo(np.int64).min
_UNITS = (
    ("epoch seconds", 1e9, 5e9, 1e3),
    ("epoch microseconds", 1e15, 5e15, 1e-3),
    ("epoch nanoseconds", 1e18, 5e18, 1e-6),
)
"""Units other than milliseconds: from 2001 on, when all of them differ in size."""

_DATES = (("%Y%m%d", 19_900_101, 21_991_231), ("%Y%m%d%H%M%S", 19_900_101e6, 21_991_231e6))
SERIALS = (30_000, 75_000)
"""Days since 1899 that are dates: from 1982 to 2105."""
_SERIAL_OF_1970 = 25_569


class Epochs(NamedTuple):
    """Times of numbers, and how they were read."""

    times: Column
    zoneless: Mask
    """Those that stand for what a clock shows, in no zone."""
    remarks: Mapping[str, Mask]
    """Masks of those that are no milliseconds, by what they were taken for."""


def epochs_of(numbers: Column, tz: str, scale: float) -> Epochs:
    """Return the times of numbers, missing where one is none.

    Milliseconds since 1970, or what another size shows: seconds, microseconds, nanoseconds; days
    since 1899, as spreadsheets have them; or a date such as 20260302.

    Parameters
    ----------
    numbers : Series of float
    tz : str
        Time zone of dates and of spreadsheets' days.
    scale : float
        Milliseconds of one; with any but 1 the size decides nothing.

    Examples
    --------
    >>> numbers = pd.Series([1772445600000, 1772445600, 46083.4166666667, 20260302])
    >>> epochs = epochs_of(numbers, "UTC", scale=1)
    >>> epochs.times.dt.strftime("%Y-%m-%d %H:%M").unique().tolist()
    ['2026-03-02 10:00', '2026-03-02 00:00']
    >>> list(epochs.remarks)
    ['epoch seconds', 'days as spreadsheets count them', 'dates']
    """
    cells = numbers.to_numpy() * scale
    moments = np.full(len(cells), _NONE)
    within = (cells >= _FIRST) & (cells <= _LAST)
    np.copyto(moments, np.rint(cells), where=within, casting="unsafe")
    zoneless = np.zeros(len(cells), dtype=bool)
    remarks: dict[str, Mask] = {}
    local = None
    if scale == 1 and (~within & ~np.isnan(cells) | (cells < _UNITS[0][2])).any():
        walls = np.full(len(cells), _NONE)
        remarks = _by_size(cells, moments, walls)
        zoneless = walls != _NONE
        local = in_utc(pd.Series(walls.view("M8[ms]")), tz)
    times = pd.Series(moments.view("M8[ms]"), copy=False).dt.tz_localize("UTC")
    if local is not None:
        times = times.fillna(local)
    times = pd.Series(times.array, numbers.index, name=numbers.name, copy=False)
    return Epochs(times, zoneless, remarks)


def _by_size(cells: Floats, moments: Ints, walls: Ints) -> dict[str, Mask]:
    """Write in what numbers of other units are, and return masks of them."""
    remarks = {}
    for name, least, most, scale in _UNITS:
        remarks[name] = mask = (cells >= least) & (cells < most)
        moments[mask] = (cells[mask] * scale).round()
    days = (cells >= SERIALS[0]) & (cells < SERIALS[1])
    walls[days] = ((cells[days] - _SERIAL_OF_1970) * 86_400_000).round()
    remarks["days as spreadsheets count them"] = days
    remarks["dates"] = dates = np.zeros(len(cells), dtype=bool)
    for form, first, last in _DATES:
        some = np.flatnonzero((cells >= first) & (cells <= last) & (np.floor(cells) == cells))
        texts = pd.Series(cells[some].astype(np.int64)).astype(str)
        read = pd.to_datetime(texts, format=form, errors="coerce")
        valid = read.notna().to_numpy()
        walls[some[valid]] = read[valid].dt.as_unit("ms").to_numpy().view("i8")
        dates[some[valid]] = True
    moments[days | dates] = _NONE
    return {name: mask for name, mask in remarks.items() if mask.any()}
