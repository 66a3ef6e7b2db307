"""Calls of a source to which choices apply: what a report on a part of the calls begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb.calls.loading import load_calls
from retell_nb.calls.masking import mask as masked
from retell_nb.tables.choosing import chosen, parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

__all__ = ["load_chosen"]


def load_chosen(
    source: str = "sample",
    start: str | None = None,
    end: str | None = None,
    *,
    choices: str | Mapping[str, Any] | None = None,
    tz: str = "UTC",
    mask: bool = False,
    show: Collection[str] = (),
) -> pd.DataFrame:
    """Return the calls of a source in a period to which every choice applies.

    Numbers are chosen by what they are and hidden afterwards.

    Parameters
    ----------
    source, start, end, tz, mask, show
        As for `retell_nb.load_calls`.
    choices : str or mapping, optional
        As `retell_nb.tables.chosen` takes them, or as JSON text.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If a choice is none, or the text is no JSON object.

    Examples
    --------
    >>> calls = load_chosen("sample", choices='{"outcome": ["failed"]}')
    >>> calls.retell.outcome.unique().tolist()
    ['failed']
    """
    calls = chosen(load_calls(source, start, end, tz=tz), tz=tz, **parsed(choices))
    if not mask:
        return calls
    return masked(calls, keep=[name for name in show if name in calls.columns])
