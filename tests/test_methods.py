"""Functions of calls as methods of an accessor."""

from __future__ import annotations

import inspect
from typing import Any

import pandas as pd
import pytest

from retell_nb.methods import drawn, of_calls


def counted(calls: pd.DataFrame, *by: str, least: int = 0) -> tuple[int, tuple[str, ...], int]:
    """Return what was asked."""
    return len(calls), by, least


class Holder:
    counted = of_calls(counted)

    def __init__(self, calls: pd.DataFrame) -> None:
        self._calls = calls


def test_a_method_passes_the_calls_and_all_arguments() -> None:
    """The calls of the holder come first, then what was given."""
    calls = pd.DataFrame({"a": [1, 2]})
    assert Holder(calls).counted() == (2, (), 0)
    assert Holder(calls).counted("agent_id", least=3) == (2, ("agent_id",), 3)


def test_a_method_bears_the_function_s_name_and_words() -> None:
    """Name, docstring and signature are the function's."""
    assert Holder.counted.__name__ == "counted"
    assert Holder.counted.__doc__ == "Return what was asked."
    assert list(inspect.signature(Holder.counted).parameters) == ["calls", "by", "least"]


def test_an_argument_that_nobody_knows_is_refused() -> None:
    """A wrong name is an error, as it is for the function."""
    with pytest.raises(TypeError, match="most"):
        Holder(pd.DataFrame()).counted(most=3)  # type: ignore[call-arg]


def test_a_picture_gets_its_options_and_the_table_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the drawing knows by name goes there; all else goes to the table word."""

    def draw(table: Any, *, ax: Any = None, title: str = "") -> Any:
        return table, ax, title

    monkeypatch.setattr("retell_nb.plots.counted", draw, raising=False)
    holder = Holder(pd.DataFrame({"a": [1]}))
    plot: Any = drawn(counted)  # type: ignore[arg-type]
    assert plot(holder, "owner", least=2, ax="here", title="T") == ((1, ("owner",), 2), "here", "T")
    assert plot(holder) == ((1, (), 0), None, "")


def test_a_picture_is_named_and_documented_after_its_table() -> None:
    """The name has `plot_` before it, and the docstring begins with the table's first line."""
    plot = drawn(counted)  # type: ignore[arg-type]
    assert plot.__name__ == plot.__qualname__ == "plot_counted"
    assert (plot.__doc__ or "").startswith("Picture of `counted`: Return what was asked.")
