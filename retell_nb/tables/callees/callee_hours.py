"""At which hour of their own day callees answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.engine.codes import Key, key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio
from retell_nb.engine.shrinkage import shrunken
from retell_nb.tables.callees.attempts import chains
from retell_nb.tables.callees.callees import dialed
from retell_nb.tables.rates import rated

if TYPE_CHECKING:
    from retell_nb.calls.outbound import Outbound
    from retell_nb.engine.aliases import Codes, Floats, Mask
    from retell_nb.tables.callees.callees import Callees, Dialed

__all__ = ["callee_hours", "hours_of", "local_hours"]

_LATE = 3  # attempts from the third on are one kind
ADJUSTED = ("adjusted", "adjusted_low", "adjusted_high")


def callee_hours(
    calls: pd.DataFrame,
    *,
    region: str | None = None,
    gap: str | pd.Timedelta = "24h",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Answer rate at each local hour of the callees, plain, and adjusted for who was called.

    Countries answer differently, and a third attempt goes to those who did not answer twice. So
    the adjusted rate compares the answers of an hour with those to be expected of the callees of
    that hour, by country and attempt, and is shrunken: an hour of three calls cannot win.

    Parameters
    ----------
    calls : DataFrame
        With `to_number`; `direction` and `call_type` where there are any. A call's time is its
        start, or else its end.
    region : str, optional
        Country (two letters) whose numbers are written as they are dialed there.
    gap : str or Timedelta
        The longest time from one attempt at a callee to the next.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        24 rows: `hour` of the callee's clock, `calls` that were dialed and whose ending is known,
        `answered`, `rate`, `low` and `high` (Wilson, 95%); the calls of `unknown` ending beside
        them; `expected`, the answers if the hour made no difference; `adjusted`, `adjusted_low`
        and `adjusted_high` (95%). No row where unknown which calls are outbound:
        ``attrs["undirected"]`` counts them, and ``attrs["not_recorded"]`` names the columns that
        could tell. In ``attrs`` besides:
        ``undecided`` counts the calls left out because their callee's clock is not known, as a
        number may belong to zones with different clocks (``apart``), or to none (``nowhere``), and
        ``undated`` those without a time.

    Raises
    ------
    ValueError
        If a column is missing or the region is not valid.

    Notes
    -----
    A callee's time zone is that of the prefix of its number, also where a mobile phone has moved.
    For the method see `retell_nb.engine.shrinkage.shrunken`.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "user_hangup"], "to_number": "+4930123456",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T12:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call",
    ... })
    >>> table = callee_hours(calls)
    >>> table.loc[table["calls"] > 0, ["hour", "calls", "answered", "rate"]]
        hour  calls  answered  rate
    11    11      1         0   0.0
    13    13      1         1   1.0
    """
    them = dialed(calls, region, reasons)
    return hours_of(them, chains(calls, them.kinds, gap))


def hours_of(them: Dialed, links: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `callee_hours` of calls whose callees have been looked up.

    `links` says which attempt each call is, as `chains` does.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": [], "to_number": [], "start_timestamp": []})
    >>> calls["start_timestamp"] = pd.to_datetime(calls["start_timestamp"], utc=True)
    >>> them = dialed(calls)
    >>> len(hours_of(them, chains(calls, them.kinds)))
    24
    """
    calls, kinds, callees, *_ = them
    times = when(calls)
    hours = local_hours(times, callees)
    within = kinds.dialed & (hours >= 0)
    rating = within & ~kinds.unknown
    chance = np.where(rating, _chances(callees, kinds, links, rating), 0)
    sums = {"expected": chance, "variance": chance * (1 - chance)}
    hour = Key("hour", hours, pd.Series(np.arange(24)))
    hits = {"calls": rating, "answered": kinds.answered, "unknown": kinds.unknown}
    counts = count([hour], len(calls), where=within, hits=hits, sums=sums)
    whole = {name: _every_hour(part, counts.places[0]) for name, part in counts.totals.items()}
    table = _adjusted(whole)
    if kinds.attrs["not_recorded"]:
        table = table.iloc[:0]
    table.attrs.update(kinds.attrs, **_counts_left_out(callees, kinds.dialed, hours, times))
    return table


def local_hours(times: pd.Series[pd.Timestamp], known: Callees) -> Codes:
    """Return the hour that the clock of each call's callee showed, -1 where that is not known.

    Examples
    --------
    >>> from retell_nb.tables.callees.callees import Callees
    >>> berlin = pd.DataFrame({"zone": ["Europe/Berlin", None]})
    >>> times = pd.Series(pd.to_datetime(["2026-07-01T22:30Z"] * 2, format="ISO8601"))
    >>> local_hours(times, Callees(np.array([0, 1]), berlin)).tolist()
    [0, -1]
    """
    zones, names = pd.factorize(known.table["zone"])
    of_call = np.append(zones, -1)[known.codes]
    hours = np.full(len(times), -1, dtype=np.int64)
    dated = times.notna().to_numpy()
    for place, name in enumerate(names):
        mine = dated & (of_call == place)
        hours[mine] = times[mine].dt.tz_convert(name).dt.hour
    return hours


def _chances(callees: Callees, kinds: Outbound, links: pd.DataFrame, where: Mask) -> Floats:
    """Return how often callees of the country answered at the attempt that each call is."""
    countries = key(callees.table["country"].rename("country"))
    country = Key("country", np.append(countries.codes, -1)[callees.codes], countries.levels)
    attempt = links["attempt"].fillna(0).clip(upper=_LATE).to_numpy(np.int64)
    number = Key("attempt", attempt, pd.Series(np.arange(_LATE + 1)))
    counts = count([country, number], len(links), where=where, hits={"hits": kinds.answered})
    rates = np.zeros((len(country.levels) + 1, _LATE + 2))
    rates[tuple(counts.places)] = ratio(counts.totals["hits"], counts.calls)
    chances: Floats = rates[country.codes, attempt]
    return chances


def _every_hour(part: Floats, hours: Codes) -> Floats:
    whole = np.zeros(24, dtype=part.dtype)
    whole[hours] = part
    return whole


def _adjusted(whole: dict[str, Floats]) -> pd.DataFrame:
    hours = pd.DataFrame({"hour": np.arange(24)})
    names = ("calls", "answered", "unknown")
    calls, answered, unknown = (whole[name].astype(np.int64) for name in names)
    table = rated(hours, calls, answered, "answered", unknown)
    ratios = shrunken(whole["answered"], whole["expected"], whole["variance"])
    over_all = float(ratio(whole["answered"].sum(), whole["calls"].sum()))
    ends = (ratios.rate, ratios.low, ratios.high)
    rates = {name: np.minimum(over_all * end, 1) for name, end in zip(ADJUSTED, ends, strict=True)}
    return table.assign(expected=whole["expected"], **rates)


def _counts_left_out(
    callees: Callees, dialed: Mask, hours: Codes, times: pd.Series[pd.Timestamp]
) -> dict[str, int]:
    dated = times.notna().to_numpy()
    undecided = dialed & dated & (hours < 0)
    apart = callees.table["zone_from"].str.endswith("different clocks").to_numpy(dtype=bool)
    torn = undecided & np.append(apart, False)[callees.codes]
    return {
        "undecided": int(undecided.sum()),
        "apart": int(torn.sum()),
        "nowhere": int((undecided & ~torn).sum()),
        "undated": int((dialed & ~dated).sum()),
    }
