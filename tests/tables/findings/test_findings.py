"""What is wrong now: planted faults are found with their place, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.engine.intervals import wilson
from retell_nb.selection.code import as_code
from retell_nb.selection.select import select
from retell_nb.tables import findings
from retell_nb.tables.findings.findings import COLUMNS
from retell_nb.vocabulary.reasons import UNPLACED

KINDS = {"short_call_bursts": "short_calls", "unknown_reason": "unknown_reason"}


@pytest.fixture(scope="module", params=[1, 7])
def faulty(request: pytest.FixtureRequest) -> pd.DataFrame:
    return rn.sample_calls(20_000, seed=request.param)


@pytest.fixture(scope="module")
def found(faulty: pd.DataFrame) -> pd.DataFrame:
    return findings(faulty)


@pytest.fixture(scope="module")
def healthy() -> pd.DataFrame:
    return rn.sample_calls(20_000, seed=2, faults=False)


def made(**columns: Any) -> pd.DataFrame:
    """Calls of a few columns, made of (value, how often) pairs; `start` in minutes of one day."""
    told = {name: np.repeat(*zip(*pairs, strict=True)) for name, pairs in columns.items()}
    calls = pd.DataFrame(told).rename(columns={"reason": "disconnection_reason"})
    if "start" in calls:
        minutes = pd.to_timedelta(calls.pop("start"), unit="min")
        calls["start_timestamp"] = pd.Timestamp("2026-03-02", tz="UTC") + minutes
    return calls


@pytest.fixture(scope="module")
def one_agent() -> pd.DataFrame:
    """40 of 50 calls of an agent fail to dial, and none of the 190 of another."""
    return made(
        reason=[("dial_failed", 40), ("user_hangup", 200)], agent_id=[("a", 50), ("b", 190)]
    )


def test_every_planted_fault_is_found_with_its_place(
    faulty: pd.DataFrame, found: pd.DataFrame
) -> None:
    """Kind and segment of each fault are those of a finding, or its calls are."""
    for fault in faulty.attrs["planted"]:
        if fault["kind"] == "impossible_records":
            rows = found[found["kind"] == "impossible_record"]
            records = {i for _, row in rows.iterrows() for i in select(faulty, row).index}
            assert len(records) == fault["calls"]
            continue
        kind = KINDS.get(fault["kind"]) or rn.REASONS.loc[fault["reason"], "category"]
        segment = {fault["column"]: [fault["value"]]} if fault["column"] else {}
        segment |= {name: [value] for name, value in fault.get("where", {}).items()}
        filters = found.loc[found["kind"] == kind, "filters"]
        assert any(segment.items() <= one.items() for one in filters), fault["kind"]


def test_a_finding_tells_since_when(faulty: pd.DataFrame, found: pd.DataFrame) -> None:
    """The outage has its hours; the version was bad until a call of the next one came."""
    planted = {fault["kind"]: fault for fault in faulty.attrs["planted"]}
    outage = found[found["kind"] == "trunk"].iloc[0]
    assert outage["since"].isoformat() == planted["provider_outage"]["since"]
    assert outage["until"].isoformat() == planted["provider_outage"]["until"]
    version = found[found["kind"] == "llm_server"].iloc[0]
    talked = faulty.retell.stage.eq("connected")  # with its server
    of_agent = faulty[talked & (faulty["agent_id"] == "agent_copper_claims")]
    bad = of_agent.retell.when[of_agent["agent_version"] == 8]
    assert version["since"] == bad.min().floor("h")
    assert version["until"] == bad.max().floor("h") + pd.Timedelta("1h")


def test_findings_name_owner_and_remedy(found: pd.DataFrame) -> None:
    """Each finding says whose it is and what to do, in the words of the vocabulary."""
    owners = found.set_index("kind")["owner"].to_dict()
    assert owners["llm_server"] == "backend"
    assert owners["trunk"] == "provider"
    assert owners["dial_failure"] == owners["short_calls"] == "number"
    assert owners["capacity"] == "account"
    impossible = found["kind"].eq("impossible_record") & ~found["title"].str.contains("without")
    said = found.loc[~impossible, "remedy"]
    assert set(said) <= {*rn.REASONS["remedy"], *UNPLACED["remedy"]}
    assert found.loc[impossible, "remedy"].str.startswith("Check these records").all()
    assert impossible.any()


def test_the_choices_of_a_finding_give_its_calls(faulty: pd.DataFrame, found: pd.DataFrame) -> None:
    """As many calls as it says; the same as row, as filters, through JSON, and as code."""
    for _, row in found.iterrows():
        calls = select(faulty, row)
        assert len(calls) == row["calls"]
        assert select(faulty, row["filters"]).index.equals(calls.index)
        assert select(faulty, {"filters": json.dumps(row["filters"])}).index.equals(calls.index)
        names = {"calls": faulty, "pd": pd}
        exec(as_code(row["filters"]), names)  # noqa: S102 - our own code
        assert names["selected"].index.equals(calls.index)
        assert row["cost"] == pytest.approx(calls["combined_cost"].sum())
        failed = calls.retell.outcome.eq("failed").sum() / faulty.retell.outcome.eq("failed").sum()
        assert row["share"] == pytest.approx(failed)


def test_no_call_is_claimed_twice_in_silence(faulty: pd.DataFrame, found: pd.DataFrame) -> None:
    """Where two findings have calls in common, each of them names the other and how many."""
    held = {row["finding"]: set(select(faulty, row).index) for _, row in found.iterrows()}
    overlaps = found.set_index("finding")["overlap"]
    headings = found.set_index("finding")["title"].str.partition(": ")[0]
    for name, calls in held.items():
        for other, theirs in held.items():
            if other != name:
                both = len(calls & theirs)
                are = "is" if both == 1 else "are"
                said = f"{both:,} of these calls {are} also in “{headings[other]}”."
                assert (said in overlaps[name]) == bool(both)


def test_the_worst_to_save_comes_first(found: pd.DataFrame) -> None:
    """Findings are ranked by the calls that can be saved, and no name is there twice."""
    assert found["saveable"].is_monotonic_decreasing
    assert (found["saveable"] <= found["calls"]).all()
    assert found["finding"].is_unique


def test_healthy_calls_have_no_findings(healthy: pd.DataFrame) -> None:
    """What differs by chance, or as agents and directions do, is no finding."""
    table = findings(healthy)
    assert table.empty
    assert table.attrs["calls"] == (healthy.retell.outcome != "in_progress").sum()
    assert table.attrs["looked_at"][:3] == ["agent_id", "agent_version", "from_number"]


def test_a_finding_counts_what_can_be_counted_by_hand(one_agent: pd.DataFrame) -> None:
    """The excess of 40 of 50 over 0 of 190, from the near ends of both intervals."""
    row = findings(one_agent).iloc[0]
    low, high = (float(end) for end in wilson(40, 50))
    assert (row["calls"], row["share"], row["rate"]) == (40, 1.0, 0.8)
    assert (row["low"], row["high"]) == (low, high)
    assert row["saveable"] == pytest.approx(50 * (low - float(wilson(0, 190)[1])))
    assert row["filters"] == {
        "outcome": ["failed"],
        "category": ["dial_failure"],
        "agent_id": ["a"],
    }
    assert "80% of 50 calls" in row["evidence"]
    assert "0% of the 190 others" in row["evidence"]
    assert np.isnan(row["cost"])
    assert pd.isna(row["since"])


def test_a_span_of_hours_is_found_to_the_hour() -> None:
    """Ten calls an hour; all of 10 and 11 o'clock fail: since and until are those hours."""
    reasons = np.full(240, "user_hangup", dtype=object)
    reasons[100:120] = "telephony_provider_unavailable"
    minutes = [(minute, 1) for minute in range(0, 1440, 6)]
    calls = made(reason=[(reason, 1) for reason in reasons], start=minutes)
    row = findings(calls).iloc[0]
    assert row["since"] == pd.Timestamp("2026-03-02T10:00Z")
    assert row["until"] == pd.Timestamp("2026-03-02T12:00Z")
    assert row["calls"] == 20


def test_times_are_told_in_the_time_zone(faulty: pd.DataFrame) -> None:
    """Hours of the day are those of the zone, and the filters tell it to whoever reads them."""
    table = findings(faulty, tz="America/Phoenix")
    row = table[table["kind"] == "capacity"].iloc[0]
    assert row["filters"]["hour"] == [10]  # 17 o'clock in UTC
    assert "America/Phoenix" in row["where"]
    assert table.attrs["tz"] == row["filters"]["tz"] == "America/Phoenix"
    assert len(select(faulty, row)) == row["calls"]
    assert len(select(faulty, json.loads(json.dumps(row["filters"])))) == row["calls"]
    assert len(select(faulty, **row["filters"])) == row["calls"]
    names = {"calls": faulty, "pd": pd}
    exec(as_code(row["filters"]), names)  # noqa: S102 - our own code
    assert len(names["selected"]) == row["calls"]
    opened = faulty.retell.explore(**row["filters"])
    assert len(opened.calls) == row["calls"]
    assert "tz" not in opened.filters
    opened.filters = row["filters"]
    assert len(opened.calls) == row["calls"]
    with pytest.raises(ValueError, match="Open another one"):
        faulty.retell.explore().filters = row["filters"]


def test_a_fault_that_is_everywhere_is_found(healthy: pd.DataFrame) -> None:
    """Where every twentieth call is refused, whoever makes it, the place is everywhere."""
    reasons = healthy["disconnection_reason"].astype(object)
    reasons.iloc[::20] = "no_valid_payment"
    table = findings(healthy.assign(disconnection_reason=reasons))
    row = table[table["kind"] == "billing"].iloc[0]
    assert (row["calls"], row["where"]) == (1000, "everywhere")


def test_two_faults_of_a_kind_are_two_findings() -> None:
    """Two agents of five fail in the same way: both are found, each with its own calls."""
    ends = [("dial_failed", 60), ("user_hangup", 40), ("dial_failed", 50), ("user_hangup", 350)]
    agents = [("a", 100), ("b", 100), ("c", 100), ("d", 100), ("e", 100)]
    table = findings(made(reason=ends, agent_id=agents))
    assert table["finding"].tolist() == ["dial_failure:agent_id=a", "dial_failure:agent_id=b"]
    assert table["calls"].tolist() == [60, 50]


@pytest.mark.parametrize(
    ("costs", "told"),
    [([None], None), ([-5.0], None), ([None, 3.0], 60.0), ([-5.0, 3.0], 60.0), ([0.0], 0.0)],
)
def test_what_is_not_on_record_costs_nothing_and_is_not_nothing(
    one_agent: pd.DataFrame, costs: list[float | None], told: float | None
) -> None:
    """Of 40 calls those with a cost count; without any, the cost is missing."""
    paid = pd.array(np.resize(np.array(costs, dtype=float), len(one_agent)), dtype="Float64")
    for column in (paid, paid.to_numpy(dtype=float, na_value=np.nan)):
        cost = findings(one_agent.assign(combined_cost=column))["cost"].iloc[0]
        assert cost == told or (told is None and np.isnan(cost))


@pytest.mark.parametrize(
    "reason", ["dial_no_answer", "inactivity", "max_duration_reached", "user_declined"]
)
def test_endings_that_are_no_failure_are_told_where_they_are_many(reason: str) -> None:
    """Half of a's calls end so, half of b's fail to dial: two findings, one of them unproven."""
    ends = [(reason, 100), ("user_hangup", 100), ("dial_failed", 100), ("user_hangup", 700)]
    calls = made(reason=ends, agent_id=[("a", 200), ("b", 200), ("c", 600)])
    calls["direction"] = "outbound"
    table = findings(calls)
    assert table["kind"].tolist() == ["dial_failure", reason]
    assert table["filters"].map(lambda filters: filters["agent_id"]).tolist() == [["b"], ["a"]]
    odd = table.iloc[1]
    assert (odd["calls"], odd["saveable"], odd["grade"], odd["share"]) == (100, 0, "unproven", 0)
    assert len(select(calls, odd["filters"])) == 100
    assert odd["owner"] == rn.REASONS.loc[reason, "owner"]


@pytest.mark.parametrize("seed", [20, 21])
def test_calls_that_cannot_meet_a_fault_are_not_compared_with(seed: int) -> None:
    """Every tenth connected call fails: everywhere, and not where most calls connect."""
    healthy = rn.sample_calls(20_000, seed=seed, faults=False)
    connected = healthy.retell.stage.eq("connected").to_numpy()
    rng = np.random.default_rng(seed)
    hit = connected & (rng.random(len(healthy)) < 0.1)
    calls = healthy.drop(columns=["call_status", "call_successful"])
    calls["disconnection_reason"] = (
        calls["disconnection_reason"].astype(object).mask(hit, "error_asr")
    )
    table = findings(calls)
    row = table[table["kind"] == "platform"]
    assert row["where"].tolist() == ["everywhere"]
    assert row["rate"].iloc[0] == pytest.approx(0.1, abs=0.01)
    assert len(select(calls, row.iloc[0])) == row["calls"].iloc[0]


def test_two_faults_of_talks_are_found_where_talks_are_rare() -> None:
    """Agents a and b fail in half of their talks, though a is hardly ever answered; c is well."""
    ends = [("error_asr", 30), ("user_hangup", 30), ("dial_busy", 940)]
    ends += [("error_asr", 100), ("user_hangup", 100), ("user_hangup", 800)]
    table = findings(made(reason=ends, agent_id=[("a", 1000), ("b", 200), ("c", 800)]))
    assert table["calls"].tolist() == [100, 30]
    assert table["rate"].tolist() == [0.5, 0.5]


def test_calls_without_an_agent_are_a_segment() -> None:
    """All calls without an agent fail in one way, and some of b's in another: two findings."""
    ends = [("error_user_not_joined", 40), ("dial_failed", 60), ("user_hangup", 400)]
    calls = made(reason=ends, agent_id=[(None, 40), ("b", 100), ("c", 360)])
    table = findings(calls)
    assert table["where"].tolist() == ["b", "(no agent_id)"]
    assert table["filters"].iloc[1]["agent_id"] == [None]
    assert [len(select(calls, row)) for _, row in table.iterrows()] == [60, 40]
    assert len(select(calls, {"filters": json.dumps(table["filters"].iloc[1])})) == 40


def crossing(healthy: pd.DataFrame, name: str) -> pd.DataFrame:
    """Calls with two faults of one kind that have calls in common."""
    rng = np.random.default_rng(0)
    calls = healthy.iloc[::3].reset_index(drop=True)
    out, agent = calls["direction"].eq("outbound"), calls["agent_id"].mode().iloc[0]
    ends = calls["disconnection_reason"].astype(object)
    of_agent = out & calls["agent_id"].eq(agent)
    days = out & calls["start_timestamp"].dt.day.isin([12, 13])
    if name == "agent and number":
        shared = calls.loc[of_agent, "from_number"].iloc[0]
        numbers = calls["from_number"].astype(object)
        numbers[out & (rng.random(len(calls)) < 0.2)] = shared
        calls["from_number"] = numbers
        other, often = out & numbers.eq(shared), 0.6
    elif name == "agent and two days":
        other, often = days, 0.9
    else:
        other, often = out, 0.04
    ends[of_agent & (rng.random(len(calls)) < 0.5)] = "dial_failed"
    ends[other & (rng.random(len(calls)) < often)] = "dial_failed"
    return calls.assign(disconnection_reason=ends).drop(columns=["call_successful", "duration_ms"])


def test_a_finding_without_a_span_is_there_from_its_first_call_on() -> None:
    """Agent a calls from midnight on; it fails now and then from 01:00 to 22:59, and b never."""
    calls = made(agent_id=[("a", 240), ("b", 240)], start=[(n % 240 * 6, 1) for n in range(480)])
    ends = np.full(480, "user_hangup", dtype=object)
    ends[10:230:4] = "dial_failed"
    row = findings(calls.assign(disconnection_reason=ends)).iloc[0]
    assert (row["calls"], row["filters"].get("start")) == (55, None)
    assert row["since"] == pd.Timestamp("2026-03-02T01:00Z")
    assert row["until"] == pd.Timestamp("2026-03-02T23:00Z")


@pytest.mark.parametrize("name", ["agent and number", "agent and two days", "agent and everywhere"])
def test_faults_that_cross_are_told_with_all_their_calls(healthy: pd.DataFrame, name: str) -> None:
    """A row counts the calls that `calls_of` gives, even those that an earlier row has as well."""
    calls = crossing(healthy, name)
    table = findings(calls)
    held = [select(calls, row) for _, row in table.iterrows()]
    assert len(table) >= 2
    assert [len(part) for part in held] == table["calls"].tolist()
    both = held[0].index.intersection(held[1].index)
    assert f"{len(both):,} of these calls are also in" in table["overlap"].iloc[0]
    assert len(both) > 0
    assert "without the calls of other findings" in " ".join(table["evidence"])
    assert table["saveable"].sum() <= calls.retell.outcome.eq("failed").sum()


def test_findings_are_ranked_by_what_can_be_saved() -> None:
    """Few calls that surely need not fail come before more that hardly exceed the others."""
    ends = [
        ("error_asr", 45), ("user_hangup", 5),  # 45 of 50
        ("dial_failed", 60), ("user_hangup", 940),  # 60 of 1,000, against 20 of 1,000
        ("dial_failed", 20), ("user_hangup", 980),
    ]  # fmt: skip
    table = findings(made(reason=ends, agent_id=[("a", 50), ("b", 1000), ("c", 1000)]))
    assert table["kind"].tolist() == ["platform", "dial_failure"]
    assert table["calls"].tolist() == [45, 60]


def test_what_was_worse_before_is_no_finding(faulty: pd.DataFrame, healthy: pd.DataFrame) -> None:
    """Against a healthy period the faults are found, against a faulty one nothing is."""
    table = findings(faulty, baseline=healthy)
    places = dict(zip(table["kind"], table["filters"], strict=True))
    assert places["llm_server"]["agent_version"] == [8]
    assert places["dial_failure"]["from_number"] == ["+13035550184"]
    assert places["capacity"]["hour"] == [17]
    assert "calls before" in table["evidence"].iloc[0]
    for _, row in table.iterrows():
        assert len(select(faulty, row)) == row["calls"]
    assert findings(healthy, baseline=faulty).empty


def test_a_rise_over_all_is_seen_against_a_baseline_alone(healthy: pd.DataFrame) -> None:
    """Silence from every tenth web page: no other page to compare with, but the period before."""
    web = healthy[healthy["call_type"] == "web_call"].reset_index(drop=True)
    reasons = web["disconnection_reason"].astype(object)
    reasons.iloc[::25] = "error_user_not_joined"
    worse = web.assign(disconnection_reason=reasons)
    row = findings(worse, baseline=web).iloc[0]
    assert (row["kind"], row["filters"].get("agent_id")) == ("client", None)


def test_only_reasons_are_needed(faulty: pd.DataFrame) -> None:
    """Without any other column there is no error, and it is said what was not looked at."""
    table = findings(faulty[["disconnection_reason"]])
    assert "unknown_reason" in set(table["kind"])
    told = " ".join(table.attrs["not_checked"])
    for missing in ("agent_id", "from_number", "direction", "hour", "when", "short talks"):
        assert missing in told
    with pytest.raises(ValueError, match="disconnection_reason"):
        findings(faulty[["agent_id"]])


@pytest.mark.parametrize(
    "left_out", ["direction", "from_number", "start_timestamp", "duration_ms", "agent_version"]
)
def test_a_column_that_is_missing_hides_no_other_fault(faulty: pd.DataFrame, left_out: str) -> None:
    """The findings that can still be made are made, and give their calls."""
    less = faulty.drop(columns=left_out)
    table = findings(less)
    assert {"llm_server", "dial_failure"} <= set(table["kind"])
    assert len(select(less, table.iloc[0])) == table["calls"].iloc[0]


def test_a_masked_frame_has_the_same_findings(faulty: pd.DataFrame, found: pd.DataFrame) -> None:
    """Pseudonyms take the place of numbers, and nothing else changes."""
    masked = faulty.retell.mask()
    table = findings(masked)
    assert table["kind"].tolist() == found["kind"].tolist()
    assert table["calls"].tolist() == found["calls"].tolist()
    assert (
        not table.astype(str)
        .apply(lambda column: column.str.contains("+1303", regex=False))
        .any(axis=None)
    )
    assert len(select(masked, table.iloc[2])) == table["calls"].iloc[2]


def test_the_order_of_the_calls_is_no_matter(faulty: pd.DataFrame, found: pd.DataFrame) -> None:
    """Shuffled calls, under another index, have the same findings."""
    shuffled = faulty.sample(frac=1, random_state=0).set_axis(range(100, 100 + len(faulty)))
    pd.testing.assert_frame_equal(findings(shuffled), found)


def test_no_calls_have_no_findings(faulty: pd.DataFrame) -> None:
    """An empty frame gives an empty table of the same kinds of columns."""
    for nothing in (faulty.iloc[:0], pd.DataFrame({"disconnection_reason": []})):
        table = findings(nothing)
        assert len(table) == 0
        assert table.dtypes.to_dict() == {
            name: np.dtype("O") if kind == "object" else pd.Series(dtype=kind).dtype
            for name, kind in COLUMNS.items()
        }


def test_a_table_of_reasons_of_one_s_own_is_obeyed() -> None:
    """A reason that the user calls a failure is one, of the user's own category and owner."""
    mine = rn.REASONS.copy()
    mine.loc["inactivity", ["outcome", "category", "owner"]] = ["failed", "silence", "flow"]
    calls = made(
        reason=[("inactivity", 40), ("user_hangup", 200)], agent_id=[("a", 50), ("b", 190)]
    )
    assert findings(calls)["kind"].tolist() == ["inactivity"]
    row = findings(calls, reasons=mine).iloc[0]
    assert (row["kind"], row["owner"], row["calls"]) == ("silence", "flow", 40)
    assert "failed by silence" in row["title"]
    assert len(select(calls, row, reasons=mine)) == 40


def test_a_limit_is_told(found: pd.DataFrame, faulty: pd.DataFrame) -> None:
    """With a limit the first findings are there, and it is said how many are not."""
    few = findings(faulty, limit=2)
    assert few["finding"].tolist() == found["finding"].head(2).tolist()
    assert few.attrs["more"] == len(found) - 2


def test_a_finding_is_a_row_or_its_filters(faulty: pd.DataFrame) -> None:
    """Anything else is refused with what to give."""
    with pytest.raises(ValueError, match="Give one row of"):
        select(faulty, {"filters": 3})


def test_the_only_agent_that_could_be_hit_is_named() -> None:
    """With one agent on an LLM server of one's own, all calls that could break are its: it is told.

    Calls of the other agent could not have met the fault, so they are not compared with.
    """
    calls = made(
        reason=[("user_hangup", 300), ("error_llm_websocket_open", 120), ("user_hangup", 300)],
        agent_id=[("own server", 420), ("retell's model", 300)],
        start=[(minute, 1) for minute in [*range(420), *range(300)]],
    )
    table = findings(calls)
    assert table["kind"].tolist() == ["llm_server"]
    first = table.iloc[0]
    assert first["filters"]["agent_id"] == ["own server"]
    assert "own server" in first["title"]
    assert first["finding"].startswith("llm_server:agent_id=own server@2026-03-02T")
    assert len(select(calls, first)) == first["calls"] == 120


def test_calls_that_a_fault_cut_short_are_no_short_talks() -> None:
    """They are told of once, as failures; short talks have calls of their own, all outbound."""
    calls = made(
        reason=[("user_hangup", 800), ("error_llm_websocket_open", 100), ("user_hangup", 200)],
        from_number=[("+14155550101", 500), ("+14155550102", 600)],
        duration_ms=[(60_000, 800), (5_000, 300)],
    )
    calls["direction"] = np.where(np.arange(len(calls)) % 50 == 0, "inbound", "outbound")
    table = findings(calls)
    assert set(table["kind"]) == {"llm_server", "short_calls"}
    short = table[table["kind"] == "short_calls"].iloc[0]
    own = select(calls, short)
    assert len(own) == short["calls"]
    assert set(own["disconnection_reason"]) == {"user_hangup"}
    assert set(own["direction"]) == {"outbound"}


@pytest.mark.parametrize(
    ("baseline", "told"),
    [
        ("2026-03-01", "is a str, no frame of calls"),
        ([{"from_number": "+14155550101"}], "is a list, no frame of calls"),
        (pd.DataFrame({"a": [1]}), "disconnection_reason"),
    ],
    ids=["day", "records", "other frame"],
)
def test_a_baseline_is_calls(one_agent: pd.DataFrame, baseline: Any, told: str) -> None:
    """What is no frame of calls is an error, which quotes nothing of what it was given."""
    with pytest.raises(ValueError, match=told) as raised:
        findings(one_agent, baseline=baseline)
    assert "+1415" not in str(raised.value)
