"""The marks that pictures on the screen are made of: SVG and HTML, drawn in a millisecond.

Matplotlib needs a tenth of a second for a picture, a screen of four shall change in a third. Marks
lie at percentages of the width, so letters keep their size however wide the screen is; ink is the
colour of the text around, so a picture is readable on light and on dark ground alike.
"""

from __future__ import annotations

from html import escape
from math import floor, log10
from typing import TYPE_CHECKING, NamedTuple

from retell_nb.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Picture", "attributes", "dot", "line", "option", "picture", "rect", "safe", "ticks", "words",
]  # fmt: skip


class Picture(NamedTuple):
    """A finding in words, the picture as HTML, and what must be known to read it."""

    finding: str
    html: str
    note: str = ""
    marks: int = 0
    """How many marks can be picked, numbered from 0."""
    look: str = ""
    """Attributes that say how they are picked: `data-brush`, `data-columns`."""


NOTHING = '<p class="retell-nothing">No calls to show</p>'
"""What stands in place of a picture of no calls."""


def safe(text: object, width: int = 0) -> str:
    r"""Text made harmless in HTML: on one line, cut, escaped, kept from turning its neighbours.

    Examples
    --------
    >>> safe("<b>\u202e")
    '<bdi>&lt;b&gt;</bdi>'
    """
    return f"<bdi>{escape(cleaned(text, width))}</bdi>"


def ticks(top: float, most: int = 4) -> list[float]:
    """Round numbers from zero up to a height.

    Examples
    --------
    >>> ticks(0.07), ticks(1.0)
    ([0.0, 0.02, 0.04, 0.06], [0.0, 0.25, 0.5, 0.75, 1.0])
    """
    if not top > 0:
        return [0.0]
    power = 10.0 ** floor(log10(top / most))
    steps = (step * power for step in (1, 2, 2.5, 5, 10, 20))
    step = next(step for step in steps if top / step < most + 0.5)
    return [round(step * number, 12) for number in range(int(top / step + 1e-9) + 1)]


def rect(x: float, y: float, wide: float, high: float, **look: object) -> str:
    """Rectangle; x and width in percent, y and height in pixels.

    Examples
    --------
    >>> rect(0, 2, 50, 10, fill="red")
    '<rect x="0%" y="2" width="50%" height="10" fill="red"/>'
    """
    return _mark("rect", {"x": f"{x:.5g}%", "y": y, "width": f"{wide:.5g}%", "height": high}, look)


def line(x1: float, y1: float, x2: float, y2: float, **look: object) -> str:
    """Line; x in percent, y in pixels.

    Examples
    --------
    >>> line(0, 0, 50, 10, stroke="red")
    '<line x1="0%" y1="0" x2="50%" y2="10" stroke="red"/>'
    """
    return _mark("line", {"x1": f"{x1:.5g}%", "y1": y1, "x2": f"{x2:.5g}%", "y2": y2}, look)


def dot(x: float, y: float, **look: object) -> str:
    """Dot; x in percent, y in pixels.

    Examples
    --------
    >>> dot(50, 10, r=3)
    '<circle cx="50%" cy="10" r="3"/>'
    """
    return _mark("circle", {"cx": f"{x:.5g}%", "cy": y}, look)


def words(x: float, y: float, text: str, **look: object) -> str:
    """Words; x in percent, y of their foot in pixels.

    Examples
    --------
    >>> words(0, 10, "a < b", text_anchor="end")
    '<text x="0%" y="10" text-anchor="end">a &lt; b</text>'
    """
    return f"{_mark('text', {'x': f'{x:.5g}%', 'y': y}, look)[:-2]}>{escape(text)}</text>"


def option(place: int, *, selected: bool = False, stop: bool = False) -> dict[str, object]:
    """What makes a mark one that can be picked; `stop` where the Tab key is to reach it.

    Examples
    --------
    >>> rect(0, 0, 9, 9, **option(3, stop=True))[-37:]
    'mark="3" role="option" tabindex="0"/>'
    """
    look: dict[str, object] = {"data_mark": place, "role": "option"}
    look |= {"aria_selected": "true"} if selected else {}
    return look | ({"tabindex": 0} if stop else {})


def attributes(look: Mapping[str, object]) -> str:
    """Attributes of an element, escaped.

    Examples
    --------
    >>> attributes({"class_": "name", "data_mark": 3})
    'class="name" data-mark="3"'
    """
    pairs = {name.strip("_").replace("_", "-"): value for name, value in look.items()}
    return " ".join(f'{name}="{_number(value)}"' for name, value in pairs.items())


def picture(marks: Iterable[str], high: float, alt: str = "", *, live: bool = False) -> str:
    """Picture as wide as there is room, with its finding in words for who cannot see it.

    Parameters
    ----------
    marks : iterable of str
    high : float
        In pixels.
    alt : str
        The finding; without one the picture is left to the eye.
    live : bool
        Whether its marks can be picked.

    Examples
    --------
    >>> picture([], 20, "5% failed")[:54]
    '<svg width="100%" height="20" role="img" aria-label="5'
    """
    role = "listbox" if live else "img"
    label = f'role="{role}" aria-label="{escape(cleaned(alt))}"' if alt else 'aria-hidden="true"'
    return f'<svg width="100%" height="{high:g}" {label}>{"".join(marks)}</svg>'


def _mark(kind: str, places: dict[str, object], look: dict[str, object]) -> str:
    title = look.pop("title", None)
    pairs = attributes({**places, **look})
    if title is None:
        return f"<{kind} {pairs}/>"
    return f"<{kind} {pairs}><title>{escape(str(title))}</title></{kind}>"


def _number(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else escape(str(value))
