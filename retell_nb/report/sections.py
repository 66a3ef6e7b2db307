"""Sections of a report: a heading, pictures and folded tables, where there is something to say."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import partial
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, cast

import pandas as pd

from retell_nb.report.page import Html, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Part: TypeAlias = pd.DataFrame | Html | None

__all__ = ["anchor", "fold", "picture", "section", "several"]


def section(title: str, lead: str, *parts: Part | Axes, when: bool = True) -> Html:
    """A heading with what stands below it; nothing at all where the parts have nothing to say.

    Parameters
    ----------
    title, lead : str
        The heading, and a sentence below it, in which `` `code` `` is set as code.
    *parts : Axes, DataFrame, Html or None
        What is shown, in this order. A table without rows, and a picture without data, is nothing.
    when : bool
        False leaves the section out, whatever its parts are.

    Returns
    -------
    Html

    Examples
    --------
    >>> section("Outages", "By start.", pd.DataFrame({"calls": []}))
    <BLANKLINE>
    >>> repr(section("Outages", "", Html("<p>None.</p>")))
    '<section><h2 id="outages">Outages</h2><p>None.</p></section>'
    """
    without_axes = [*map(_drawn, parts)]
    return Html(partial(_section, title, lead, without_axes) if when else "")


def _section(title: str, lead: str, parts: Sequence[Part]) -> str:
    body = "".join(map(_html, parts))
    if not body:
        return ""
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(lead))
    heading = f'<h2 id="{anchor(title)}">{escape(title)}</h2>'
    words = f'<p class="retell-lead">{words}</p>' if lead else ""
    return f"<section>{heading}{words}{body}</section>"


def anchor(title: str) -> str:
    """Name by which a page links to the section of a title.

    Examples
    --------
    >>> anchor("Why calls end"), anchor("<b>")
    ('why-calls-end', 'b')
    """
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def fold(title: str, part: Part | Axes, *, limit: int | None = None, currency: str = "USD") -> Html:
    """A part that opens on a click; nothing where the part is nothing.

    Parameters
    ----------
    title : str
        What stands there while it is closed.
    part : Axes, DataFrame, Html or None
    limit : int, optional
        Rows to show of a table.
    currency : str
        Code of the currency that costs in a table are in; nothing is converted.

    Returns
    -------
    Html

    Examples
    --------
    >>> fold("As a table", Html("<p>None.</p>"))
    <details><summary>As a table</summary><p>None.</p></details>
    >>> fold("As a table", pd.DataFrame())
    <BLANKLINE>
    """
    return Html(partial(_fold, title, _drawn(part), limit, currency))


def _fold(title: str, part: Part, limit: int | None, currency: str) -> str:
    if isinstance(part, pd.DataFrame) and len(part):
        part = table(part, limit=limit, currency=currency)
    html = _html(part)
    return f"<details><summary>{escape(title)}</summary>{html}</details>" if html else ""


def picture(ax: Axes) -> Html:
    """A picture as part of the page, its title and notes as text above it; it is closed then.

    Nothing where the picture has no axes, as it has no data. It is drawn in lines, so that it is
    sharp on a phone and on paper.

    Examples
    --------
    >>> from retell_nb.tables import tally
    >>> from retell_nb import plots
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> html = repr(picture(plots.tally(tally(calls, "outcome"))))
    >>> "<figcaption><b>1 call, not reached</b>" in html
    True
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415 - takes its time

    from retell_nb.plots.parts.colors import NOTES  # noqa: PLC0415 - brings matplotlib

    figure = cast("Figure", ax.figure)
    if not ax.axison:
        plt.close(figure)
        return Html("")
    title = _line(ax.get_title(loc="left"))
    ax.set_title("", loc="left")
    notes = [words for words in ax.texts if words.get_gid() == NOTES]
    small = " ".join(_line(words.get_text()) for words in notes)
    for words in notes:
        words.remove()
    caption = f"<b>{escape(title)}</b>" + f" <small>{escape(small)}</small>" * bool(small)
    return Html(
        f'<figure class="retell-picture"><figcaption>{caption}</figcaption>'
        f'<div><img alt="{escape(title)}" src="{_drawing(figure)}"></div></figure>'
    )


def _line(words: str) -> str:
    """Words of a picture on one line, as they are read."""
    return " ".join(words.replace(r"\$", "$").split())


def _drawing(figure: Figure) -> str:
    """A figure as the address of an image, and the same one for the same calls; it is closed."""
    import matplotlib as mpl  # noqa: PLC0415 - takes its time
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    file = BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "retell_nb"}):
        figure.savefig(
            file, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None}
        )
    plt.close(figure)
    # Blanks at the beginning of a label keep it off the line that it is written at.
    drawing = file.getvalue().replace(b"*{stroke", b"text{white-space:pre}*{stroke", 1)
    return f"data:image/svg+xml;base64,{b64encode(drawing).decode()}"


def several(groups: pd.DataFrame, *, calls: int = 0) -> pd.DataFrame:
    """A table of several groups, of which one has so many calls; else the table without its rows.

    Of a single group, or of few calls, a picture says nothing that a sentence does not.

    Examples
    --------
    >>> groups = pd.DataFrame({"agent": ["a", "b"], "calls": [3, 40]})
    >>> [len(several(part, calls=30)) for part in (groups, groups.head(1))]
    [2, 0]
    """
    enough = len(groups) > 1 and groups["calls"].max() >= calls
    return groups if enough else groups.head(0)


def _drawn(part: Part | Axes) -> Part:
    """A part as it is; axes as a picture, so that no figure stays open."""
    return part if part is None or isinstance(part, (pd.DataFrame, Html)) else picture(part)


def _html(part: Part) -> str:
    """A part as HTML; no text where it is nothing."""
    if part is None:
        return ""
    if isinstance(part, pd.DataFrame):
        return repr(table(part)) if len(part) else ""
    return repr(part)
