"""Run rules of Western Electric and of Nelson, by name, on standardized values.

Sources
-------
Western Electric Company, Statistical Quality Control Handbook (1956).
L. S. Nelson, "The Shewhart control chart - tests for special causes", Journal of Quality
Technology 16 (1984), 237-239.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Mask: TypeAlias = npt.NDArray[np.bool_]
    Sides: TypeAlias = npt.NDArray[np.int8]

__all__ = ["RUN_RULES", "RunRule", "flags"]


class RunRule(NamedTuple):
    """A pattern among standardized values that chance seldom makes."""

    meaning: str
    pattern: Callable[[Floats], Mask]
    """Takes values in order of time, and marks where the pattern is complete."""
    sided: bool = True
    """Whether the pattern is on one side, so that the other side is looked at too."""


def flags(name: str, z: Floats) -> Sides:
    """Where a run rule is complete: 1 for a high rate, -1 for a low one, 0 elsewhere.

    Parameters
    ----------
    name : str
        Of `RUN_RULES`.
    z : array of float
        Standardized values in order of time, without gaps.

    Returns
    -------
    array of int8
        A pattern without a side takes the side of the value that completes it.

    Examples
    --------
    >>> flags("2 of 3 beyond 2 sigma", np.array([0.1, 2.5, 0.3, 2.2, -2.1, -2.4])).tolist()
    [0, 0, 0, 1, 0, -1]
    """
    rule = RUN_RULES[name]
    if not rule.sided:
        return np.where(rule.pattern(z), np.where(z < 0, -1, 1), 0).astype(np.int8)
    return rule.pattern(z).astype(np.int8) - rule.pattern(-z).astype(np.int8)


def _several(some: int, of: int, beyond: float) -> Callable[[Floats], Mask]:
    """So many of so many values lie above a limit, the newest among them."""

    def pattern(z: Floats) -> Mask:
        above = z > beyond
        return above & (_sum_of_last(above, of) >= some)

    return pattern


def _rising_or_falling(z: Floats) -> Mask:
    """Six values in a row, each above the one before; the other side is that of falling."""
    rises = np.zeros(z.shape, dtype=bool)
    rises[1:] = np.diff(z) > 0
    return np.asarray(_sum_of_last(rises, 5) == 5)


def _alternating(z: Floats) -> Mask:
    """Fourteen values in a row go up and down in turn."""
    turns = np.zeros(z.shape, dtype=bool)
    turns[2:] = np.diff(z)[1:] * np.diff(z)[:-1] < 0
    return np.asarray(_sum_of_last(turns, 12) == 12)


def _hugging(z: Floats) -> Mask:
    """Fifteen values in a row lie within one sigma."""
    return np.asarray(_sum_of_last(np.abs(z) < 1, 15) == 15)


def _avoiding(z: Floats) -> Mask:
    """Eight values in a row lie beyond one sigma, on either side."""
    return np.asarray(_sum_of_last(np.abs(z) > 1, 8) == 8)


def _sum_of_last(marks: Mask, n: int) -> npt.NDArray[np.int64]:
    """How many of the last n values are marked."""
    total = np.cumsum(np.concatenate([np.zeros(n, dtype=np.int64), marks]))
    return total[n:] - total[:-n]


RUN_RULES: Mapping[str, RunRule] = {
    "2 of 3 beyond 2 sigma": RunRule(
        "two of three periods are beyond 2 sigma on one side (Western Electric 2, Nelson 5)",
        _several(2, 3, 2),
    ),
    "4 of 5 beyond 1 sigma": RunRule(
        "four of five periods are beyond 1 sigma on one side (Western Electric 3, Nelson 6)",
        _several(4, 5, 1),
    ),
    "8 on one side": RunRule(
        "eight periods in a row are on one side of the center (Western Electric 4)",
        _several(8, 8, 0),
    ),
    "9 on one side": RunRule(
        "nine periods in a row are on one side of the center (Nelson 2)", _several(9, 9, 0)
    ),
    "6 rising or falling": RunRule(
        "six periods in a row rise, or fall, throughout (Nelson 3)", _rising_or_falling
    ),
    "14 alternating": RunRule(
        "fourteen periods in a row go up and down in turn (Nelson 4)", _alternating, sided=False
    ),
    "15 within 1 sigma": RunRule(
        "fifteen periods in a row are within 1 sigma of the center (Nelson 7)",
        _hugging,
        sided=False,
    ),
    "8 beyond 1 sigma": RunRule(
        "eight periods in a row are beyond 1 sigma, on either side (Nelson 8)",
        _avoiding,
        sided=False,
    ),
}
"""The run rules by name."""
