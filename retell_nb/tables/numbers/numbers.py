"""The numbers that calls were made from: in a row each, or day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.tables.numbers.daily import daily
from retell_nb.tables.numbers.health import health
from retell_nb.text import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["numbers"]

_TABLES = {"number": health, "day": daily}


def numbers(
    calls: pd.DataFrame,
    per: str = "number",
    *,
    window: str = "1h",
    short: str = "10s",
    thresholds: pd.DataFrame | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Use, blocks, bursts and signs of risk of the numbers that calls were made from.

    Parameters
    ----------
    calls : DataFrame
        With `from_number`, `to_number`, `direction`, `call_type`, `duration_ms` and
        `start_timestamp`. Outbound phone calls that ended count.
    per : {"number", "day"}
        What a row is: a number, those with the most to worry about first; or a number on a day on
        which it dialed.
    window : str
        Length of time within which the busiest moment is sought.
    short : str
        An answered call that lasts less than this is short.
    thresholds : DataFrame, optional
        A changed copy of `retell_nb.THRESHOLDS`.
    tz : str
        Time zone of the days.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `from_number`, and `day` where a row is one; `attempts` and `seizures`;
        `answered`, `human`, short calls and blocks with their rates and intervals; the busiest
        moments; `bursts`; `flags`, how many signs of risk there are, and `risk`, a sentence for
        each. Nobody but the carrier knows a number's label.

    Raises
    ------
    ValueError
        If a column is missing, a length of time or a time zone is not valid, or the thresholds
        are not in form.

    Examples
    --------
    >>> import retell_nb as rn
    >>> calls = rn.sample_calls(20_000, seed=7)
    >>> numbers(calls)[["from_number", "seizures", "bursts", "flags"]].head(1)
        from_number  seizures  bursts  flags
    0  +13035550184       640       3      5
    >>> numbers(calls, per="day").columns[:2].tolist()
    ['from_number', 'day']
    """
    if per not in _TABLES:
        raise ValueError(
            f"per={per!r} is not a kind of row.{did_you_mean(per, _TABLES)} "
            "Allowed: 'number', 'day'."
        )
    return _TABLES[per](
        calls, window=window, short=short, thresholds=thresholds, tz=tz, reasons=reasons
    )
