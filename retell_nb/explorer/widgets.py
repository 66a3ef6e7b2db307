"""Small pieces of widgets: a picker of one value, buttons that are used again, a block of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from retell_nb.explorer.filters import told
from retell_nb.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Buttons", "Picker", "block", "box", "shown"]

_MOST = 300
"""Values in a list; the most frequent ones. The search finds the others."""


def block(*classes: str, html: str = "") -> widgets.HTML:
    """Return a piece of HTML with CSS classes; what is put in it must be escaped.

    Examples
    --------
    >>> block("retell-count", html="<b>12</b>").value
    '<b>12</b>'
    """
    html_widget = widgets.HTML(html)
    for name in classes:
        html_widget.add_class(name)
    return html_widget


def box(children: Sequence[widgets.Widget], *classes: str) -> widgets.Box:
    """Return a box of widgets with CSS classes, which lay it out.

    Examples
    --------
    >>> len(box([block("retell-count")], "retell-head").children)
    1
    """
    container = widgets.Box(list(children))
    for name in classes:
        container.add_class(name)
    return container


def shown(widget: widgets.DOMWidget, *, yes: object) -> None:
    """Show a widget or take it out of the layout.

    Examples
    --------
    >>> made = block()
    >>> shown(made, yes=False)
    >>> made.layout.display
    'none'
    """
    display = None if yes else "none"
    if widget.layout.display != display:
        widget.layout.display = display


class Picker:
    """List of the values of a filter, of which one is picked, or all.

    Parameters
    ----------
    name, heading : str
        Of the filter.
    pick : callable
        Called with the name and the list of values picked.

    Examples
    --------
    >>> picker = Picker("outcome", "Outcome", print)
    >>> picker.show({"failed": 3, "completed": 9}, ["failed"])
    >>> picker.widget.label
    'failed (3)'
    >>> picker.widget.index = 0
    outcome []
    """

    def __init__(self, name: str, heading: str, pick: Callable[[str, list[Any]], None]) -> None:
        self.widget = widgets.Dropdown(options=["all"], description=heading)
        self._name, self._pick, self._quiet = name, pick, False
        self._values: list[list[Any]] = [[]]
        self._shown: tuple[Mapping[Any, int], list[Any], int | None] = ({}, [], None)
        self.widget.observe(self._pick_option, "index")

    def show(
        self,
        values: Mapping[Any, int],
        selected: Sequence[Any],
        labels: Mapping[Any, str] | None = None,
    ) -> None:
        """Show the values with their numbers of calls, and which of them are selected.

        Examples
        --------
        >>> picker = Picker("owner", "Owner", print)
        >>> picker.show({"agent": 3, "trunk": 1}, ["agent", "trunk"])
        >>> picker.widget.label
        '2 selected'
        """
        now = (values, list(selected), self.widget.index)
        if self._shown[0] is values and self._shown[1:] == now[1:]:
            return
        names = [[], *([value] for value in list(values)[:_MOST])]
        option_labels = [
            "all",
            *(_option_label(self._name, value, values, labels) for [value] in names[1:]),
        ]
        selection = list(selected)
        if selection not in names:
            names.append(selection)
            one = _option_label(self._name, selection[0], values, labels)
            option_labels.append(one if len(selection) == 1 else f"{len(selection)} selected")
        self._values, self._quiet = names, True
        try:
            with self.widget.hold_sync():
                if list(self.widget.options) != option_labels:
                    self.widget.options = option_labels
                self.widget.index = names.index(selection)
        finally:
            self._quiet = False
        self._shown = (values, selection, self.widget.index)

    def _pick_option(self, change: Mapping[str, Any]) -> None:
        if not self._quiet and change["new"] is not None:
            self._pick(self._name, self._values[change["new"]])


def _option_label(
    name: str, value: Any, values: Mapping[Any, int], labels: Mapping[Any, str] | None
) -> str:
    words = told(name, value, labels)
    return f"{words} ({count(values[value])})" if value in values else words


class Buttons:
    """Buttons in a row or a column, used again for whatever there is to press now.

    Parameters
    ----------
    press : callable
        Called with the number of the button, from 0.
    *classes : str
        CSS classes of their box.

    Examples
    --------
    >>> buttons = Buttons(print, "retell-chips")
    >>> buttons.show(["Outcome: failed", "From: 2026-03-02"])
    >>> buttons.box.children[1].click()
    1
    """

    def __init__(self, press: Callable[[int], None], *classes: str) -> None:
        self.box, self._press = box([], *classes), press

    def show(self, texts: Sequence[str], tips: Sequence[str] = ()) -> None:
        """Show a button for each text, with what to say of it when it is pointed at.

        Examples
        --------
        >>> buttons = Buttons(print)
        >>> buttons.show(["Reset"], ["Clear all filters"])
        >>> buttons.box.children[0].tooltip
        'Clear all filters'
        """
        missing = len(texts) - len(self.box.children)
        if missing > 0:
            places = range(len(self.box.children), len(texts))
            self.box.children = (*self.box.children, *map(self._button, places))
        for place, button in enumerate(self.box.children):
            shown(button, yes=place < len(texts))
            if place < len(texts):
                with button.hold_sync():
                    button.description = texts[place]
                    button.tooltip = tips[place] if place < len(tips) else ""

    def _button(self, place: int) -> widgets.Button:
        button = widgets.Button()
        button.on_click(lambda _: self._press(place))
        return button
