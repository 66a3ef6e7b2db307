"""Findings as a reader of a report sees them: what is wrong, whose it is, what to do."""

from __future__ import annotations

from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb import text
from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.report import page
from retell_nb.report.page import KINDS, TIME, UNBROKEN, Html
from retell_nb.report.source import HIDDEN
from retell_nb.selection.code import as_code
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
.retell-finding time { white-space: nowrap; }
.retell-finding .retell-small { font-size: .9em; opacity: .78; }
.retell-finding details { font-size: .9em; margin-top: .25em; }
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
    >>> repr(headline(tables.findings(calls), tables.summary(calls))).partition("<br>")[0]
    '<p class="retell-headline">1 fault, about 32 calls recoverable: failed or blocked dials (a).'
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
    return Html(f'<p class="retell-headline">{lead}<br>{" ".join(sides)}</p>{below}')


def sentences(findings: pd.DataFrame) -> dict[str, str]:
    """What the faults come to, under no name; then those going on, and those over, under theirs.

    Empty where there is no fault.

    Examples
    --------
    >>> from retell_nb.tables import findings as table_of
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"] * 40 + ["user_hangup"] * 200})
    >>> sentences(table_of(calls.assign(agent_id=["a"] * 50 + ["b"] * 190)))["Going on"]
    'none.'
    """
    faults = findings[findings["saveable"] > 0]
    if faults.empty:
        return {}
    number = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
    top = faults.iloc[0]
    lead = f"{number}, about {text.calls(faults['saveable'].sum())} recoverable"
    lead += f"{'; the largest' * (len(faults) > 1)}: {_kind(top)} ({top['where']})."
    going = faults["ongoing"]
    sides = {
        "Going on": going.eq(True).fillna(value=False),  # noqa: FBT003 - a flag with three values
        "Over": going.eq(False).fillna(value=False),  # noqa: FBT003
        "Without a time": going.isna(),
    }
    return {"": lead} | {
        name: f"{_list(faults[rows], places=name == 'Going on')}."
        for name, rows in sides.items()
        if rows.any() or name == "Going on"
    }


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
    >>> "None of 1 call that ended failed." in repr(page)
    True
    """
    faults = findings[~findings["kind"].str.startswith(("impossible_", "unknown_"))]
    blocks = [_card(row, tz, currency) for _, row in faults.iterrows()]
    blocks = blocks or [f"<p>{escape(calm(findings))}</p>"]
    hidden = f'<p class="retell-note">{HIDDEN}</p>' * any(map(_is_hidden, faults["filters"]))
    return Html(f"<style>{_STYLE}</style>{''.join(blocks)}{hidden}{_note(findings, faults)}")


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
    state = {True: "going on", False: "over"}.get(row["ongoing"], "")
    facts = {
        "Where": row["where"],
        "When": _when(row, tz),
        "Who can fix it": text.owner(row["owner"]),
        "What to do": row["remedy"],
    }
    ids = ", ".join(map(text.cleaned, row["filters"].get("agent_id", ())))
    tip = f' title="{escape(ids)}"' if ids else ""
    terms = "".join(
        f"<div><dt>{name}</dt><dd{tip * (name == 'Where')}>"
        f"{TIME.sub(UNBROKEN, escape(words))}</dd></div>"
        for name, words in facts.items()
        if words
    )
    state = f" <span>· {state}</span>" if state else ""
    small = " ".join(
        [*_sizes(row, currency), f"No rate rose; {mix}." if mix else "", row["overlap"]]
    ).strip()
    return _written(
        f'<div class="retell-finding{minor}">'
        f'<p class="retell-title">{escape(heading)}{state}</p><dl>{terms}</dl>'
        f'<p class="retell-small">{escape(small)}</p>'
        f"<details><summary>Evidence, and the calls as code ({escape(row['finding'])})</summary>"
        f"<p>{escape(row['evidence'])} Grade: {escape(row['grade'])}.</p>"
        f"<pre>{escape(as_code(row['filters'], tz=tz))}</pre></details></div>"
    )


def _written(block: str) -> str:
    """Keep each number and its sign on one line."""
    return block.replace(" %", "\N{NO-BREAK SPACE}%")


def _when(row: pd.Series[Any], tz: str) -> str:
    if pd.isna(row["since"]):
        return ""
    first, last = (row[edge].tz_convert(tz) for edge in ("since", "until"))
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} {tz}"


def _sizes(row: pd.Series[Any], currency: str) -> Iterable[str]:
    """How much it is: its rate, of all failures, recoverable, in money."""
    rate = text.interval(row["rate"], row["low"], row["high"])
    yield f"{rate} of the calls there."
    if row["saveable"] > 0:
        yield f"{text.percent(row['share'])} of all failures;"
        yield f"at least {text.calls(row['saveable'])} recoverable."
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
    'Too few calls to tell a fault from chance: 1 of 2 calls that ended failed.'
    """
    ended, failed = (findings.attrs.get(name, 0) for name in ("calls", "failed"))
    if not ended:
        return "There are no calls that ended, so nothing to find."
    if not failed:
        return f"None of {text.calls(ended)} that ended failed."
    if ended < _ENOUGH:
        return (
            "Too few calls to tell a fault from chance: "
            f"{text.count(failed)} of {text.calls(ended)} that ended failed."
        )
    return (
        f"Nothing stands out among {text.calls(ended)} that ended, "
        f"{text.count(failed)} of which failed: no agent, number, hour or period fails more often "
        "than the others beyond chance."
    )


def _note(findings: pd.DataFrame, faults: pd.DataFrame) -> str:
    """How good the evidence is, what was checked, and what could not be."""
    attributes, missing = (findings.attrs.get(name) for name in ("looked_at", "not_checked"))
    grades = [f"{grade}: {GRADES[grade]}" for grade in faults["grade"].unique()]
    sentences = [f"Grades of evidence: {'; '.join(grades)}."] if grades else []
    sentences += [f"Checked: {', '.join(attributes)}."] if attributes else []
    sentences += [f"Not checked: {'; '.join(missing)}."] if missing else []
    more = findings.attrs.get("more", 0)
    sentences += [f"Findings not shown: {more}."] if more else []
    words = escape(" ".join(sentences))
    summary = "<summary>What was checked</summary>"
    return f'<details class="retell-note">{summary}<p>{words}</p></details>' if words else ""
