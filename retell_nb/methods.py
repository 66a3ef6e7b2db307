"""Functions of calls made methods of an accessor, with their names, signatures and docstrings."""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["HoldsCalls", "drawn", "of_calls"]

P = ParamSpec("P")
R = TypeVar("R")


class HoldsCalls(Protocol):
    """What has a frame of calls as `_calls`.

    Examples
    --------
    >>> HoldsCalls.__name__
    'HoldsCalls'
    """

    _calls: pd.DataFrame


def of_calls(
    word: Callable[Concatenate[pd.DataFrame, P], R],
) -> Callable[Concatenate[HoldsCalls, P], R]:
    """Return a function of calls as a method of what holds them.

    Examples
    --------
    >>> class Holder:
    ...     _calls = "abc"
    ...     size = of_calls(len)
    >>> Holder().size()
    3
    """

    @wraps(word)
    def method(self: HoldsCalls, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return word(self._calls, *args, **kwargs)

    return method


def drawn(word: Callable[..., pd.DataFrame]) -> Callable[..., Axes]:
    """Return a method that draws a table word, with the function of the same name in `plots`.

    Examples
    --------
    >>> def tally(calls, *by):
    ...     '''Calls and share per group.'''
    >>> print(drawn(tally).__doc__.splitlines()[0])
    Picture of `tally`: Calls and share per group.
    """

    def method(self: HoldsCalls, /, *args: Any, **options: Any) -> Axes:
        draw = getattr(import_module("retell_nb.plots"), word.__name__)
        drawing = {
            name: options.pop(name) for name in signature(draw).parameters if name in options
        }
        axes: Axes = draw(word(self._calls, *args, **options), **drawing)
        return axes

    method.__name__ = method.__qualname__ = f"plot_{word.__name__}"
    method.__doc__ = f"""Picture of `{word.__name__}`: {(word.__doc__ or "").splitlines()[0]}

        Parameters
        ----------
        *args, **options
            Those of `{word.__name__}`, and those of `retell_nb.plots.{word.__name__}`, such
            as `ax` and `title`.

        Returns
        -------
        Axes

        Examples
        --------
        >>> ax = calls.retell.plot_{word.__name__}(...)
        """
    return method
