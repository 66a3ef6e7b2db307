"""Functions of calls made methods of an accessor, with their names, signatures and docstrings."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["HoldsCalls", "of_calls"]

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
