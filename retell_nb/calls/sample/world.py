"""Made-up calls that a telephone person would believe, with faults to find.

Attempts are drawn first, faults are planted among them, and then they are dressed with all else
that the record of a call tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.sample.attempts import ANSWERED, CODES, NAMES, OWN_SERVER, draw_attempts
from retell_nb.calls.sample.dice import HOUR, MINUTE, ONE, SECOND, Dice, Period, pick, quantile
from retell_nb.calls.sample.faults import counted, plant, versions
from retell_nb.calls.sample.impossible import spoil
from retell_nb.calls.schema import DTYPES, SCHEMA, Shared
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints

    Mask = npt.NDArray[np.bool_]

__all__ = ["sample_calls"]

AGENTS = pd.DataFrame(
    [
        ("agent_harbour_reminders", "Harbour Dental reminders", "everything", 1183),
        ("agent_lantern_renewals", "Lantern Energy renewals", "everything", 1267),
        ("agent_copper_claims", "Copperfield Claims", "everything_except_pii", 967),
        ("agent_maple_frontdesk", "Maple Clinic front desk", "basic_attributes_only", 1350),
        ("agent_juniper_support", "Juniper Travel support", "everything", 1267),
        ("agent_orchid_concierge", "Orchid Hotels web guide", "everything", 1100),
    ],
    columns=["agent_id", "agent_name", "data_storage_setting", "price"],
)
"""The agents; the price is in 1/10000 cent per second. The third runs an LLM server of its own."""
TEAMS = {
    "US": "+12025550180", "GB": "+442079460999", "DE": "+493023125999",
    "FR": "+33199001999", "AU": "+61255501999",
}  # fmt: skip
"""Where a call is handed over to."""

LATENCIES = {  # milliseconds at the median, and thousandths that the 95th percentile lies above
    "asr": ([(0, 40), (500, 95), (950, 210), (1000, 480)], [(0, 50), (1000, 900)]),
    "llm": ([(0, 260), (500, 610), (950, 1_250), (1000, 3_400)], [(0, 80), (1000, 1_400)]),
    "tts": ([(0, 140), (500, 270), (950, 480), (1000, 1_100)], [(0, 40), (1000, 600)]),
    "llm_websocket_network_rtt": ([(0, 18), (500, 46), (1000, 190)], [(0, 100), (1000, 2_000)]),
}
PAUSE = [(0, 120), (500, 260), (1000, 700)]  # until the agent is sure that it is its turn
FEELINGS = {"Neutral": 52, "Positive": 30, "Negative": 13, "Unknown": 5}
SUCCESSES = {"completed": 740, "machine": 60, "timed_out": 150, "failed": 70}  # thousandths
TOKENS = [(0, 6_000), (500, 23_000), (1000, 61_000)]  # tenths, on average per request
VOICEMAILS_TAKEN_FOR_PEOPLE, WITHOUT_START = 30, 600  # thousandths
AFTER_TRANSFER = [(0, 20_000), (500, 240_000), (1000, 1_800_000)]


def sample_calls(
    n: int = 20_000,
    *,
    seed: int = 0,
    start: str | pd.Timestamp = "2026-03-02",
    days: int = 28,
    faults: bool = True,
) -> pd.DataFrame:
    """Return made-up calls of a believable deployment, in order of time, with faults to find.

    Six agents with versions rolled out in time call, are called and talk on the web; 40 numbers
    of their own; people in five countries at their local hours; redials of who was not reached.
    Every phone number lies in a range kept for made-up stories. All but the planted faults fails
    at 1.5%, the same everywhere and always.

    Parameters
    ----------
    n : int
        Number of calls, from 0 on.
    seed : int
        From 0 on. The same seed gives the same calls on every platform and under every pandas.
    start : str or Timestamp
        First day, in UTC; a time of day is cut off.
    days : int
        Length of the period in days, from 1 on.
    faults : bool
        Whether faults are planted: bursts of short calls from a number that is blocked afterwards
        (`short_call_bursts`, `blocked_number`), a dial list of malformed numbers
        (`malformed_list`), two hours without the provider (`provider_outage`), a version that
        breaks its LLM websocket (`broken_version`), all call slots taken at the daily peaks
        (`full_house`: calls are refused while max(20, n // 1000) others are in flight), a reason
        that nobody knows (`unknown_reason`), records that cannot be right (`impossible_records`).

    Returns
    -------
    DataFrame
        One call per row, with the columns and kinds of every frame of calls. In `attrs`:
        `window`, the start and end of the period; and `planted`, one dict per fault that found
        calls enough: `kind`; `reason`, its main disconnection reason, and all in `reasons` with
        counts; `column` and `value`, the segment it is in (narrowed by `where`), or None;
        `since` and `until`; `owner`; and `calls`, how many.

    Raises
    ------
    ValueError
        If `n`, `seed` or `days` is too small or `start` is no date.

    Examples
    --------
    >>> calls = sample_calls(2_000, seed=7)
    >>> len(calls), calls["direction"].value_counts().index.tolist()
    (2000, ['outbound', 'inbound'])
    >>> {fault["kind"]: fault["calls"] for fault in calls.attrs["planted"]}["unknown_reason"]
    3
    >>> sample_calls(2_000, faults=False).attrs["planted"]
    []
    """
    period = _period(n, seed, start, days)
    dice = Dice(seed)
    attempts = draw_attempts(n, period, dice)
    notes = plant(attempts, dice, period) if faults else []
    attempts = _in_order(attempts, dice, period)
    calls = _dressed(attempts, dice, period)
    planted = counted(notes, attempts)
    if faults:
        planted += spoil(calls, np.flatnonzero(attempts["fault"] == 0), dice, period)
    calls.attrs = {
        "rejected": [],
        "duplicates": 0,
        "undated": 0,
        "left_out": [],
        "window": [period.iso(0), period.iso(period.length)],
        "planted": Shared(planted),
    }
    return calls


def _period(n: int, seed: int, start: str | pd.Timestamp, days: int) -> Period:
    for name, value, least in (("n", n, 0), ("seed", seed, 0), ("days", days, 1)):
        if value < least:
            raise ValueError(f"{name} is {value}; it must be a whole number from {least} on.")
    opening = pd.Timestamp(start)
    opening = opening.tz_localize("UTC") if opening.tz is None else opening.tz_convert("UTC")
    return Period(opening.normalize().as_unit("ms"), days)


def _in_order(attempts: pd.DataFrame, dice: Dice, period: Period) -> pd.DataFrame:
    """Return the attempts by time; a talk that outlasts the period has no end, some do so."""
    talking = np.flatnonzero(attempts["talk"].gt(0) & attempts["fault"].eq(0))
    late = talking[np.argsort(attempts["at"].to_numpy()[talking], kind="stable")]
    late = late[max(0, len(late) - min(len(attempts) // 50, 3 + len(attempts) // 20_000)) :]
    attempts.loc[late, "at"] = period.length - 1 - dice(len(late)) * 5 * MINUTE // ONE
    attempts.loc[late, "talk"] = HOUR
    attempts.loc[attempts["at"] + attempts["talk"] > period.length, "reason"] = None
    order = np.argsort(attempts["at"].to_numpy(), kind="stable")
    return attempts.iloc[order].reset_index(drop=True)


def _dressed(attempts: pd.DataFrame, dice: Dice, period: Period) -> pd.DataFrame:
    """Return the attempts as a frame of calls."""
    codes = attempts["reason"].cat.codes.to_numpy().astype(np.int64)
    answered = (codes >= 0) & ANSWERED[codes]
    columns = {
        **_who(attempts, dice, period),
        **_how_it_ended(attempts, codes, dice, period),
        **_handed_over(attempts, codes, dice, period),
        **_how_fast(attempts, answered, dice),
        **_how_well(attempts, codes, answered, dice),
    }
    rows = pd.RangeIndex(len(attempts))
    kinds = SCHEMA.items()
    return pd.DataFrame(
        {name: pd.Series(columns.get(name), rows, DTYPES[kind]) for name, kind in kinds}
    )


def _who(attempts: pd.DataFrame, dice: Dice, period: Period) -> dict[str, Any]:
    agents = pd.Index(AGENTS["agent_id"]).get_indexer(pd.Index(attempts["agent_id"]))
    web = attempts["direction"].eq("web").to_numpy()
    texts = ["agent_id", "agent_name", "data_storage_setting"]
    return {
        **{text: _category(AGENTS[text].tolist(), agents) for text in texts},
        "call_id": _call_ids(len(web), dice),
        "call_type": _category(["phone_call", "web_call"], web.astype(np.int64)),
        "direction": _category(
            ["inbound", "outbound"], np.where(web, -1, attempts["direction"].eq("outbound"))
        ),
        "agent_version": versions(attempts["agent_id"], attempts["at"].to_numpy(), period),
        "from_number": attempts["from_number"],
        "to_number": attempts["to_number"],
    }


def _how_it_ended(
    attempts: pd.DataFrame, codes: Ints, dice: Dice, period: Period
) -> dict[str, Any]:
    """Reason and status, start and end; some that never connected have no start."""
    start, talk = attempts["at"].to_numpy(), attempts["talk"].to_numpy()
    ended = codes >= 0
    without = ended & ~ANSWERED[codes] & (dice(len(codes)) < WITHOUT_START * ONE // 1000)
    status = [*REASONS["status"], "not_connected", "ongoing"]
    prices = AGENTS.set_index("agent_id")["price"].reindex(attempts["agent_id"]).to_numpy()
    return {
        "disconnection_reason": _category(NAMES.tolist(), codes),
        "call_status": _category(status, np.where(ended, codes, len(status) - 1)),
        "start_timestamp": _times(start, ~without, period),
        "end_timestamp": _times(start + talk, ended, period),
        "duration_ms": pd.arrays.IntegerArray(talk, ~ended),
        "billed_seconds": np.where(ended, -(-talk // SECOND), np.nan),
        "combined_cost": np.where(ended, -(-talk // SECOND) * prices / 10_000, np.nan),
    }


def _handed_over(attempts: pd.DataFrame, codes: Ints, dice: Dice, period: Period) -> dict[str, Any]:
    handed = codes == CODES["call_transfer"]
    teams = np.full(len(codes), None, dtype=object)
    teams[handed] = [TEAMS[country] for country in attempts["country"][handed]]
    rest = quantile(dice(len(codes)), AFTER_TRANSFER)
    over = (attempts["at"] + attempts["talk"]).to_numpy() + rest
    return {
        "transfer_end_timestamp": _times(over, handed, period),
        "transfer_destination": teams,
    }


def _how_fast(attempts: pd.DataFrame, answered: Mask, dice: Dice) -> dict[str, Any]:
    """Latencies: what the caller waits for (`e2e`) is the sum of all that works, and a pause."""
    size = len(attempts)
    heard = answered & attempts["talk"].ge(3 * SECOND).to_numpy()
    p50 = {part: quantile(dice(size), middle) for part, (middle, _) in LATENCIES.items()}
    p95 = {
        part: p50[part] * (1000 + quantile(dice(size), above)) // 1000
        for part, (_, above) in LATENCIES.items()
    }
    of_server = "llm_websocket_network_rtt"
    there = {of_server: heard & attempts["agent_id"].eq(OWN_SERVER).to_numpy()}
    pause = quantile(dice(size), PAUSE)
    return {
        f"{part}_latency_{rank}": np.where(there.get(part, heard), times, np.nan)
        for rank, parts in (("p50", p50), ("p95", p95))
        for part, times in ({"e2e": pause + sum(parts.values()) - parts[of_server]} | parts).items()
    }


def _how_well(attempts: pd.DataFrame, codes: Ints, answered: Mask, dice: Dice) -> dict[str, Any]:
    """What the analysis of a call says; of an unconnected one, what it always says."""
    size = len(codes)
    outcomes = np.array([*REASONS["outcome"], "not_reached", "in_progress"])[codes]
    human = answered & (outcomes != "machine")
    feelings = np.where(human, pick(dice(size), list(FEELINGS.values())), len(FEELINGS) - 1)
    chances = pd.Series(outcomes).map(SUCCESSES).fillna(0).to_numpy() * ONE // 1000
    mailbox = attempts["direction"].eq("outbound") & attempts["reason"].eq("agent_hangup")
    mailbox &= dice(size) < VOICEMAILS_TAKEN_FOR_PEOPLE * ONE // 1000
    mailbox |= attempts["reason"].eq("voicemail_reached")
    phone = attempts["direction"].ne("web").to_numpy()
    requests = 1 + attempts["talk"].to_numpy() // (11 * SECOND)
    return {
        "user_sentiment": _category(list(FEELINGS), np.where(codes >= 0, feelings, -1)),
        "call_successful": pd.arrays.BooleanArray(answered & (dice(size) < chances), codes < 0),
        "in_voicemail": pd.arrays.BooleanArray(mailbox.to_numpy(), ~(answered & phone)),
        "llm_token_usage_average": np.where(answered, quantile(dice(size), TOKENS) / 10, np.nan),
        "llm_token_usage_num_requests": pd.arrays.IntegerArray(requests, ~answered),
    }


def _category(names: list[str], codes: Ints) -> pd.Categorical[str]:
    """Categories from places in a list of names, -1 where there is none; only those present."""
    kinds, places = np.unique(names, return_inverse=True)
    cells = pd.Categorical.from_codes(np.append(places, -1)[codes], pd.Index(kinds.tolist()))
    return cells.remove_unused_categories()


def _times(moments: Ints, there: Mask, period: Period) -> pd.Series[pd.Timestamp]:
    """Times of the moments (ms since the opening), missing where there is none."""
    times = np.where(there, moments, np.iinfo(np.int64).min).view("timedelta64[ms]")
    return period.opening + pd.Series(times)


def _call_ids(size: int, dice: Dice) -> list[str]:
    """Ids that end in eight digits of the scrambled row number, so that none is there twice."""
    rows = (np.arange(size, dtype=np.int64) * 2_654_435_761 + dice(1)) % ONE
    words = np.column_stack([dice(size), dice(size), dice(size), rows])
    digits = words.astype(">u4").tobytes().hex()
    return [f"call_{digits[last - 27 : last]}" for last in range(32, 32 * size + 1, 32)]
