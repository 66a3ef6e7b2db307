"""A rise is explained by the segment behind it, and told apart from a change of the mix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.engine.intervals import wilson
from retell_nb.tables.change.decompose import decompose
from retell_nb.tables.change.explain import explain

MIX = [0.6, 0.3, 0.1]
START = pd.Timestamp("2026-03-02T00:00Z")


def world(seed: int, calls: int, first_day: int, days: int) -> pd.DataFrame:
    """Return calls of which four in a hundred fail, whatever the agent, number and hour."""
    dice = np.random.default_rng(seed)
    failed = dice.random(calls) < 0.04
    minutes = dice.integers(first_day * 1440, (first_day + days) * 1440, calls)
    return rn.as_calls(
        pd.DataFrame(
            {
                "call_id": [f"call_{first_day}_{number}" for number in range(calls)],
                "disconnection_reason": np.where(failed, "error_asr", "user_hangup"),
                "call_status": np.where(failed, "error", "ended"),
                "call_type": "phone_call",
                "direction": "outbound",
                "agent_id": dice.choice(
                    ["agent_a", "agent_b", "agent_c"], calls, p=[0.6, 0.3, 0.1]
                ),
                "agent_version": dice.integers(1, 4, calls),
                "from_number": dice.choice([f"+1303555010{n}" for n in range(8)], calls),
                "to_number": [
                    f"+1415555{number % 10_000:04}" for number in dice.permutation(calls)
                ],
                "start_timestamp": START + pd.to_timedelta(minutes, "min"),
            }
        )
    )


@pytest.fixture(scope="module")
def before() -> pd.DataFrame:
    return world(1, 12_000, 0, 28)


def broken(calls: pd.DataFrame, where: pd.Series, share: float) -> pd.DataFrame:
    """Return calls of which a share fails where they are told to."""
    hit = where & (np.random.default_rng(5).random(len(calls)) < share)
    reason = calls["disconnection_reason"].astype(object).mask(hit, "error_asr")
    return calls.assign(disconnection_reason=reason.astype("category"))


def test_a_planted_segment_is_named_with_its_figures(before: pd.DataFrame) -> None:
    """One version of one agent breaks: it is named, it is no chance, and its calls are those."""
    now = world(2, 4_000, 28, 7)
    where = now["agent_id"].eq("agent_b") & now["agent_version"].eq(3)
    table = explain(broken(now, where, 0.4), before)
    best = table.iloc[0]
    assert best["version"] == "agent_b version 3"
    assert best["depth"] == 1
    assert best["p_value"] < 0.01
    assert best["calls"] == where.sum()
    assert best["rate_without"] == pytest.approx(0.04, abs=0.01)


def test_a_time_splits_the_calls_into_now_and_before(before: pd.DataFrame) -> None:
    """`since` is the same as a baseline of the calls before it."""
    now = broken(world(2, 4_000, 28, 7), pd.Series(data=True, index=range(4_000)), 0.1)
    together = pd.concat([before, now], ignore_index=True)
    since = START + pd.Timedelta("28D")
    by_time, by_frame = explain(together, since=since), explain(now, before)
    pd.testing.assert_frame_equal(by_time, by_frame)
    assert by_time["depth"].tolist() == [0]


def test_what_is_not_recorded_is_listed_and_names_nothing(before: pd.DataFrame) -> None:
    """Attributes without a value are told in the attrs, and are no column."""
    table = explain(world(2, 500, 28, 7), before)
    assert table.attrs["not_recorded"] == ["latency"]
    assert "latency" not in table.columns


def test_one_period_alone_cannot_be_explained(before: pd.DataFrame) -> None:
    """The error says what is lacking and how to give it."""
    with pytest.raises(ValueError, match="give either baseline="):
        explain(before)
    with pytest.raises(ValueError, match="both need some"):
        explain(before, since="2030-01-01")
    with pytest.raises(ValueError, match="'soon' is no time"):
        explain(before, since="soon")


def test_a_period_may_begin_where_clocks_skip_an_hour() -> None:
    """It begins where they go on, and where they show an hour twice at the first."""
    times = pd.date_range("2026-03-29 00:00", periods=8, freq="30min", tz="UTC")
    calls = pd.DataFrame({"start_timestamp": times, "disconnection_reason": "dial_failed"})
    table = explain(calls, since="2026-03-29 02:30", tz="Europe/Berlin")
    assert table.attrs["baseline_calls"] == 2


groups = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6)


@given(groups, groups)
def test_the_effects_add_up_to_the_change(
    now: list[tuple[int, int]], then: list[tuple[int, int]]
) -> None:
    """Rate and mix effects of all groups are the change of the rate, to the last digit."""
    frames = []
    for sizes in (now, then):
        parts = [
            pd.DataFrame(
                {
                    "agent_id": f"agent_{number}",
                    "disconnection_reason": ["error_asr"] * failed + ["user_hangup"] * well,
                }
            )
            for number, (failed, well) in enumerate(sizes)
        ]
        frames.append(pd.concat(parts, ignore_index=True))
    if not all(map(len, frames)):
        with pytest.raises(ValueError, match="both need some"):
            decompose(*frames, "agent_id")
        return
    table = decompose(*frames, "agent_id")
    rates = [frame["disconnection_reason"].eq("error_asr").mean() for frame in frames]
    assert table["effect"].sum() == pytest.approx(rates[0] - rates[1], abs=1e-12)
    assert table.attrs["change"] == pytest.approx(rates[0] - rates[1], abs=1e-12)


def test_a_larger_share_of_a_bad_agent_is_a_change_of_the_mix() -> None:
    """No agent's own rate changed, so all of the rise is the mix."""
    rate = {"a": 0.06, "b": 0.005}
    frames = []
    for sizes in ({"a": 4_000, "b": 6_000}, {"a": 1_000, "b": 9_000}):
        parts = [
            pd.DataFrame(
                {
                    "agent_id": name,
                    "disconnection_reason": ["error_asr"] * int(size * rate[name])
                    + ["user_hangup"] * (size - int(size * rate[name])),
                }
            )
            for name, size in sizes.items()
        ]
        frames.append(pd.concat(parts, ignore_index=True))
    attrs = decompose(*frames, "agent_id").attrs
    assert attrs["rate_effect"] == pytest.approx(0, abs=1e-12)
    assert attrs["mix_effect"] == pytest.approx(attrs["change"]) == pytest.approx(0.0165)


def test_a_series_beside_a_baseline_is_refused(before: pd.DataFrame) -> None:
    """It has the index of one frame; the other's calls would be counted as misses."""
    loud = before["disconnection_reason"].eq("error_asr").rename("loud")
    for word in (
        lambda: explain(before, before, of=loud),
        lambda: explain(before, before, attributes=[loud]),
        lambda: decompose(before, before, loud),
        lambda: decompose(before, before, "agent_id", of=loud),
    ):
        with pytest.raises(ValueError, match="loud: a Series tells of the calls of one frame"):
            word()
    same = explain(before, before, of=lambda calls: calls["disconnection_reason"].eq("error_asr"))
    assert same.attrs["rate"] == same.attrs["baseline_rate"] > 0
    split = explain(before, since=START + pd.Timedelta("3D"), of=loud, max_depth=1)
    assert split.attrs["rate"] > 0


def test_the_mix_of_hours_is_that_of_the_zone(before: pd.DataFrame) -> None:
    """The same calls in a zone half an hour off have other hours; the parts add up there too."""
    other = before.assign(start_timestamp=before["start_timestamp"] + pd.Timedelta("3h"))
    table = decompose(before, other, "hour", tz="Asia/Kolkata")
    local = before["start_timestamp"].dt.tz_convert("Asia/Kolkata").dt.hour
    counts = table.set_index("hour")["calls"].astype("int64").sort_index()
    assert counts.tolist() == local.value_counts().sort_index().tolist()


@pytest.mark.parametrize("name", ["calls", "baseline_rate", "effect"])
def test_a_group_cannot_bear_the_name_of_a_figure(before: pd.DataFrame, name: str) -> None:
    """The table would have two columns of one name."""
    named = before.assign(**{name: before["agent_id"]})
    with pytest.raises(ValueError, match=name):
        decompose(named, named, named[name].name)


def test_the_hits_have_the_name_of_what_is_explained(before: pd.DataFrame) -> None:
    """Columns and attrs say what the rate is of; overall rates have their intervals."""
    now = broken(world(2, 4_000, 28, 7), pd.Series(data=True, index=range(4_000)), 0.1)
    table = explain(now, before, of="error_asr", attributes=["agent"])
    assert table.attrs["of"] == "error_asr"
    assert {"error_asr", "baseline_error_asr"} <= set(table.columns)
    assert "failed" not in table.columns
    for prefix in ("", "baseline_"):
        rate, calls = table.attrs[f"{prefix}rate"], table.attrs[f"{prefix}calls"]
        expected = wilson(rate * calls, calls)
        ends = [table.attrs[f"{prefix}{end}"] for end in ("low", "high")]
        assert ends == pytest.approx([float(end) for end in expected])
    flag = now["disconnection_reason"].eq("error_asr").rename("score")
    clash = explain(now, since=now["start_timestamp"].median(), of=flag, attributes=["agent"])
    assert clash.attrs["of"] == "hits"
    assert "hits" in clash.columns


def test_agents_without_a_version_have_no_segment_of_versions() -> None:
    """Names alone, with no version on record, are explained by whatever else there is."""
    times = pd.date_range("2026-03-02", periods=40, freq="h", tz="UTC")
    calls = pd.DataFrame({"disconnection_reason": "user_hangup", "start_timestamp": times})
    calls = calls.assign(agent_name="Front desk", agent_version=pd.array([None] * 40, "Int64"))
    assert calls[20:].retell.explain(calls[:20]).empty


def phones(seed: int, calls: int, day: int, *, dead: float, stuck: float = 0.0) -> pd.DataFrame:
    """Return dials of which a share is dead, and talks of which a share ends in an error."""
    dice = np.random.default_rng(seed)
    failed, broken = dice.random(calls) < dead, dice.random(calls) < 0.02 + stuck
    talked = ~failed & (dice.random(calls) < 0.7)
    reasons = np.where(talked, np.where(broken, "error_asr", "user_hangup"), "dial_no_answer")
    table = world(seed, calls, day, 7).assign(
        disconnection_reason=np.where(failed, "dial_failed", reasons),
        e2e_latency_p50=np.where(talked, dice.choice([800, 1_500, 2_500], calls), np.nan),
    )
    return rn.as_calls(table.drop(columns="call_status"))


def test_calls_that_failed_before_a_talk_are_in_no_band_of_latency() -> None:
    """Their latency was never measured, and its lack is a consequence: nothing of it is named."""
    before, now = phones(1, 8_000, 0, dead=0.02), phones(2, 3_000, 7, dead=0.12)
    for attributes in (None, ["latency"], ["latency", "direction"]):
        table = explain(now, before, attributes=attributes)
        assert table["segment"].tolist() == ["everywhere"], attributes
    slow = now["e2e_latency_p50"].eq(2_500)
    worse = now["disconnection_reason"].astype(object)
    hit = slow & (np.random.default_rng(3).random(len(now)) < 0.3)
    table = explain(
        now.assign(disconnection_reason=worse.mask(hit, "error_asr")), before, of="error_asr"
    )
    assert table["segment"].iloc[0] == "latency 2 to 3 s"
    assert table["calls"].iloc[0] == slow.sum()


def test_a_rise_in_all_talks_blames_no_band_of_latency() -> None:
    """Bands are compared with each other, not with calls that have none."""
    before, now = phones(1, 8_000, 0, dead=0.3), phones(2, 4_000, 7, dead=0.3, stuck=0.1)
    table = explain(now, before, attributes=["latency"])
    assert table["segment"].tolist() == ["everywhere"]


@pytest.mark.parametrize("way", ["inbound", "outbound"])
def test_a_rise_of_one_direction_is_named_by_it(before: pd.DataFrame, way: str) -> None:
    """Not by the caller number or country that calls of the other direction have and it lacks."""
    parts = []
    for number, calls in enumerate((before, world(2, 4_000, 28, 7))):
        dice = np.random.default_rng([9, number])
        parts.append(calls.assign(direction=dice.choice(["inbound", "outbound"], len(calls))))
    then, now = parts
    table = explain(broken(now, now["direction"].eq(way), 0.2), then)
    assert table["segment"].iloc[0] == f"direction {way}"


@pytest.mark.parametrize("name", ["agent_id", "agent_version", "team"])
@pytest.mark.parametrize("cause", ["consequence", "new", "kind"])
def test_not_recorded_is_named_only_where_it_cannot_follow_from_the_ending(
    before: pd.DataFrame, name: str, cause: str
) -> None:
    """Calls that lost a value as they failed name nothing; those that never had one may."""
    then, now = (
        part.assign(
            team=np.random.default_rng(4).choice(["x", "y", "z"], len(part)),
            agent_version=part["agent_version"].astype("Int64"),
        )
        for part in (before, world(2, 4_000, 28, 7))
    )
    dice = np.random.default_rng(6)
    some = pd.Series(dice.random(len(now)) < 0.1)
    now = broken(now, some, 0.5)
    failed = now["disconnection_reason"].ne("user_hangup")
    lacking = {"consequence": failed & (dice.random(len(now)) < 0.8), "new": some, "kind": some}
    now[name] = now[name].mask(lacking[cause])
    if cause != "new":
        lost = then["disconnection_reason"].ne("user_hangup") & (np.arange(len(then)) % 5 > 0)
        then[name] = then[name].mask(
            lost if cause == "consequence" else np.arange(len(then)) % 9 < 1
        )
    attributes = {"agent_id": "agent", "agent_version": "version"}.get(name, name)
    segments = explain(now, then, attributes=[attributes, "from_number"])["segment"]
    expected = f"{attributes} not recorded" if cause == "kind" else "everywhere"
    assert segments.iloc[0] == expected


def test_a_weekday_that_rose_once_has_its_date(before: pd.DataFrame) -> None:
    """One Friday's incident is that Friday; what rises every Friday is the weekday."""
    now = world(2, 8_000, 28, 14)
    day = now["start_timestamp"].dt.normalize()
    friday = day.dt.day_of_week.eq(4)
    for where, words in (
        (friday, "weekday Friday"),
        (day.eq(day[friday].min()), "weekday Friday (Apr 3, 2026 only)"),
    ):
        table = explain(broken(now, where, 0.4), before, attributes=["agent", "weekday"])
        assert table["segment"].iloc[0] == words
