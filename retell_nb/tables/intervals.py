"""Rates and how sure they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]

__all__ = ["Z95", "ratio", "wilson"]

Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: how far a 95 % interval reaches."""


def ratio(hits: npt.ArrayLike, calls: npt.ArrayLike) -> Floats:
    """Hits per call, not a number where there are no calls.

    Parameters
    ----------
    hits, calls : array_like of int
        Of shapes that go together.

    Returns
    -------
    array of float

    Examples
    --------
    >>> ratio([1, 0], [4, 0]).tolist()
    [0.25, nan]
    """
    n = np.asarray(calls, dtype=np.float64)
    return np.asarray(hits, dtype=np.float64) / np.where(n > 0, n, np.nan)


def wilson(hits: npt.ArrayLike, calls: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's 95 % interval of a rate: its low and its high end, not a number for no calls.

    Parameters
    ----------
    hits, calls : array_like of int
        How many of how many; of the same shape.

    Returns
    -------
    low, high : arrays of float
        Within 0 and 1, and around hits / calls.

    Notes
    -----
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212; without the correction
    for continuity. It stays honest for few calls and for rates near 0 or 1.

    Examples
    --------
    >>> low, high = wilson([0, 5], [10, 10])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.237], [0.278, 0.763])
    """
    n = np.asarray(calls, dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    rate = ratio(hits, n)
    centre = rate + Z95**2 / (2 * n)
    half = Z95 * np.sqrt(rate * (1 - rate) / n + (Z95 / (2 * n)) ** 2)
    low, high = ((centre + side * half) / (1 + Z95**2 / n) for side in (-1, 1))
    return np.minimum(np.maximum(low, 0), rate), np.maximum(np.minimum(high, 1), rate)
