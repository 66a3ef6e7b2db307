"""The first screen of the failure report as plain text, for chat and mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb import tables, text
from retell_nb.calls.masking import shareable
from retell_nb.report.figures import figures, in_words, load
from retell_nb.report.findings import calm, sentences
from retell_nb.report.page import NO_CALLS, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from retell_nb.calls.reading.mapping import Names

__all__ = ["digest"]


def digest(  # noqa: PLR0913 - the parameters of a notebook
    source: str = "sample",
    start: str | None = None,
    end: str | None = None,
    *,
    timezone: str = "UTC",
    filters: str | Mapping[str, Any] | None = None,
    columns: str | Names | None = None,
    mask: bool | str = True,
    currency: str = "USD",
) -> str:
    """Return the headline, the five figures and a line for each finding.

    Parameters
    ----------
    source, start, end, timezone, filters, columns, mask, currency
        As the notebook `failure_report` takes them.

    Returns
    -------
    str
        Without calls just the sentence that there are none, `page.NO_CALLS`.

    Examples
    --------
    >>> digest(start="2026-03-16", end="2026-03-23").splitlines()[2]
    'Ongoing: none.'
    """
    calls, before = load(source, start, end, tz=timezone, filters=filters, columns=columns)
    if calls.empty:
        return NO_CALLS
    calls = shareable(calls, hide=mask)
    return "\n".join(_lines(calls, before, source, timezone, currency))


def _lines(
    calls: pd.DataFrame, before: pd.DataFrame, source: str, tz: str, currency: str
) -> Iterator[str]:
    findings = tables.findings(calls, tz=tz)
    yield f"Failure report: {text.calls(len(calls))} from {source}, times in {tz}"
    for name, words in sentences(findings).items():
        yield f"{name}: {words}" if name else words
    yield state(tables.summary(calls), tz=tz)
    yield ""
    yield from in_words(figures(calls, before, tz=tz), currency=currency)
    yield ""
    faults = findings[~findings["kind"].str.startswith(("impossible_", "unknown_"))]
    for _, row in faults.iterrows():
        owner = row["owner"].replace("_", " ")
        yield f"- {row['title']}. Owner: {owner}. {row['remedy']}"
    if faults.empty:
        yield calm(findings)
