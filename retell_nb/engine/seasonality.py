"""The rhythm of the week in a rate: how many times the usual rate each period has.

Source
------
The shrinkage is that of D. G. Clayton and J. Kaldor, "Empirical Bayes estimates of age-standardized
relative risks", Biometrics 43 (1987), 671-681, with its strength from the method of moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats

    Codes: TypeAlias = npt.NDArray[np.int64]

__all__ = ["relative_risk"]


def relative_risk(
    failed: npt.ArrayLike,
    calls: npt.ArrayLike,
    *seasons: npt.ArrayLike,
    usual: npt.ArrayLike | None = None,
    spread: float = 1.0,
) -> Floats:
    """How many times the usual rate each period has, by its place in the rhythm.

    Parameters
    ----------
    failed, calls : array_like of int
        How many of how many, per period. Periods that should teach nothing, as a fault makes them
        unlike the others, have 0 calls here.
    *seasons : array_like of int
        Codes of the places in the rhythm, one array after the other: hours of the day, then
        weekdays, then hours of the week, each taking what the ones before leave.
    usual : array_like of float, optional
        Rate of each period without its rhythm, such as that of its segment; by default the pooled.
    spread : float
        Laney's sigma z of the rates: what varies more than chance is less proof of a rhythm.

    Returns
    -------
    array of float
        1 on average over the calls. A place with few failures stays near 1, and so do all where
        they differ by no more than chance makes them.

    Examples
    --------
    >>> weekday = np.arange(56) % 7
    >>> failed = np.where(weekday == 6, 60, 20)
    >>> relative_risk(failed, np.full(56, 200), weekday)[:7].round(1).tolist()
    [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 2.3]
    """
    x, n = (np.asarray(part, dtype=np.float64) for part in (failed, calls))
    if not n.sum() or not x.sum():
        return np.ones(x.shape)
    level = np.broadcast_to(x.sum() / n.sum() if usual is None else np.asarray(usual), x.shape)
    expected = n * np.nan_to_num(level.astype(np.float64))
    risk = np.ones(x.shape)
    for season in seasons:
        codes = np.asarray(season, dtype=np.int64)
        risk = risk * _factors(x, expected * risk, codes, spread)[codes]
    return np.asarray(risk * expected.sum() / (expected * risk).sum())


def _factors(failed: Floats, expected: Floats, codes: Codes, spread: float) -> Floats:
    """Failures over expected ones at each place of the rhythm, shrunk to 1."""
    hits = np.bincount(codes, weights=failed)
    mean = np.bincount(codes, weights=expected)
    mean *= hits.sum() / mean.sum()
    noise = spread**2
    # Σ (O - E)² / E has the mean (places - 1) · noise + variance · (ΣE - ΣE² / ΣE)
    filled = mean > 0
    chi2 = ((hits - mean)[filled] ** 2 / mean[filled]).sum()
    room = mean.sum() - (mean**2).sum() / mean.sum()
    variance = max(chi2 - (filled.sum() - 1) * noise, 0.0) / room if room > 0 else 0.0
    if not variance:
        return np.ones(mean.shape)
    weight = noise / variance
    factors: Floats = (hits + weight) / (mean + weight)
    return factors
