"""What capacity says, in sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.report import capacity


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(20_000, seed=0)


def said(calls: pd.DataFrame, limit: Any = 20, **policy: Any) -> str:
    told = calls.retell.concurrency("1min", limit=limit), calls.retell.backoff(limit, policy)
    return repr(capacity.headline(*told))


def test_the_headline_tells_what_a_backoff_saves_and_which_limit_is_enough(
    calls: pd.DataFrame,
) -> None:
    """On the sample: the refused, the verdict, the share with its interval, the wait."""
    words, table = said(calls), calls.retell.backoff(20)
    refused, enough = int(table["refused"].iloc[0]), table.attrs["enough"]
    start = f"{refused} calls were refused at the concurrency limit, with 20 in flight (median; "
    assert f"{start}limit 20)." in words
    assert f"all of them need a limit of {enough}, the smallest" in words
    assert f"would have gotten {table['through'].iloc[2]} of the {refused} through, 88%" in words


@pytest.mark.parametrize(
    ("tries", "verdict"),
    [
        (1, "would not have recovered most of them: you need"),
        (8, "would have recovered most of them;"),
    ],
)
def test_the_verdict_follows_what_is_saved(tries: int, verdict: str, calls: pd.DataFrame) -> None:
    """With one try a backoff saves few, with eight most."""
    assert verdict in said(calls, tries=tries)


def test_a_limit_that_cannot_have_been_is_said(calls: pd.DataFrame) -> None:
    """Where calls were refused far below the limit, nothing is promised of a retry."""
    words = said(calls, limit=60)
    assert "So the limit was different then" in words
    assert "exponential" not in words
    assert "-p limit N" in words


def test_without_refused_calls_the_peak_is_told(calls: pd.DataFrame) -> None:
    """No call refused is good news, and the peak is how near it was."""
    fine = calls[calls["disconnection_reason"] != "concurrency_limit_reached"]
    assert "No call refused; at most 20 of 40 in flight" in said(fine, limit=40)
    assert "No call was in flight, and none was refused." in said(calls.head(0))


def test_what_was_set_aside_is_listed(calls: pd.DataFrame) -> None:
    """Every reason with its number; nothing where there is none."""
    words = repr(capacity.set_aside(calls.retell.concurrency("h")))
    assert "3 calls with an end before the start" in words
    assert repr(capacity.set_aside(pd.DataFrame())) == ""


def test_only_a_default_limit_is_called_assumed(calls: pd.DataFrame) -> None:
    """Where nobody gave the limit, the headline says so and how to give it."""
    told = calls.retell.concurrency("1min", limit=20), calls.retell.backoff(20)
    assert "a limit of 20 is assumed: set yours with -p limit N" in repr(
        capacity.headline(*told, assumed=True)
    )
    assert "assumed" not in repr(capacity.headline(*told))
