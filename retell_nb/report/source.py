"""What a report begins with: the calls to which choices apply, and a copy that can be shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb.calls.loading import load_calls
from retell_nb.calls.masking import mask as masked
from retell_nb.selection.select import chosen, parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

__all__ = ["load_chosen", "shareable"]


def load_chosen(
    source: str = "sample",
    start: str | None = None,
    end: str | None = None,
    *,
    choices: str | Mapping[str, Any] | None = None,
    columns: str | Mapping[str, Any] | None = None,
    tz: str = "UTC",
) -> pd.DataFrame:
    """Return the calls of a source in a period to which every choice applies.

    Parameters
    ----------
    source, start, end, tz
        As for `retell_nb.load_calls`.
    choices : str or mapping, optional
        As `retell_nb.tables.chosen` takes them, or as JSON text.
    columns : str or mapping, optional
        As `retell_nb.load_calls` takes them, or as JSON text.

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
    calls = load_calls(source, start, end, columns=columns, tz=tz)
    return chosen(calls, **{"tz": tz, **parsed(choices)})


def shareable(
    calls: pd.DataFrame, *, mask: bool = True, show: Collection[str] = ()
) -> pd.DataFrame:
    """Return the calls as a report may show them: masked, unless that is not wanted.

    Parameters
    ----------
    calls : DataFrame
    mask : bool
        Whether to hide personal data, as `calls.retell.mask()` does.
    show : collection of str
        With `mask`: columns beside the schema's that may be shown, where the calls have them.

    Examples
    --------
    >>> from retell_nb import sample_calls
    >>> calls = sample_calls(50)
    >>> shareable(calls)["to_number"].equals(calls["to_number"])
    False
    >>> shareable(calls, mask=False) is calls
    True
    """
    if not mask:
        return calls
    return masked(calls, keep=[name for name in show if name in calls.columns])
