"""Findings as a reader of a report sees them: what is wrong, whose it is, what to do."""

from __future__ import annotations

from html import escape
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb import text
from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.report.page import Html
from retell_nb.report.source import HIDDEN
from retell_nb.selection.code import as_code
from retell_nb.vocabulary.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["cards"]

_STYLE = """
.retell-finding { max-width: 76em; border: 1px solid #8884; border-left: 5px solid #b92d1c;
  border-radius: 5px; padding: 7px 14px 6px; margin: 7px 0; overflow-wrap: anywhere;
  break-inside: avoid; font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.retell-finding.retell-minor { border-left-color: #8888; }
.retell-finding p { margin: .2em 0; max-width: none; }
.retell-finding .retell-title { font-size: 1.1em; font-weight: 650; margin: 0 0 .25em; }
.retell-finding b { font-weight: 650; }
.retell-finding .retell-small { font-size: .88em; opacity: .78; }
.retell-finding details { font-size: .88em; margin-top: .25em; }
.retell-finding summary { cursor: pointer; opacity: .78; }
.retell-finding pre { margin: .3em 0; padding: 6px 10px; background: #8881; border-radius: 4px;
  white-space: pre-wrap; }
.retell-finding ul { margin: .2em 0; padding-left: 1.2em; }
"""


def cards(findings: pd.DataFrame, *, tz: str = "UTC") -> Html:
    """What is wrong now, a block for each finding; a calm sentence where nothing stands out.

    Parameters
    ----------
    findings : DataFrame
        As `calls.retell.findings()` returns it.
    tz : str
        Time zone of the times; the one that the findings were made with.

    Returns
    -------
    Html

    Examples
    --------
    >>> from retell_nb.tables import findings
    >>> page = cards(findings(pd.DataFrame({"disconnection_reason": ["user_hangup"]})))
    >>> "Nothing stands out among 1 call that ended" in repr(page)
    True
    """
    records = findings["kind"].str.startswith(("impossible_", "unknown_"))
    faults = [_card(row, tz) for _, row in findings[~records].iterrows()]
    strange = [row for _, row in findings[records].iterrows()]
    blocks = faults or [_calm(findings)]
    blocks += [_of_records(strange, tz)] if strange else []
    return Html(f"<style>{_STYLE}</style>{''.join(blocks)}{_note(findings)}")


def _card(row: pd.Series[Any], tz: str) -> str:
    minor = "" if row["saveable"] > 0 else " retell-minor"
    small = " ".join([*_sizes(row, tz), row["overlap"]])
    owner = escape(text.owner(row["owner"]))
    return _written(
        f'<div class="retell-finding{minor}">'
        f'<p class="retell-title">{escape(row["title"])}</p>'
        f"<p><b>Whose:</b> {owner}. <b>What to do:</b> {escape(row['remedy'])}</p>"
        f'<p class="retell-small">{escape(small)}</p>'
        f'<p class="retell-small"><b>Evidence</b> ({escape(row["grade"])}): '
        f"{escape(row['evidence'])}</p>{_hidden(row)}{_code(row, tz)}</div>"
    )


def _written(block: str) -> str:
    """Keep each number and its sign on one line."""
    return block.replace(" %", "\N{NO-BREAK SPACE}%")


def _sizes(row: pd.Series[Any], tz: str) -> Iterable[str]:
    """How much it is: of all failures, that could be saved, in money, and when."""
    if row["saveable"] > 0:
        yield f"{text.percent(row['share'])} of all failures;"
        yield f"at least {text.calls(round(row['saveable']))} more than expected."
    if row["cost"] > 0:
        yield f"Cost on record: {row['cost']:,.0f} cents."
    if pd.notna(row["since"]):
        first, last = (row[edge].tz_convert(tz) for edge in ("since", "until"))
        yield f"From {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} {tz}."


def _hidden(row: pd.Series[Any]) -> str:
    """How to see the number behind a pseudonym, where the finding names one."""
    named = chain.from_iterable(one for one in row["filters"].values() if isinstance(one, list))
    hidden = any(is_pseudonym(str(one)) for one in named)
    return f'<p class="retell-small">{HIDDEN}</p>' if hidden else ""


def _code(row: pd.Series[Any], tz: str) -> str:
    name = escape(row["finding"])
    code = escape(as_code(row["filters"], tz=tz))
    return f"<details><summary>The calls, as code ({name})</summary><pre>{code}</pre></details>"


def _of_records(rows: Iterable[pd.Series[Any]], tz: str) -> str:
    """What is wrong with the records, in one block."""
    listed = "".join(
        f"<li>{escape(row['title'])}. <span class='retell-small'>"
        f"{escape(' '.join(filter(None, [row['evidence'], row['overlap']])))}</span></li>"
        for row in rows
    )
    codes = escape("\n\n".join(as_code(row["filters"], tz=tz) for row in rows))
    return (
        '<div class="retell-finding retell-minor">'
        '<p class="retell-title">Records that cannot be right, or are new</p>'
        f"<ul>{listed}</ul><details><summary>The calls, as code</summary>"
        f"<pre>{codes}</pre></details></div>"
    )


def _calm(findings: pd.DataFrame) -> str:
    ended, failed = (findings.attrs.get(name, 0) for name in ("calls", "failed"))
    if not ended:
        return '<p class="retell-note">There are no calls that ended, so nothing to find.</p>'
    return (
        f"<p>Nothing stands out among {text.calls(ended)} that ended, "
        f"{text.count(failed)} of which failed: no agent, number, hour or span of time fails more "
        "often than the others beyond chance.</p>"
    )


def _note(findings: pd.DataFrame) -> str:
    """How good the evidence is, what was looked at, and what could not be."""
    attributes, missing = (findings.attrs.get(name) for name in ("looked_at", "not_checked"))
    grades = [f"{grade}: {GRADES[grade]}" for grade in findings["grade"].unique()]
    sentences = [f"Evidence is {'; '.join(grades)}."] if grades else []
    sentences += [f"Looked at: {', '.join(attributes)}."] if attributes else []
    sentences += [f"Not looked at: {'; '.join(missing)}."] if missing else []
    more = findings.attrs.get("more", 0)
    sentences += [f"Findings not shown: {more}."] if more else []
    return f'<p class="retell-note">{escape(" ".join(sentences))}</p>' if sentences else ""
