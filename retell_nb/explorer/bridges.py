"""The two ways by which the front end tells what people do: core widgets, and anywidget.

Both run the same script, `marks.js`. Where anywidget is installed and its front end can be loaded,
the script is its module and speaks to the kernel directly. Everywhere else it comes with a picture
of one dot and writes its messages into a text field that nobody sees.
"""

from __future__ import annotations

import warnings
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from retell_nb.explorer.widgets import block, box

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["bridges"]

_DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
_MODULE = """
export default {
  render({model, el}) {
    reach(el, retell => { retell.send = message => model.send(message); });
  },
};
"""


@cache
def _script() -> str:
    return files("retell_nb.explorer").joinpath("marks.js").read_text(encoding="utf-8")


def bridges(receive: Callable[[object], None]) -> widgets.Box:
    """Return the widgets that bring messages, not to be seen.

    Parameters
    ----------
    receive : callable
        Called with each message, which may come from anywhere.

    Examples
    --------
    >>> bridge = bridges(print)
    >>> bridge.children[1].value = "hello"
    hello
    """
    field = widgets.Text(continuous_update=True)
    field.add_class("retell-bridge")
    field.observe(lambda change: receive(change["new"]) if change["new"] else None, "value")
    handler = escape(f"{_script()}reach(this, () => null);")
    image = block(html=f'<img alt="" src="{_DOT}" onload="{handler}">')
    hidden = box([image, field, *_with_anywidget(receive)], "retell-bridges")
    hidden.layout.display = "none"
    return hidden


def _with_anywidget(receive: Callable[[object], None]) -> list[widgets.Widget]:
    try:
        import anywidget  # noqa: PLC0415 - it may not be there
    except ImportError:
        return []
    with warnings.catch_warnings():  # ipywidgets 7 asks traitlets in a way that is deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        widget = _mouse(anywidget)()

    def take(_: widgets.Widget, content: Mapping[str, Any], __: object) -> None:
        receive(content)

    widget.on_msg(take)
    return [widget]


@cache
def _mouse(anywidget: Any) -> Any:
    return type("Mouse", (anywidget.AnyWidget,), {"_esm": f"{_script()}{_MODULE}"})
