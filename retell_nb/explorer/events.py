"""What people do in the pictures: messages of the front end, checked before anything acts on them.

A message holds numbers alone: which drawing of a picture, from which mark to which. What stands
behind a mark never leaves the kernel, so a message can pick nothing that is not on the screen.
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Events", "Pick"]

_LONGEST = 300
"""Characters of a message as text; ours have a third of them."""

_NUMBERS = ("drawing", "first", "last", "turn")


class Pick(NamedTuple):
    """The marks picked, from the first to the last; `extend` where Shift was held."""

    first: int
    last: int
    extend: bool = False


class _Drawing(NamedTuple):
    number: int
    html: str
    marks: int
    pick: Callable[[Pick], None]


class Events:
    """The pictures as they are drawn now, and what to call when a mark of one is picked.

    Parameters
    ----------
    act : callable, optional
        Called with a function of no arguments that does what was asked for; it may catch errors.

    Examples
    --------
    >>> events = Events()
    >>> html = events.show("hours", "<svg></svg>", 168, print)
    >>> html
    '<div data-picture="hours" data-drawing="1"><svg></svg></div>'
    >>> events.receive({"picture": "hours", "drawing": 1, "first": 4, "last": 4, "extend": False})
    Pick(first=4, last=4, extend=False)
    """

    def __init__(self, act: Callable[[Callable[[], None]], None] = lambda work: work()) -> None:
        self._act, self._numbers = act, count(1)
        self._drawings: dict[str, _Drawing] = {}

    def show(
        self, name: str, html: str, marks: int, pick: Callable[[Pick], None], look: str = ""
    ) -> str:
        """Return a picture as HTML that tells which drawing it is.

        Parameters
        ----------
        name : str
            Of the picture.
        html : str
            With marks that have the attribute `data-mark`, numbered from 0.
        marks : int
            How many of them there are.
        pick : callable
            Called with what is picked.
        look : str
            More attributes, escaped.

        Examples
        --------
        >>> Events().show("trend", "", 0, print, 'data-brush=""')
        '<div data-picture="trend" data-drawing="1" data-brush=""></div>'
        """
        before = self._drawings.get(name)
        number = before.number if before and before.html == html else next(self._numbers)
        self._drawings[name] = _Drawing(number, html, marks, pick)
        more = f" {look}" if look else ""
        return f'<div data-picture="{name}" data-drawing="{number}"{more}>{html}</div>'

    def receive(self, message: object) -> None:
        """Act on a message; one that is not ours, or of an earlier drawing, is left alone.

        Parameters
        ----------
        message : object
            A mapping, or JSON text, from the front end.

        Examples
        --------
        >>> events = Events()
        >>> _ = events.show("hours", "", 168, print)
        >>> for message in ("{", '{"picture": "hours"}', None):
        ...     events.receive(message)
        """
        content = _parsed(message)
        name = content.get("picture")
        drawing = self._drawings.get(name) if isinstance(name, str) else None
        numbers = [content.get(key, 0) for key in _NUMBERS]
        if drawing is None or any(type(number) is not int for number in numbers):
            return
        number, *ends, _ = numbers
        extend = content.get("extend", False)
        inside = all(0 <= end < drawing.marks for end in ends)
        if number == drawing.number and inside and isinstance(extend, bool):
            self._act(lambda: drawing.pick(Pick(min(ends), max(ends), extend)))


def _parsed(message: object) -> dict[Any, Any]:
    """A message as a mapping; an empty one where it is none."""
    if isinstance(message, str):
        try:
            message = json.loads(message) if len(message) <= _LONGEST else None
        except (ValueError, RecursionError):
            return {}
    return message if isinstance(message, dict) else {}
