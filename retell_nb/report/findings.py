"""Findings as a reader of a report sees them: what is wrong, whose it is, what to do."""

from __future__ import annotations

from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb import text, times
from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.report import page
from retell_nb.report.page import KINDS, Html
from retell_nb.report.source import HIDDEN
from retell_nb.selection.code import as_code
from retell_nb.tables.findings.wording import period, rhythm, without_times
from retell_nb.vocabulary.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["calm", "cards", "failures", "headline", "sentences"]

_STYLE = """
.retell-finding { border: 1px solid #8884; border-left: 5px solid #b92d1c; border-radius: 5px;
  padding: 7px 14px 6px; margin: 8px 0; overflow-wrap: anywhere; break-inside: avoid;
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.retell-finding.retell-minor { border-left-color: #8888; }
.retell-finding p { margin: .2em 0; max-width: none; }
.retell-finding .retell-title { font-size: 1.12em; font-weight: 650; margin: 0 0 .25em; }
.retell-finding .retell-title span { font-weight: 400; opacity: .78; }
.retell-finding dl { display: grid; grid-template-columns: 1.1fr .9fr 1.1fr 1.5fr; gap: 4px 16px;
  margin: 4px 0; }
.retell-finding dt { font-size: .85em; font-weight: 600; opacity: .7; }
.retell-finding dd { margin: 0; }
.retell-finding .retell-small { font-size: .9em; opacity: .78; }
.retell-finding details { font-size: .9em; margin-top: .25em; }
.retell-finding .retell-id { display: block; opacity: .7; }
.retell-finding summary { cursor: pointer; opacity: .78; }
.retell-finding pre { margin: .3em 0; padding: 6px 10px; background: #8881; border-radius: 4px;
  white-space: pre-wrap; }
@media screen and (max-width: 700px) { .retell-finding dl { grid-template-columns: 1fr; } }
"""

_MOST = 4
"""Faults that the headline lists on each side; the others are counted."""


def headline(findings: pd.DataFrame, summary: pd.DataFrame, *, tz: str = "UTC") -> Html:
    """How many faults there are and the top one, what is going on and what is over; all failures.

    Parameters
    ----------
    findings, summary : DataFrame
        As `calls.retell.findings()` and `calls.retell.summary()` return them.
    tz : str
        Time zone of the days that are named.

    Returns
    -------
    Html

    Examples
    --------
    >>> from retell_nb import tables
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"] * 40 + ["user_hangup"] * 200})
    >>> calls["agent_id"] = ["a"] * 50 + ["b"] * 190
    >>> html = repr(headline(tables.findings(calls), tables.summary(calls)))
    >>> html.partition("<br>")[0].partition(">")[2]
    '1 fault, at least 32 calls recoverable: failed or blocked dials (a).'
    """
    state = page.headline(summary, tz=tz)
    lines = sentences(findings)
    if not lines:
        return state
    lead, *sides = (
        f"<b>{name}:</b> {escape(words)}" if name else escape(words)
        for name, words in lines.items()
    )
    below = repr(state).replace("retell-headline", "retell-state")
    return Html(f'<p class="retell-headline">{"<br>".join([lead, *sides])}</p>{below}')


def sentences(findings: pd.DataFrame) -> dict[str, str]:
    """What the faults come to, under no name; then those going on, and those over, under theirs.

    Empty where there is no fault.

    Examples
    --------
    >>> from retell_nb.tables import findings as table_of
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"] * 40 + ["user_hangup"] * 200})
    >>> sentences(table_of(calls.assign(agent_id=["a"] * 50 + ["b"] * 190)))["Ongoing"]
    'none.'
    """
    faults = findings[findings["saveable"] > 0]
    if faults.empty:
        return {}
    signs = findings[(findings["saveable"] <= 0) & ~_of_records(findings)]
    number = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
    top = faults.iloc[0]
    lead = f"{number}, at least {text.calls(faults['saveable'].sum())} recoverable"
    lead += f"{'; the largest' * (len(faults) > 1)}: {_kind(top)} ({top['where']})."
    going = faults["ongoing"]
    sides = {
        "Ongoing": going.eq(True).fillna(value=False),  # noqa: FBT003 - a flag with three values
        "Over": going.eq(False).fillna(value=False),  # noqa: FBT003
        "No clear time": going.isna(),
    }
    watched = {WATCH: f"{_list(signs, places=True)}."} if len(signs) else {}
    return (
        {"": lead}
        | {
            name: f"{_list(faults[rows], places=name == 'Ongoing')}."
            for name, rows in sides.items()
            if rows.any() or name == "Ongoing"
        }
        | watched
    )


def _of_records(findings: pd.DataFrame) -> pd.Series[bool]:
    """Findings about records, which the section on data quality is about."""
    return findings["kind"].str.startswith(("impossible_", "unknown_"))


def _list(rows: pd.DataFrame, *, places: bool) -> str:
    """Faults by name, with their places where that is wanted."""
    names = [
        f"{_kind(row)} ({row['where']})" if places else _kind(row) for _, row in rows.iterrows()
    ]
    names = [*dict.fromkeys(names)]
    rest = [f"and {len(names) - _MOST} more"] * (len(names) > _MOST)
    return "; ".join([*names[:_MOST], *rest]) or "none"


def _kind(row: pd.Series[Any]) -> str:
    return KINDS.get(row["kind"], str(row["kind"]).replace("_", " "))


def cards(findings: pd.DataFrame, *, tz: str = "UTC", currency: str = "USD") -> Html:
    """What is wrong, a block for each finding; a calm sentence where nothing stands out.

    What is wrong with the records is left to the section on data quality.

    Parameters
    ----------
    findings : DataFrame
        As `calls.retell.findings()` returns it.
    tz : str
        Time zone of the times; the one that the findings were made with.
    currency : str
        Code of the currency that costs are in; nothing is converted.

    Returns
    -------
    Html

    Examples
    --------
    >>> from retell_nb.tables import findings
    >>> page = cards(findings(pd.DataFrame({"disconnection_reason": ["user_hangup"]})))
    >>> "No failures: 1 call ended, none failed." in repr(page)
    True
    """
    faults = findings[~_of_records(findings)]
    major = faults["saveable"] > 0
    blocks = [_card(row, tz, currency) for _, row in faults[major].iterrows()]
    blocks = blocks or [f"<p>{escape(calm(findings))}</p>"]
    watched = [_card(row, tz, currency) for _, row in faults[~major].iterrows()]
    blocks += [f"<h3>{WATCH}</h3>", *watched] if watched else []
    hidden = f'<p class="retell-note">{HIDDEN}</p>' * any(map(_is_hidden, faults["filters"]))
    return Html(f"<style>{_STYLE}</style>{''.join(blocks)}{hidden}{_note(findings, faults)}")


WATCH = "Not failures, but worth watching"
"""What findings are called that no failed call is behind."""

_ENOUGH = 30
"""Ended calls from which on a fault can stand out."""


def failures(findings: pd.DataFrame, breakdown: pd.DataFrame) -> Html:
    """The reasons of the failures, who can fix them and how, where no fault stands out.

    Parameters
    ----------
    findings : DataFrame
        As `calls.retell.findings()` returns it.
    breakdown : DataFrame
        As `calls.retell.breakdown()` returns it of the failed calls.

    Returns
    -------
    Html
        Nothing where a fault stands out, as its card says the same.

    Examples
    --------
    >>> import retell_nb as rn
    >>> call = {"call_id": "call_1", "disconnection_reason": "dial_failed"}
    >>> calls = rn.as_calls([call]).retell
    >>> "dial_failed" in repr(failures(calls.findings(), calls.breakdown()))
    True
    """
    reasons = breakdown[breakdown["calls"] > 0]
    if (findings["saveable"] > 0).any() or reasons.empty:
        return Html("")
    reasons = reasons.sort_values("calls", ascending=False, kind="stable")
    return page.table(reasons[["reason", "calls", "owner", "meaning", "remedy"]], limit=5)


def _card(row: pd.Series[Any], tz: str, currency: str) -> str:
    minor = "" if row["saveable"] > 0 else " retell-minor"
    heading = row["title"].partition(": ")[0]
    mix = row["title"].partition("; no rate rose, ")[2]
    state = {True: "ongoing", False: "over"}.get(row["ongoing"], "")
    ends = (row["since"], row["until"])
    facts = {
        "Where": without_times(row["where"], row["filters"], ends, tz),
        "When": _when(row, tz),
        "Who can fix it": text.owner(row["owner"]),
        "What to do": row["remedy"],
    }
    terms = "".join(
        f"<div><dt>{name}</dt><dd>{escape(words)}{_id(row) * (name == 'Where')}</dd></div>"
        for name, words in facts.items()
        if words
    )
    state = f" <span>· {state}</span>" if state else ""
    small = " ".join(
        [*_sizes(row, currency), f"No rate rose; {mix}." if mix else "", row["overlap"]]
    ).strip()
    return (
        f'<div class="retell-finding{minor}">'
        f'<p class="retell-title">{escape(heading)}{state}</p><dl>{terms}</dl>'
        f'<p class="retell-small">{escape(small)}</p>'
        "<details><summary>Evidence, and code for these calls</summary>"
        f"<p>{escape(row['evidence'])} Grade: {escape(row['grade'])}. "
        f"Finding: {escape(row['finding'])}</p>"
        f"<pre>{escape(as_code(row['filters'], tz=tz))}</pre></details></div>"
    )


def _id(row: pd.Series[Any]) -> str:
    """The agent's id in small letters, as its name may be of several agents; on paper as well."""
    ids = [text.cleaned(one) for one in row["filters"].get("agent_id", ()) if one is not None]
    words = ", ".join(one for one in ids if one not in row["where"])
    return f' <small class="retell-id">{escape(words)}</small>' if words else ""


def _when(row: pd.Series[Any], tz: str) -> str:
    if pd.isna(row["since"]):
        return ""
    first, last = (row[edge].tz_convert(tz) for edge in ("since", "until"))
    if usual := rhythm(row["filters"], tz):
        days = [times.day(time, year=False) for time in (first, last)]
        return f"{usual}, {' to '.join(dict.fromkeys(days))}"
    if pd.notna(row["ongoing"]) and row["ongoing"]:
        return f"since {times.moment(first)} {tz}; last by {times.moment(last)}"
    return period(first, last, tz)


def _sizes(row: pd.Series[Any], currency: str) -> Iterable[str]:
    """How much it is: its rate, of all failures, recoverable, in money."""
    rate, exposed = text.interval(row["rate"], row["low"], row["high"]), row["calls"] / row["rate"]
    yield f"{text.count(row['calls'])} of the {text.calls(exposed)} exposed to it: {rate}."
    if row["saveable"] > 0:
        yield f"{text.percent(row['share'])} of all failures."
        yield f"At least {text.calls(row['saveable'])} recoverable."
    if row["cost"] > 0:
        yield f"Recorded cost: {text.money(row['cost'] / 100, currency)}."


def _is_hidden(filters: Mapping[str, Any]) -> bool:
    """Whether a finding names a number by its pseudonym."""
    named = chain.from_iterable(one for one in filters.values() if isinstance(one, list))
    return any(is_pseudonym(str(one)) for one in named)


def calm(findings: pd.DataFrame) -> str:
    """What there is to say where no fault stands out; few calls are no all-clear.

    Examples
    --------
    >>> from retell_nb.tables import findings
    >>> calm(findings(pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})))
    'Too few calls to tell a fault from chance: 2 calls ended, 1 of them failed.'
    """
    ended, failed = (findings.attrs.get(name, 0) for name in ("calls", "failed"))
    if not ended:
        return "No calls have ended, so there is nothing to look for."
    if not failed:
        return f"No failures: {text.calls(ended)} ended, none failed."
    if ended < _ENOUGH:
        return (
            "Too few calls to tell a fault from chance: "
            f"{text.calls(ended)} ended, {text.count(failed)} of them failed."
        )
    return (
        f"Nothing stands out: {text.calls(ended)} ended, {text.count(failed)} of them failed, and "
        "no agent, number, hour or period fails more often than the others beyond chance."
    )


def _note(findings: pd.DataFrame, faults: pd.DataFrame) -> str:
    """How good the evidence is, what was checked, and what could not be."""
    attributes, missing = (findings.attrs.get(name) for name in ("looked_at", "not_checked"))
    grades = [f"{grade}: {GRADES[grade]}" for grade in faults["grade"].unique()]
    sentences = [f"Grades of evidence: {'; '.join(grades)}."] if grades else []
    names = ", ".join(_ATTRIBUTES.get(name, name.replace("_", " ")) for name in attributes or ())
    sentences += [f"Compared by {names}."] if names else []
    sentences += [f"Not checked: {'; '.join(missing)}."] if missing else []
    more = findings.attrs.get("more", 0)
    sentences += [f"{text.count(more)} smaller finding{'s' * (more != 1)} not shown."] * (more > 0)
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in [_EXPOSED, *sentences])
    summary = "<summary>How these were found</summary>"
    return f'<details class="retell-note">{summary}<ul>{items}</ul></details>' if sentences else ""


_EXPOSED = (
    "A call is exposed to a fault if it got far enough to run into it: every dialed call for a "
    "refused dial, every connected call for an LLM server error. So the number of calls differs "
    "from fault to fault, and from the sections below."
)
_ATTRIBUTES = {
    "agent_id": "agent",
    "agent_name": "agent",
    "agent_version": "agent version",
    "call_type": "phone or web",
    "from_number": "caller number",
}
"""What an attribute that was looked at is called."""
