"""The diagnosis of a call as a card: HTML for a notebook, plain text for a terminal."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from retell_nb import text
from retell_nb.calls.dashboard import dashboard_link, dashboard_url
from retell_nb.plots.parts import colors
from retell_nb.report import page
from retell_nb.text import NOTHING, cleaned, count
from retell_nb.times import at, lasting
from retell_nb.vocabulary.grades import GRADES
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    from retell_nb.diagnosis.summary import Facts

    Finding: TypeAlias = tuple[str, str]

__all__ = ["conversation", "html", "plain"]

_WIDTH = 92
_LONGEST = 200
_MOST = 1000
_FEW = 5
_REDIAL = {
    "never": "no",
    "scheduled": "at the time they asked for",
    "after_fix": "only after the fix",
    "later": "yes, at another hour",
    "once": "yes, once",
    "backoff": "yes, with increasing delays",
    "other_number": "only from another number",
    "not_yet": "not yet, the call is still running",
    "unknown": "unknown",
}
_STYLE = """
.retell-card { border: 1px solid #8886; border-left: 6px solid var(--paint);
  border-radius: 6px; padding: 14px 20px 10px; margin: 8px 0;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: inherit;
  overflow-wrap: anywhere; }
.retell-card .retell-end { font-size: 1.35em; font-weight: 650; margin: 0; }
.retell-card .retell-outcome { font-size: .62em; font-weight: 600; vertical-align: .2em;
  background: var(--paint); color: var(--ink); border-radius: 4px; padding: 2px 8px;
  margin-left: .5em; white-space: nowrap; }
.retell-card .retell-meaning { margin: .15em 0 .8em; max-width: none; }
.retell-card .retell-facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px;
  margin: 0 0 .4em; }
.retell-card .retell-name { opacity: .65; }
.retell-card h4 { font-size: 1em; font-weight: 650; margin: .9em 0 .2em; }
.retell-card h4 small { font-weight: 400; opacity: .65; }
.retell-card ul { margin: 0; padding-left: 1.2em; }
.retell-card li { margin: .1em 0; }
.retell-card .retell-proof { opacity: .75; }
@media print { .retell-card { break-inside: avoid; } }
"""


def plain(facts: Facts, evidence: pd.DataFrame) -> str:
    """Return a diagnosis as lines of plain text.

    Parameters
    ----------
    facts : Facts
    evidence : DataFrame
        As `retell_nb.diagnosis.grading.evidence` returns it.

    Examples
    --------
    >>> from retell_nb.diagnosis.diagnosis import diagnose
    >>> found = diagnose({"call_id": "call_1", "disconnection_reason": "dial_busy"})
    >>> print(plain(found.facts, found.evidence).splitlines()[0])
    dial_busy (not_reached)
    """
    outcome = f" ({facts.outcome})"
    lines = [f"{_end(facts)}{outcome if facts.outcome != _end(facts) else ''}"]
    lines += [*textwrap.wrap(facts.meaning, _WIDTH), ""]
    for name, value in _rows(facts):
        lines += textwrap.wrap(f"{name:<9} {value}", _WIDTH, subsequent_indent=" " * 10)
        url = dashboard_url(facts.call_id)
        lines += [f"{'':<9} {url}"] if name == "Call" and url else []
    for grade, findings in _graded(evidence).items():
        lines += ["", f"{grade.capitalize()} ({GRADES[grade]})"]
        for finding, proof in findings:
            lines += _bullet(finding, "- ")
            lines += _bullet(f"To prove it, look for {proof}.", "  ") if proof else []
    return "\n".join(lines)


def _bullet(words: str, mark: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=mark, subsequent_indent="  ")


def html(facts: Facts, evidence: pd.DataFrame) -> str:
    """Return a diagnosis as HTML; every text of the call is escaped.

    Parameters
    ----------
    facts, evidence
        As for `plain`.

    Examples
    --------
    >>> from retell_nb.diagnosis.diagnosis import diagnose
    >>> found = diagnose({"call_id": "<b>", "disconnection_reason": "dial_busy"})
    >>> page = html(found.facts, found.evidence)
    >>> "&lt;b&gt;" in page, "<b>" in page
    (True, False)
    """
    # Not <dl>: JupyterLab's own rules for it would squeeze the names.
    rows = "".join(
        f'<div class="retell-name">{name}</div><div>{_linked(facts, name, _bdi(value))}</div>'
        for name, value in _rows(facts)
    )
    parts = "".join(_section(grade, findings) for grade, findings in _graded(evidence).items())
    paint = str(OUTCOMES.loc[facts.outcome, "colour"])
    return (
        f'<style>{_STYLE}</style><div class="retell-card" '
        f'style="--paint: {paint}; --ink: {colors.on(paint)}">'
        f'<p class="retell-end">{_bdi(_end(facts))}'
        f'<span class="retell-outcome">{_bdi(facts.outcome)}</span></p>'
        f'<p class="retell-meaning">{_bdi(facts.meaning)}</p>'
        f'<div class="retell-facts">{rows}</div>{parts}</div>'
    )


def _linked(facts: Facts, name: str, html: str) -> str:
    return dashboard_link(facts.call_id, html) if name == "Call" else html


def _bdi(words: str) -> str:
    """Text escaped, and kept from turning the direction of its neighbours."""
    return f"<bdi>{escape(words)}</bdi>"


def _section(grade: str, findings: list[Finding]) -> str:
    items = "".join(
        f"<li>{_bdi(finding)}"
        + (
            f'<br><span class="retell-proof">To prove it, look for {_bdi(proof)}.</span>'
            if proof
            else ""
        )
        + "</li>"
        for finding, proof in findings
    )
    return f"<h4>{grade.capitalize()} <small>{GRADES[grade]}</small></h4><ul>{items}</ul>"


def _graded(evidence: pd.DataFrame) -> dict[str, list[Finding]]:
    """Findings by grade, a few of each kind; what the card's head says is not said again."""
    findings = evidence[evidence["kind"] != "reason"]
    graded: dict[str, list[Finding]] = {}
    for (grade, kind), rows in findings.groupby(["grade", "kind"], sort=False):
        proofs = rows["proof"].astype(object).where(rows["proof"].notna(), "")
        first_rows = list(zip(rows["finding"], proofs, strict=True))[:_FEW]
        more = len(rows) - len(first_rows)
        rest = [(f"And {count(more)} more of the same kind ({kind}).", "")] if more else []
        graded.setdefault(str(grade), []).extend([*first_rows, *rest])
    return {grade: graded[grade] for grade in GRADES if grade in graded}


def _end(facts: Facts) -> str:
    return cleaned(facts.reason or facts.outcome, 80)


def _rows(facts: Facts) -> list[tuple[str, str]]:
    """What the card says of the call itself, by name; nothing of what is not known."""
    rows = [
        ("Owner", text.owner(facts.owner)),
        ("Remedy", facts.remedy),
        ("Redial", _REDIAL.get(facts.retry, facts.retry.replace("_", " "))),
        ("Call", facts.call_id),
        ("When", _when(facts)),
        ("How long", None if facts.duration is None else lasting(facts.duration)),
        ("Agent", _agent(facts)),
        ("Line", _line(facts)),
        ("Cost", None if facts.cost_cents is None else text.money(facts.cost_cents / 100)),
        ("Status", _status(facts)),
    ]
    return [
        (name, cleaned(value, max(_LONGEST, len(facts.remedy)))) for name, value in rows if value
    ]


def _when(facts: Facts) -> str | None:
    if facts.when is None:
        return None
    until = "" if facts.until in (None, facts.when) else f" to {facts.until:%H:%M:%S}"
    return f"{facts.when:%Y-%m-%d %H:%M:%S}{until} UTC"


def _agent(facts: Facts) -> str | None:
    version = None if facts.agent_version is None else f"version {facts.agent_version}"
    more = ", ".join(filter(None, (facts.agent_id if facts.agent_name else None, version)))
    name = facts.agent_name or facts.agent_id
    return f"{name} ({more})" if name and more else name or version


def _line(facts: Facts) -> str | None:
    kind = " ".join(filter(None, (facts.direction, facts.call_type))).replace("_", " ")
    ends = (
        ("from", facts.from_number),
        ("to", facts.to_number),
        ("handed over to", facts.transfer_destination),
    )
    parts = [f"{word} {cleaned(number, 40)}" for word, number in ends if number]
    return " ".join([*([kind] if kind else []), *parts]) or None


def _status(facts: Facts) -> str:
    if facts.recorded_status in (None, facts.status):
        return facts.status
    return f"{facts.status} (on record: {facts.recorded_status})"


def conversation(timeline: pd.DataFrame) -> page.Html:
    """Return what happened in a call as a table: when, who, and what was said or done.

    Parameters
    ----------
    timeline : DataFrame
        As `retell_nb.diagnosis.summary.timeline` returns it.

    Examples
    --------
    >>> from retell_nb.diagnosis.diagnosis import diagnose
    >>> found = diagnose({"call_id": "call_1", "transcript": "User: Hi"})
    >>> "Hi" in repr(conversation(found.timeline))
    True
    """
    events = timeline[timeline["who"] != "silence"]
    columns = {
        "time": [at(start) if start >= 0 else NOTHING for start in events["start"]],
        "who": [cleaned(who, 40) for who in events["who"]],
        "what": [_happened(event) for event in events.itertuples(index=False)],
    }
    return page.table(pd.DataFrame(columns), limit=_MOST)


def _happened(event: Any) -> str:
    """What was said; of a tool its name, how it went, and what it gave back."""
    took = event.end - event.start
    states = {True: "succeeded", False: "failed"}
    state = "" if pd.isna(event.ok) else states[bool(event.ok)]
    after = f"after {lasting(took)}" if event.who == "tool" and took >= 0 else ""
    head = " ".join(filter(None, (cleaned(event.name, 80), state, after)))
    return ": ".join(filter(None, (head, cleaned(event.text, 600))))
