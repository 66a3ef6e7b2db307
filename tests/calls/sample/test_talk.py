"""The made-up call with a transcript."""

from __future__ import annotations

import pandas as pd
from pydantic import TypeAdapter
from retell.types import CallResponse

from retell_nb.calls.sample.talk import sample_call
from retell_nb.calls.sample.world import sample_calls


def test_the_made_up_call_is_one_for_retells_own_models() -> None:
    """The official SDK reads it as a phone call, with nothing lost."""
    record = sample_call()
    read = TypeAdapter(CallResponse).validate_python(record)
    assert read.call_type == "phone_call"
    assert read.to_dict() == record


def test_the_made_up_call_is_one_of_an_agent_of_the_sample() -> None:
    """So there are other calls to compare it with, and its times lie within theirs."""
    calls, record = sample_calls(2_000), sample_call()
    assert record["agent_id"] in set(calls["agent_id"])
    since, until = calls.attrs["window"]
    start = record["start_timestamp"]
    assert pd.Timestamp(since) < pd.Timestamp(start, unit="ms", tz="UTC") < pd.Timestamp(until)
    assert record["end_timestamp"] - start == record["duration_ms"]
