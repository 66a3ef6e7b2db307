"""What every table word answers on a few fixed frames, short enough to be kept and compared.

`python -m tests.answers` writes `tests/answers.json` anew; what changes then is to be looked at
line by line.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import retell_nb as rn
from retell_nb.tables.outages.suspected import suspected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Word = Callable[[pd.DataFrame], pd.DataFrame]

PATH = Path(__file__).with_name("answers.json")

WORDS: Mapping[str, Word] = {
    "attempts()": lambda calls: calls.retell.attempts(),
    "attempts('previous_reason')": lambda calls: calls.retell.attempts("previous_reason"),
    "audit()": lambda calls: calls.retell.audit(now="2026-04-15"),
    "backoff()": lambda calls: calls.retell.backoff(limit=20),
    "breakdown()": lambda calls: calls.retell.breakdown(),
    "bursts()": lambda calls: calls.retell.bursts(),
    "callee_hours()": lambda calls: calls.retell.callee_hours(),
    "callees()": lambda calls: calls.retell.destinations(each=True),
    "chains()": lambda calls: calls.retell.attempts(each=True),
    "classify()": lambda calls: calls.retell.classify(),
    "concurrency('1h')": lambda calls: calls.retell.concurrency("1h", limit=20),
    "costs('owner')": lambda calls: calls.retell.costs("owner"),
    "destinations()": lambda calls: calls.retell.destinations(),
    "findings()": lambda calls: calls.retell.findings(),
    "hours()": lambda calls: calls.retell.hours(),
    "kpis('agent_id')": lambda calls: calls.retell.kpis("agent_id"),
    "limits()": lambda calls: calls.retell.time_limits(),
    "llm_server()": lambda calls: calls.retell.llm_server(),
    "mask()": lambda calls: calls.retell.mask(key="a secret of 16 bytes"),
    "number_health()": lambda calls: calls.retell.numbers(),
    "numbers()": lambda calls: calls.retell.numbers(per="day"),
    "outages()": lambda calls: calls.retell.outages(of="provider"),
    "rates('agent_id')": lambda calls: calls.retell.rates("agent_id"),
    "rates('from_number', of='dial_failed')": lambda calls: calls.retell.rates(
        "from_number", of="dial_failed", among="not_connected"
    ),
    "redial()": lambda calls: calls.retell.redial(now="2026-04-01"),
    "repeaters()": lambda calls: calls.retell.time_limits(each="caller"),
    "select(outcome='failed')": lambda calls: calls.retell.select(outcome="failed"),
    "summary()": lambda calls: calls.retell.summary(),
    "suspected()": suspected,
    "tally('outcome')": lambda calls: calls.retell.tally("outcome"),
    "trend('D', 'category')": lambda calls: calls.retell.trend("D", "category", tz="Europe/Berlin"),
}


def odd_calls() -> pd.DataFrame:
    """Calls with whatever is odd: no time, no number, no agent, new reasons, contradictions."""
    rng = np.random.default_rng(8)
    size = 400
    reasons = ["user_hangup", "agent_hangup", "dial_busy", "dial_failed", "brand new", None, "  "]
    numbers = ["+13035550184", "anonymous", None, "+442079460958", "12", "+13035550199"]
    start = pd.Timestamp("2026-03-02T10:00Z") + pd.to_timedelta(rng.integers(0, 10**6, size), "s")
    frame = pd.DataFrame(
        {
            "call_id": [f"call_{number:03}" for number in range(size)],
            "call_type": rng.choice(["phone_call", "phone_call", "web_call", None], size),
            "call_status": rng.choice(["ended", "error", "not_connected", "ongoing", None], size),
            "disconnection_reason": rng.choice(np.array(reasons, dtype=object), size),
            "direction": rng.choice(["outbound", "outbound", "inbound", None], size),
            "agent_id": rng.choice(["agent_1", "agent_2", None], size),
            "agent_version": rng.choice([1, 2, None], size),
            "from_number": rng.choice(np.array(numbers, dtype=object), size),
            "to_number": rng.choice(np.array(numbers, dtype=object), size),
            "start_timestamp": start.where(rng.random(size) < 0.9),
            "duration_ms": rng.choice([0, 900, 5_000, 61_000, -5, 3_600_000], size),
            "combined_cost": rng.choice([0.0, 12.5, 80.0], size),
            "in_voicemail": rng.choice([True, False, None], size),
        }
    )
    return rn.as_calls(frame)


def frames() -> dict[str, pd.DataFrame]:
    """Frames to ask: the bundled calls, odd ones, one call, and none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        bundled, odd = rn.sample_calls(), odd_calls()
    return {"bundled": bundled, "odd": odd, "one": bundled.iloc[[7]], "empty": bundled.iloc[:0]}


def answer(word: Word, calls: pd.DataFrame) -> dict[str, Any]:
    """Return what a word answers: rows and a digest of each column, or the kind of its error."""
    try:
        table = word(calls)
    except ValueError as error:
        return {"error": type(error).__name__}
    flat = table.to_frame("value") if isinstance(table, pd.Series) else table
    flat = flat.reset_index() if flat.index.name else flat
    return {"rows": len(flat)} | {str(name): digest(flat[name]) for name in flat.columns}


def digest(column: pd.Series[Any]) -> str:
    """Return a few letters that differ where one cell does: figures count to nine digits."""
    cells = "\n".join(map(_text, column.astype(object)))
    return hashlib.sha256(cells.encode()).hexdigest()[:10]


def _text(cell: object) -> str:
    if not isinstance(cell, (list, tuple, dict, set)) and pd.isna(cell):
        return ""
    if isinstance(cell, (float, np.floating)):
        return f"{cell:.9g}"
    if isinstance(cell, pd.Timestamp):
        return cell.isoformat(timespec="milliseconds")
    return str(cell)


def answers() -> dict[str, dict[str, Any]]:
    """Return what every word answers on every frame."""
    asked = frames()
    return {
        word: {name: answer(ask, calls) for name, calls in asked.items()}
        for word, ask in WORDS.items()
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(answers(), indent=1) + "\n", encoding="utf-8")
