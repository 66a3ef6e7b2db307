"""Calls made up for the tests of rules, every quarter of an hour; and the command, run here."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from retell_nb.cli import main

START = pd.Timestamp("2026-03-02", tz="UTC")


class Run(NamedTuple):
    """What a run of the command left."""

    exit_code: object
    stdout: str
    stderr: str


def run(*words: object) -> Run:
    """Run `retell-nb` in this process, with its two outputs apart, as click 8.1 cannot."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ending:
        main.main([*map(str, words)])
    return Run(ending.value.code, out.getvalue(), err.getvalue())


def calls_of(
    days: int, failed: dict[str, list[int]], *, a_day: int = 96, reason: str = "dial_failed"
) -> pd.DataFrame:
    """Outbound calls to a person each; of each agent so many failed on each day from START on."""
    rows = [
        {
            "start_timestamp": START + pd.Timedelta(minutes=day * 1_440 + 15 * place),
            "disconnection_reason": reason if order < rates[day] else "user_hangup",
            "agent_id": agent,
            "to_number": f"+1415{5_000_000 + 40_000 * number + 96 * day + place:07d}",
        }
        for number, (agent, rates) in enumerate(failed.items())
        for day in range(days)
        for place, order in enumerate(np.random.default_rng([number, day]).permutation(a_day))
    ]
    calls = pd.DataFrame(rows).sort_values("start_timestamp", kind="stable", ignore_index=True)
    calls["start_timestamp"] = calls["start_timestamp"].dt.as_unit("ms")
    return calls.assign(
        agent_name=calls["agent_id"].str.replace("agent_", "Agent "),
        agent_version=1,
        call_status="ended",
        call_type="phone_call",
        direction="outbound",
        from_number="+14155550101",
    )
