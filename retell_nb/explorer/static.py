"""The explorer where no kernel answers: in a report, in exported HTML, on paper."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.explorer.marks import safe
from retell_nb.explorer.pictures import captioned, drawn
from retell_nb.text import calls, count

if TYPE_CHECKING:
    from retell_nb.explorer.state import State

__all__ = ["page", "wanted"]


def wanted() -> bool:
    """Whether the notebook is run by a program, such as papermill, and nobody can press a button.

    Such programs do not let a cell ask for input. Voilà does not either, but its pages live.

    Examples
    --------
    >>> wanted()
    False
    """
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return False
    try:
        from IPython import get_ipython  # noqa: PLC0415 - there may be none

        request: Any = get_ipython().kernel.get_parent("shell")["content"]
    except (ImportError, AttributeError, KeyError, TypeError):
        return False
    return not request.get("allow_stdin", True)


def page(state: State, findings: pd.DataFrame | None = None) -> str:
    """Return what the explorer shows of a state as a page without a button or a script.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.state import State
    >>> shown = page(State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))))
    >>> "<script" in shown, "dial_busy" in shown
    (False, True)
    """
    view, agents = state.view, state.index.agents
    style = files("retell_nb.explorer").joinpath("screen.css").read_text(encoding="utf-8")
    chips = "".join(f"<span>{safe(chip)}</span>" for chip in state.said.values())
    pictures = "".join(
        f"<div class='retell-picture'>{captioned(name, picture)}{picture.html}</div>"
        for name, picture in drawn(view, agents, live=False).items()
    )
    return (
        f"<style>{style}</style><div class='retell-explorer retell-static'>"
        f"<p class='retell-count'><b>{count(view.calls)}</b> of {calls(view.total)} {chips}</p>"
        f"<div class='retell-pictures'>{pictures}</div>{_findings_html(findings)}</div>"
    )


def _findings_html(findings: pd.DataFrame | None) -> str:
    if findings is None or findings.empty:
        return ""
    rows: list[Any] = list(findings.itertuples())
    items = "".join(
        f"<li><b>{safe(row.title)}</b><br>{calls(row.calls)} · {safe(row.owner)}: "
        f"{safe(row.remedy)}</li>"
        for row in rows
    )
    return f"<h3>Findings</h3><ol>{items}</ol>"
