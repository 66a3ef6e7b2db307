"""One call explains itself: what ended it, the evidence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.reading.one_call import as_record, load_record
from retell_nb.diagnosis.case import Case
from retell_nb.diagnosis.grading import evidence
from retell_nb.diagnosis.summary import Facts, facts, timeline
from retell_nb.vocabulary.reasons import REASONS, as_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from matplotlib.axes import Axes

    from retell_nb.calls.api.client import Client
    from retell_nb.calls.reading.mapping import Names
    from retell_nb.report.page import Html

__all__ = ["Diagnosis", "diagnose"]


@dataclass(frozen=True, repr=False, eq=False)
class Diagnosis:
    """Diagnosis of one call; it shows itself in a notebook and in a terminal.

    Attributes
    ----------
    facts : Facts
        What is known of the call at a glance, as attributes such as `facts.owner`.
    evidence : DataFrame
        `kind`, `grade` (`observed`, `classified`, `unproven`), `finding` and `proof`.
    timeline : DataFrame
        What happened in the call: `who`, `name`, `start`, `end`, `ok`, `text`.

    Examples
    --------
    >>> diagnose({"call_id": "call_1", "disconnection_reason": "dial_busy"}).facts.owner
    'nobody'
    """

    facts: Facts
    evidence: pd.DataFrame
    timeline: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """Return all that the diagnosis says as plain values that JSON can hold.

        Examples
        --------
        >>> told = diagnose({"call_id": "call_1", "disconnection_reason": "dial_busy"}).as_dict()
        >>> told["outcome"], told["evidence"][0]["grade"]
        ('not_reached', 'observed')
        """
        plain_facts = {name: _plain(value) for name, value in self.facts._asdict().items()}
        return {**plain_facts, "evidence": _rows(self.evidence), "timeline": _rows(self.timeline)}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw who spoke when, the tools, and the end of the call.

        Parameters
        ----------
        ax : Axes, optional
            By default a new figure.

        Examples
        --------
        >>> ax = diagnose(None, source="sample").plot()
        >>> ax.get_xlabel()
        'time in the call'
        """
        from retell_nb.plots.call_timeline import call_timeline  # noqa: PLC0415 - matplotlib

        return call_timeline(self.timeline, ax=ax)

    def conversation(self) -> Html:
        """Return what was said and done in the call, in order of time, as a table for a page.

        Examples
        --------
        >>> "<table" in diagnose(None, source="sample").conversation()._repr_html_()
        True
        """
        from retell_nb.diagnosis import card  # noqa: PLC0415 - only when something is shown

        return card.conversation(self.timeline)

    def __repr__(self) -> str:
        from retell_nb.diagnosis import card  # noqa: PLC0415 - only when something is shown

        return card.plain(self.facts, self.evidence)

    def _repr_html_(self) -> str:
        from retell_nb.diagnosis import card  # noqa: PLC0415 - only when something is shown

        return card.html(self.facts, self.evidence)


def diagnose(
    call: str | Mapping[str, Any] | pd.Series[Any] | None,
    *,
    source: str | PathLike[str] = "api",
    columns: str | Names | None = None,
    client: Client | None = None,
    calls: pd.DataFrame | None = None,
    reasons: pd.DataFrame | None = None,
    mask: bool | str = False,
) -> Diagnosis:
    """Return why one call ended, the evidence, whose it is to mend, and what to do.

    Parameters
    ----------
    call : str, dict or Series
        A call id; or the call itself: a record as get-call or list-calls returns it, a webhook
        body, or a row of a frame of calls.
    source : str or path
        Where to look a call id up: `api` (the key is in RETELL_API_KEY), `sample`, or what
        `read_calls` takes. Outside of the API, None stands for the one call that is there.
    columns : mapping or str, optional
        For a file: its names to those of the API, as `read_calls` takes them.
    client : Client, optional
        A client of your own for the API.
    calls : DataFrame, optional
        Other calls, to compare the latency with; by default those of the source.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    mask : bool or str
        True hides the number of the other side and all that was said, ``"all"`` your own number
        too.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If the record is none of a call, or the source does not hold the call.
    NotFoundError
        If the API does not know the call.

    Examples
    --------
    >>> from retell_nb import sample_calls
    >>> calls = sample_calls(500, seed=7)
    >>> diagnose(calls.iloc[0], calls=calls).facts.call_id == calls["call_id"][0]
    True
    """
    if isinstance(call, str) or (call is None and source != "api"):
        record, beside = _record_and_calls(call, source, columns, client)
        calls = beside if calls is None else calls
    else:
        record = as_record(call)
    if calls is not None and not isinstance(calls, pd.DataFrame):
        raise ValueError(
            f"calls= is of type {type(calls).__name__}; give a frame of calls, as of read_calls."
        )
    vocabulary = REASONS if reasons is None else as_vocabulary(reasons)
    case = Case(record, vocabulary, calls, mask)
    return Diagnosis(facts(case), evidence(case), timeline(case))


def _record_and_calls(
    call_id: str | None,
    source: str | PathLike[str],
    columns: str | Names | None,
    client: Client | None,
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    if source != "api":
        return load_record(call_id, source, columns)
    if client is not None:
        return as_record(client.get_call(call_id)), None  # type: ignore[arg-type]
    from retell_nb.calls.api.client import Client  # noqa: PLC0415 - httpx, only when it is used

    with Client() as own:
        return as_record(own.get_call(call_id)), None  # type: ignore[arg-type]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return [dict(item) for item in value] if isinstance(value, tuple) else value


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    cells = table.astype(object).where(table.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in cells.to_dict("records")]
