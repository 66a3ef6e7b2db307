"""Made-up calls: their form, the laws they keep, and the faults that are planted among them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import phonenumbers
import pytest

from retell_nb.calls.facts import when
from retell_nb.calls.sample.faults import BURNT_NUMBER, UNHEARD_OF
from retell_nb.calls.sample.world import sample_calls
from retell_nb.calls.schema import DTYPES, SCHEMA
from retell_nb.vocabulary.classify import answered, outcome
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    import numpy.typing as npt

    Note: TypeAlias = dict[str, Any]
    Flags: TypeAlias = pd.Series[bool]

EPOCH = pd.Timestamp(0, tz="UTC")
DIGEST = "8bdbcdee98789b88bc5a29ee332faa130007a387ecdb4fbfdad05e96f4363b2e"
KINDS = [
    "short_call_bursts",
    "blocked_number",
    "malformed_list",
    "provider_outage",
    "broken_version",
    "full_house",
    "unknown_reason",
    "impossible_records",
]


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return sample_calls(seed=7)


@pytest.fixture(scope="module")
def healthy() -> pd.DataFrame:
    return sample_calls(seed=7, faults=False)


def planted(calls: pd.DataFrame, kind: str) -> Note:
    (note,) = (note for note in calls.attrs["planted"] if note["kind"] == kind)
    return note


def within(calls: pd.DataFrame, note: Note) -> Flags:
    since, until = pd.Timestamp(note["since"]), pd.Timestamp(note["until"])
    return when(calls).between(since, until, inclusive="left")


def is_outcome(calls: pd.DataFrame, name: str) -> Flags:
    return outcome(calls["disconnection_reason"], calls["call_status"]).eq(name)


def is_answered(calls: pd.DataFrame) -> Flags:
    flags = answered(calls["disconnection_reason"], calls["call_status"])
    return flags.fillna(value=False).astype(bool)


def written(cell: object) -> str:
    if pd.isna(cell):
        return ""
    if isinstance(cell, pd.Timestamp):
        return str((cell - EPOCH) // pd.Timedelta("1ms"))
    return repr(float(cell)) if isinstance(cell, float) else str(cell)


def digest(calls: pd.DataFrame) -> str:
    lines = [",".join(calls.columns)]
    lines += [",".join(map(written, row)) for row in zip(*map(calls.get, calls), strict=True)]
    text = "\n".join([*lines, json.dumps(calls.attrs, sort_keys=True)])
    return hashlib.sha256(text.encode()).hexdigest()


def talks_in_flight(calls: pd.DataFrame) -> npt.NDArray[np.int64]:
    """For each call, in order of time: how many of the calls before it still talk."""
    starts = ((when(calls) - EPOCH) // pd.Timedelta("1ms")).to_numpy()
    lasts = calls["duration_ms"].abs().fillna(7_200_000).to_numpy().astype(np.int64)
    ends = np.sort((starts + lasts)[lasts > 0])
    return np.cumsum(lasts > 0) - (lasts > 0) - np.searchsorted(ends, starts, side="right")


@pytest.mark.parametrize("n", [0, 1, 2, 50, 199, 200, 999])
@pytest.mark.parametrize("faults", [True, False])
def test_rows_are_as_many_as_asked_for_in_the_form_of_every_frame_of_calls(
    n: int, *, faults: bool
) -> None:
    """Any number of calls comes in exactly that number, with the schema's columns and kinds."""
    calls = sample_calls(n, seed=3, faults=faults)
    assert calls.index.equals(pd.RangeIndex(n))
    assert list(calls.columns) == list(SCHEMA)
    for column, kind in SCHEMA.items():
        assert calls[column].dtype == DTYPES[kind], column
        if kind == "category":
            present = sorted(calls[column].dropna().astype(str).unique())
            assert calls[column].cat.categories.tolist() == present
    assert all(note["calls"] > 0 for note in calls.attrs["planted"])
    assert json.loads(json.dumps(calls.attrs)) == calls.attrs


def test_the_same_seed_gives_the_same_calls_everywhere() -> None:
    """Every cell of a small frame is what it was on the day this digest was taken."""
    assert digest(sample_calls(400, seed=7)) == DIGEST


def test_another_seed_gives_other_calls() -> None:
    """Two seeds share no call id and not the same reasons."""
    one, other = sample_calls(400, seed=1), sample_calls(400, seed=2)
    assert not set(one["call_id"]) & set(other["call_id"])
    assert one["disconnection_reason"].tolist() != other["disconnection_reason"].tolist()


@pytest.mark.parametrize("wrong", [{"n": -1}, {"days": 0}, {"seed": -1}])
def test_numbers_too_small_are_refused_by_name(wrong: dict[str, int]) -> None:
    """The error names the argument, what was given and the least that is allowed."""
    (name, value) = next(iter(wrong.items()))
    with pytest.raises(ValueError, match=rf"{name} is {value}; .* from {int(name == 'days')} on"):
        sample_calls(**{"n": 5, **wrong})


@pytest.mark.parametrize(
    ("start", "days"), [("2026-03-08", 1), ("2026-10-20", 9), ("2026-03-02T15:00+01:00", 2)]
)
def test_calls_lie_in_the_window_in_order_of_time(start: str, days: int) -> None:
    """The window opens at midnight of the start; every call is in it, clocks changed or not."""
    calls = sample_calls(3_000, start=start, days=days)
    opening, closing = map(pd.Timestamp, calls.attrs["window"])
    assert opening == pd.Timestamp(start[:10], tz="UTC")
    assert closing - opening == pd.Timedelta(days, "D")
    assert when(calls).between(opening, closing, inclusive="left").all()
    assert when(calls).is_monotonic_increasing


def test_call_ids_are_all_different(calls: pd.DataFrame) -> None:
    """No call id is there twice."""
    assert calls["call_id"].is_unique
    assert calls["call_id"].str.fullmatch("call_[0-9a-f]{27}").all()


def test_a_call_that_did_not_connect_has_no_length_no_cost_and_no_success(
    healthy: pd.DataFrame,
) -> None:
    """Unconnected calls last 0 ms, cost nothing, are no success, and always have an end."""
    unmet = healthy[~is_answered(healthy) & ~is_outcome(healthy, "in_progress")]
    assert unmet["duration_ms"].eq(0).all()
    assert unmet["combined_cost"].eq(0).all()
    assert not unmet["call_successful"].any()
    assert unmet["e2e_latency_p50"].isna().all()
    assert unmet["end_timestamp"].notna().all()
    assert 0.5 < unmet["start_timestamp"].isna().mean() < 0.7


def test_a_talk_lasts_from_start_to_end_and_costs_by_the_second(healthy: pd.DataFrame) -> None:
    """Duration is end - start; cost is a price per second of the agent, seconds rounded up."""
    talks = healthy[is_answered(healthy)]
    span = talks["end_timestamp"] - talks["start_timestamp"]
    assert (span // pd.Timedelta("1ms")).eq(talks["duration_ms"]).all()
    assert talks["duration_ms"].gt(0).all()
    prices = talks["combined_cost"] / np.ceil(talks["duration_ms"].astype("float64") / 1000)
    spread = prices.groupby(talks["agent_id"], observed=True).agg(np.ptp)
    assert spread.lt(1e-9).all()


def test_durations_have_the_tails_of_real_talks(healthy: pd.DataFrame) -> None:
    """The median talk lasts one to two minutes, few are very long, none passes the maximum."""
    talks = healthy[is_outcome(healthy, "completed")]["duration_ms"]
    assert 60_000 < talks.median() < 120_000
    assert 0.05 < talks.lt(10_000).mean() < 0.12
    assert 0.01 < talks.gt(900_000).mean() < 0.05
    longest = healthy["disconnection_reason"].eq("max_duration_reached")
    assert healthy.loc[longest, "duration_ms"].between(3_600_000, 3_601_000).all()
    assert healthy.loc[~longest, "duration_ms"].lt(3_600_000).all()


def test_attempts_end_in_believable_shares(healthy: pd.DataFrame) -> None:
    """Of outbound dials half reach a person, a fifth a machine; half the rest ring unanswered."""
    dials = healthy[healthy["direction"].eq("outbound")]
    assert 0.40 < is_outcome(dials, "completed").mean() < 0.60
    assert 0.15 < is_outcome(dials, "machine").mean() < 0.25
    assert 0.20 < is_outcome(dials, "not_reached").mean() < 0.35
    assert dials["direction"].size > len(healthy) / 2
    assert healthy["direction"].isna().equals(healthy["call_type"].eq("web_call"))


def test_latencies_are_ordered_and_the_network_is_told_of_the_own_server_alone(
    healthy: pd.DataFrame,
) -> None:
    """p50 <= p95 everywhere; e2e is longer than its parts; one agent has a websocket."""
    for part in ("e2e", "asr", "llm", "tts", "llm_websocket_network_rtt"):
        known = healthy[healthy[f"{part}_latency_p50"].notna()]
        assert len(known)
        assert (known[f"{part}_latency_p50"] <= known[f"{part}_latency_p95"]).all()
    assert not (healthy["e2e_latency_p50"] < healthy["llm_latency_p50"]).any()
    assert known["agent_id"].unique().tolist() == ["agent_copper_claims"]


@pytest.mark.parametrize(
    ("agent", "zone"),
    [("agent_harbour_reminders", "America/Chicago"), ("agent_lantern_renewals", "Europe/Paris")],
)
def test_nights_and_sundays_are_quiet_where_people_live(
    healthy: pd.DataFrame, agent: str, zone: str
) -> None:
    """Between 22 and 6 h nobody is dialed, seen from the middle of the country; few on Sundays."""
    local = when(healthy)[healthy["agent_id"].eq(agent)].dt.tz_convert(zone)
    assert local.dt.hour.between(6, 21).all()
    assert local.dt.day_of_week.eq(6).mean() < 0.01
    assert local.dt.hour.between(9, 18).mean() > 0.85


def test_numbers_are_possible_and_forty_are_our_own(healthy: pd.DataFrame) -> None:
    """All numbers are possible but for callers who hide theirs; 40 belong to the agents."""
    outbound, inbound = (healthy["direction"].eq(way) for way in ("outbound", "inbound"))
    ours = {*healthy.loc[outbound, "from_number"], *healthy.loc[inbound, "to_number"]}
    theirs = {*healthy.loc[outbound, "to_number"], *healthy.loc[inbound, "from_number"]}
    assert len(ours) == 40
    assert "anonymous" in theirs
    assert not ours & theirs
    parsed = [phonenumbers.parse(number) for number in ours | theirs - {"anonymous"}]
    assert all(phonenumbers.is_possible_number(number) for number in parsed)
    assert {number.country_code for number in parsed} == {1, 44, 49, 33, 61}


def test_americans_are_dialed_on_numbers_kept_for_stories(healthy: pd.DataFrame) -> None:
    """Every number of country code 1 has the exchange 555 and a line from 0100 to 0199."""
    numbers = pd.concat([healthy["from_number"], healthy["to_number"]]).dropna()
    american = numbers[numbers.str.startswith("+1")]
    assert len(american)
    assert american.str.fullmatch(r"\+1\d{3}55501\d\d").all()


def test_people_are_redialed_who_were_not_reached(healthy: pd.DataFrame) -> None:
    """Before a redial of a number the last attempt met no answer, a busy line or a voicemail."""
    dials = healthy[healthy["direction"].eq("outbound")]
    redialed = dials[dials.duplicated("to_number", keep="last")]
    unreached = {"dial_no_answer", "dial_busy", "voicemail_reached"}
    assert len(redialed) > len(dials) / 6
    assert redialed["disconnection_reason"].isin(unreached).mean() > 0.999


def test_transfers_tell_where_they_went_and_others_do_not(healthy: pd.DataFrame) -> None:
    """A destination and an end of the transfer stand on transferred calls, and there alone."""
    handed = healthy["disconnection_reason"].eq("call_transfer")
    assert handed.any()
    assert healthy["transfer_destination"].notna().equals(handed)
    later = healthy["transfer_end_timestamp"] > healthy["end_timestamp"]
    assert later.equals(handed)


def test_versions_follow_each_other(healthy: pd.DataFrame) -> None:
    """At any moment an agent has one version on air; most agents have had several."""
    stretches = 0
    for _, mine in healthy.groupby("agent_id", observed=True):
        stretches += int(mine["agent_version"].diff().ne(0).sum())
    assert 10 < stretches < 25


def test_a_few_calls_are_in_progress_at_the_end(healthy: pd.DataFrame) -> None:
    """The last calls still run: no reason, no end, no duration, no cost, no judgement."""
    running = healthy[is_outcome(healthy, "in_progress")]
    assert 1 < len(running) < 20
    assert running["call_status"].eq("ongoing").all()
    told = ["end_timestamp", "duration_ms", "combined_cost", "user_sentiment", "call_successful"]
    assert running[told].isna().all(axis=None)
    assert running.index.min() > len(healthy) - 30


def test_status_is_what_the_vocabulary_says(healthy: pd.DataFrame) -> None:
    """The recorded status of every ended call is that of its reason."""
    ended = healthy[healthy["disconnection_reason"].notna()]
    expected = ended["disconnection_reason"].astype(object).map(REASONS["status"])
    assert ended["call_status"].astype(object).eq(expected).all()


@pytest.mark.parametrize("seed", [0, 7])
def test_a_healthy_deployment_fails_rarely_and_alike_everywhere(seed: int) -> None:
    """Without faults 1 to 2% fail, on every agent and in both halves, and nothing is odd."""
    healthy = sample_calls(40_000, seed=seed, faults=False)
    failed = is_outcome(healthy, "failed")
    assert 0.01 < failed.mean() < 0.02
    assert failed.groupby(healthy["agent_id"], observed=True).mean().between(0.008, 0.022).all()
    assert failed.groupby(np.arange(40_000) < 20_000).mean().between(0.01, 0.02).all()
    assert not is_outcome(healthy, "unknown").any()
    assert healthy["duration_ms"].dropna().ge(0).all()
    assert not (healthy["end_timestamp"] < healthy["start_timestamp"]).any()
    assert healthy.attrs["planted"] == []


def test_reasons_are_those_of_the_vocabulary_but_for_three(calls: pd.DataFrame) -> None:
    """Most of the vocabulary occurs, nothing retired, and exactly three calls end otherwise."""
    ends = calls["disconnection_reason"].dropna().astype(str)
    strange = ends[~ends.isin(REASONS.index)]
    assert strange.tolist() == [UNHEARD_OF] * 3
    assert ends.nunique() > 30
    assert set(REASONS.loc[sorted(set(ends) - {UNHEARD_OF}), "retired"]) == {""}
    assert planted(calls, "unknown_reason")["reasons"] == {UNHEARD_OF: 3}


def test_all_faults_are_there_in_a_frame_of_the_usual_size(calls: pd.DataFrame) -> None:
    """Each of the eight is noted once, with its reasons adding up to its calls."""
    notes = calls.attrs["planted"]
    assert [note["kind"] for note in notes] == KINDS
    for note in notes[:-1]:
        assert sum(note["reasons"].values()) == note["calls"]
        assert note["reasons"][note["reason"]] == max(note["reasons"].values())


@pytest.mark.parametrize(
    "kind", ["blocked_number", "malformed_list", "provider_outage", "broken_version"]
)
def test_a_fault_gathers_where_it_is_said_to_be(calls: pd.DataFrame, kind: str) -> None:
    """On its segment and in its time its reasons are five times as frequent as elsewhere."""
    note = planted(calls, kind)
    segment = {note["column"]: note["value"], **note.get("where", {})}
    there = within(calls, note)
    for column, value in segment.items():
        there &= calls[column].eq(value)
    hit = calls["disconnection_reason"].isin(list(note["reasons"]))
    assert note["calls"] <= hit[there].sum() <= 1.1 * note["calls"] + 3
    assert hit[there].mean() > 5 * hit[~there].mean()
    assert note["owner"] == REASONS.loc[note["reason"], "owner"]


def test_a_number_makes_bursts_of_short_calls_before_it_is_blocked(calls: pd.DataFrame) -> None:
    """On three days the number makes at least twenty calls under 10 s within a quarter hour."""
    note = planted(calls, "short_call_bursts")
    short = calls[calls["from_number"].eq(BURNT_NUMBER) & calls["duration_ms"].between(1, 9_999)]
    quarters = when(short[within(short, note)]).dt.floor("15min").value_counts()
    assert note["value"] == BURNT_NUMBER
    assert quarters[quarters >= 20].index.normalize().nunique() == 3
    assert note["until"] == planted(calls, "blocked_number")["since"]
    dials = calls[calls["direction"].eq("outbound")]
    share = dials["duration_ms"].between(1, 9_999).groupby(dials["from_number"]).mean()
    assert share[BURNT_NUMBER] > 3 * share.drop(BURNT_NUMBER).max()


def test_the_malformed_list_holds_numbers_that_are_none(
    calls: pd.DataFrame, healthy: pd.DataFrame
) -> None:
    """Every number of the list's failed dials breaks the form that all other numbers keep."""
    note = planted(calls, "malformed_list")
    form = r"\+\d{9,15}"
    wrong = calls[calls["to_number"].notna() & ~calls["to_number"].str.fullmatch(form, na=True)]
    assert len(wrong) == note["calls"]
    assert wrong["disconnection_reason"].eq("invalid_destination").all()
    assert wrong["agent_id"].eq(note["value"]).all()
    assert within(wrong, note).all()
    looks = {"blank": " ", "letter": "[A-Za-z]", "no plus": "^[^+]", "short": r"^\+\d{4,6}$"}
    assert all(wrong["to_number"].str.contains(look).any() for look in looks.values())
    assert healthy["to_number"].dropna().str.fullmatch(form).all()


@pytest.mark.parametrize(("n", "limit"), [(20_000, 20), (60_000, 60)])
def test_calls_are_refused_exactly_when_all_slots_are_taken(n: int, limit: int) -> None:
    """A call is refused if and only if as many as the limit are in flight when it comes."""
    calls = sample_calls(n, seed=1)
    refused = calls["disconnection_reason"].eq("concurrency_limit_reached")
    full = talks_in_flight(calls) >= limit
    assert planted(calls, "full_house")["limit"] == limit
    assert planted(calls, "full_house")["calls"] == refused.sum() > n / 200
    assert refused.tolist() == full.tolist()
    assert when(calls)[refused].dt.normalize().nunique() >= 15


def test_impossible_records_are_as_many_as_noted(calls: pd.DataFrame) -> None:
    """Each kind of impossible record is there in the number that the note says."""
    last = calls["end_timestamp"]
    start, closing = calls["start_timestamp"], pd.Timestamp(calls.attrs["window"][1])
    seen = {
        "negative duration": calls["duration_ms"].lt(0).fillna(value=False),
        "end before start": (last < start) & (last.dt.year > 1970),
        "end in the future": last > closing + pd.Timedelta(1, "D"),
        "end in seconds, not ms": last.dt.year == 1970,
        "ended without a reason": calls["disconnection_reason"].isna()
        & calls["call_status"].eq("ended"),
    }
    note = planted(calls, "impossible_records")
    assert {kind: int(mask.sum()) for kind, mask in seen.items()} == note["records"]
    assert note["calls"] == sum(note["records"].values())


def test_faults_are_planted_into_the_same_deployment(
    calls: pd.DataFrame, healthy: pd.DataFrame
) -> None:
    """With and without faults most calls are to the same people and end alike."""
    same = healthy["to_number"].value_counts().index.isin(calls["to_number"])
    assert same.mean() > 0.95
    shares = [
        frame["disconnection_reason"].value_counts(normalize=True) for frame in (calls, healthy)
    ]
    assert abs(shares[0]["user_hangup"] - shares[1]["user_hangup"]) < 0.02
