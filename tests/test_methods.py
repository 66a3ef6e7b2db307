"""Functions of calls as methods of an accessor."""

from __future__ import annotations

import inspect

import pandas as pd
import pytest

from retell_nb.methods import of_calls


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
