"""Every word of a dask frame gives what pandas' word gives of the same calls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import dask
import dask.dataframe as dd
import pandas as pd
import pytest

import retell_nb as rn
import retell_nb.dask
from retell_nb.accessors import CallsAccessor
from retell_nb.dask.accessors import DaskCallsAccessor
from retell_nb.dask.columns import READS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASELINE = "the calls of `baseline`"
QUESTIONS: tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...] = (
    ("attempts", (), {}),
    ("attempts", ("previous_reason",), {"gap": "12h"}),
    ("attempts", (), {"each": True}),
    ("audit", (), {"now": "2027-01-01"}),
    ("backoff", (), {"limit": 5}),
    ("breakdown", (), {}),
    ("bursts", (), {}),
    ("callee_hours", (), {}),
    ("change_points", (), {}),
    ("compare", ("agent",), {}),
    ("compare", ("version",), {"strata": ["hour"]}),
    ("compare", ({"agent_version": 1}, {"direction": "outbound"}), {}),
    ("concurrency", (), {}),
    ("concurrency", ("1min", "agent"), {"limit": 20}),
    ("control_chart", (), {}),
    ("costs", (), {}),
    ("costs", ("agent",), {}),
    ("decompose", (BASELINE, "agent_id"), {}),
    ("destinations", (), {}),
    ("destinations", (), {"each": True}),
    ("explain", (BASELINE,), {"max_depth": 1}),
    ("explain", (), {"since": "2026-03-10", "attributes": ["agent", "version", "latency"]}),
    ("findings", (), {}),
    ("findings", (), {"baseline": BASELINE, "limit": None}),
    ("hours", (), {"tz": "Europe/Berlin"}),
    ("kpis", (), {}),
    ("kpis", ("version", "hour"), {"tz": "Europe/Berlin"}),
    ("llm_server", (), {}),
    ("numbers", (), {}),
    ("numbers", ("day",), {}),
    ("outages", (), {}),
    ("outages", ("agent",), {"of": "provider"}),
    ("rates", (), {}),
    ("rates", ("agent",), {}),
    ("rates", ("country", "day"), {"of": "not_reached"}),
    ("rates", ("from_number",), {"of": "dial_failed", "among": "not_connected"}),
    ("redial", (), {"now": "2026-04-01", "per_day": 2}),
    ("silence", ("to_number",), {}),
    ("summary", (), {}),
    ("tally", (), {}),
    ("tally", ("outcome", "agent"), {}),
    ("tally", ("weekday", "hour"), {"tz": "Europe/Berlin"}),
    ("tally", ("user_sentiment", pd.Grouper(key="start_timestamp", freq="W")), {}),
    ("time_limits", (), {}),
    ("time_limits", (), {"each": "caller"}),
    ("transfers", (), {}),
    ("trend", ("D",), {}),
    ("trend", ("auto", "category"), {"of": "failed"}),
)


def name_of(question: tuple[str, tuple[Any, ...], dict[str, Any]]) -> str:
    word, args, options = question
    return f"{word}({', '.join(map(str, args))} {options})"[:60]


Question = tuple[str, tuple[Any, ...], dict[str, Any]]
ONE_OF_EACH_KIND: list[Question] = [
    ("rates", ("version",), {}),
    ("findings", (), {"baseline": BASELINE}),
    ("kpis", ("agent",), {}),
    ("bursts", (), {}),
    ("trend", ("D", "category"), {"of": "failed"}),
    ("attempts", (), {"each": True}),
]


def answers(calls: Any, question: Question, baseline: pd.DataFrame) -> pd.DataFrame:
    word, args, options = question
    args = tuple(baseline if one is BASELINE else one for one in args)
    options = {name: baseline if one is BASELINE else one for name, one in options.items()}
    table: pd.DataFrame = getattr(calls.retell, word)(*args, **options)
    return table


def check(table: Any, wanted: Any) -> None:
    pd.testing.assert_frame_equal(table, wanted, check_exact=True)
    assert str(table.attrs) == str(wanted.attrs)


@pytest.fixture(scope="module")
def of_pandas(calls: pd.DataFrame, baseline: pd.DataFrame) -> Callable[[Question], pd.DataFrame]:
    """Return what pandas answers, worked out once."""
    tables: dict[str, pd.DataFrame] = {}

    def answer(question: Question) -> pd.DataFrame:
        if name_of(question) not in tables:
            tables[name_of(question)] = answers(calls, question, baseline)
        return tables[name_of(question)]

    return answer


@pytest.mark.parametrize(
    ("question", "partitions"),
    [
        *((question, 20) for question in QUESTIONS),
        *((question, partitions) for partitions in (1, 3) for question in ONE_OF_EACH_KIND),
    ],
    ids=lambda part: part if isinstance(part, int) else name_of(part),
)
def test_a_table_is_that_of_pandas(
    question: Question,
    partitions: int,
    calls: pd.DataFrame,
    baseline: pd.DataFrame,
    of_pandas: Callable[[Question], pd.DataFrame],
) -> None:
    """Values, dtypes, order and attrs are the same, in however many partitions the calls are."""
    parts = dd.from_pandas(calls, npartitions=partitions, sort=False)
    check(answers(parts, question, baseline), of_pandas(question))


@pytest.mark.parametrize("question", QUESTIONS, ids=name_of)
def test_a_table_of_files_is_that_of_pandas(
    question: Question,
    calls: pd.DataFrame,
    baseline: pd.DataFrame,
    of_pandas: Callable[[Question], pd.DataFrame],
    parted: Callable[..., Any],
) -> None:
    """Empty partitions, unknown divisions and categories of their own change nothing."""
    parts = parted(calls, 0, 700, 700, 701, 1_600, len(calls))
    wanted = of_pandas(question)
    if question[2].get("each") is True and question[0] == "attempts":
        wanted = wanted.set_axis(parts.index.compute())
    check(answers(parts, question, baseline), wanted)


@pytest.mark.parametrize("question", ONE_OF_EACH_KIND[:1], ids=name_of)
def test_processes_give_the_same(
    question: Question,
    calls: pd.DataFrame,
    baseline: pd.DataFrame,
    of_pandas: Callable[[Question], pd.DataFrame],
    parted: Callable[..., Any],
) -> None:
    """It does not matter whether threads or processes work."""
    with dask.config.set(scheduler="processes", num_workers=2):
        check(answers(parted(calls, 0, 1_400), question, baseline), of_pandas(question))


@pytest.mark.parametrize("question", ONE_OF_EACH_KIND, ids=name_of)
def test_a_cluster_gives_the_same(
    question: Question,
    calls: pd.DataFrame,
    baseline: pd.DataFrame,
    of_pandas: Callable[[Question], pd.DataFrame],
    cluster: Any,
) -> None:
    """Nor does it matter whether they are on a cluster."""
    with cluster.as_current():
        parts = dd.from_pandas(calls, npartitions=3, sort=False)
        check(answers(parts, question, baseline), of_pandas(question))


def test_a_worker_that_is_killed_changes_nothing(
    calls: pd.DataFrame, cluster: Any, tmp_path: Path
) -> None:
    """What a process had in hand when it was killed is done again."""
    before_end = tmp_path / "killed"

    def read(number: int, part: pd.DataFrame) -> pd.DataFrame:
        if number == 1 and not before_end.exists():
            before_end.touch()
            os._exit(1)
        return part

    parts = [calls[:700], calls[700:1_300], calls[1_300:]]
    with cluster.as_current():
        mortal = dd.from_map(read, range(3), parts, meta=calls.head(0))
        check(mortal.retell.kpis("agent"), calls.retell.kpis("agent"))
    assert before_end.exists()


def test_calls_hang_by_the_last_time_of_all_partitions(parted: Callable[..., Any]) -> None:
    """Clocks of the future and of 1970 are seen through as they are in one frame."""
    times = pd.to_datetime(
        [
            *("2026-03-01T10:00Z", "2026-03-01T11:00Z", "2026-03-01T12:30Z", "2026-03-01T14:00Z"),
            *("2090-01-01T00:00Z", "1970-01-20T00:00Z", None, "2026-03-01T13:30Z"),
        ],
        format="ISO8601",
    )
    calls = pd.DataFrame(
        {
            "call_id": [f"call_{number}" for number in range(8)],
            "disconnection_reason": pd.Categorical([None, None, None, "dial_busy"] * 2),
            "call_status": pd.Categorical([*["ongoing"] * 3, "not_connected"] * 2),
            "start_timestamp": times.as_unit("ms"),
            "end_timestamp": pd.Series(pd.NaT, range(8), dtype=times.dtype).dt.as_unit("ms"),
            "duration_ms": pd.array([-5, None, 0, 0, None, 7, None, 0], dtype="Int64"),
        }
    )
    for ends in ([1, 2, 3, 4, 5, 6, 7], [3], [3, 4], []):
        parts = parted(calls, *ends)
        for word, options in (("rates", {}), ("kpis", {}), ("audit", {"now": "2026-12-01"})):
            check(getattr(parts.retell, word)(**options), getattr(calls.retell, word)(**options))


def test_fields_that_are_kept_and_dtypes_of_ones_own_are_counted(calls: pd.DataFrame) -> None:
    """Product costs, ordered categories, truths and columns of Arrow are as with pandas."""
    costs = '[{"product": "voice", "cost": 3.5}, {"product": "llm", "cost": 1}]'
    own = calls.assign(
        product_costs=pd.Series([costs, None] * (len(calls) // 2), dtype="str"),
        size=pd.cut(calls["duration_ms"].astype(float), [-1, 10, 1e5, 1e9], labels=[*"abc"]),
        number=calls["agent_version"].astype("int64[pyarrow]"),
    )
    parts = dd.from_pandas(own, npartitions=3, sort=False)
    check(parts.retell.costs(each="product"), own.retell.costs(each="product"))
    for by in (["size"], ["in_voicemail", "number"]):
        check(parts.retell.tally(*by), own.retell.tally(*by))
        check(parts.retell.rates(*by), own.retell.rates(*by))
        check(parts.retell.kpis(*by), own.retell.kpis(*by))


def test_columns_of_dask_are_grouped_by_and_counted(calls: pd.DataFrame) -> None:
    """A dask Series stands where pandas takes a Series, also in a list."""
    parts = dd.from_pandas(calls, npartitions=4, sort=False)
    check(
        parts.retell.rates(
            (parts["duration_ms"] < 9_000).rename("brief"), of=parts["combined_cost"] > 20
        ),
        calls.retell.rates(
            (calls["duration_ms"] < 9_000).rename("brief"), of=calls["combined_cost"] > 20
        ),
    )
    check(
        parts.retell.compare("agent", strata=[parts["call_type"]]),
        calls.retell.compare("agent", strata=[calls["call_type"]]),
    )


def test_functions_of_the_calls_are_called_on_each_partition(calls: pd.DataFrame) -> None:
    """Business hours, or a function of one's own, group the calls as with pandas."""
    parts = dd.from_pandas(calls, npartitions=4, sort=False)
    for function in (
        rn.business_hours("09:00-17:00", tz="Europe/Berlin"),
        lambda calls: calls["agent_version"] * 2,
    ):
        check(parts.retell.tally(function), calls.retell.tally(function))


def test_calls_to_compare_with_may_be_dask_calls(
    calls: pd.DataFrame, baseline: pd.DataFrame
) -> None:
    """A baseline of dask is brought together as the calls are."""
    parts, before = (dd.from_pandas(frame, npartitions=2) for frame in (calls, baseline))
    check(parts.retell.findings(baseline=before), calls.retell.findings(baseline=baseline))
    check(parts.retell.decompose(before, "agent"), calls.retell.decompose(baseline, "agent"))


def test_a_series_of_pandas_is_refused(calls: pd.DataFrame) -> None:
    """Nobody knows to which partition its values belong."""
    parts = dd.from_pandas(calls, npartitions=2)
    with pytest.raises(ValueError, match="'agent_id' is one of pandas, the calls are in 2 part"):
        parts.retell.tally(calls["agent_id"])


def test_no_calls_give_the_tables_of_no_calls(calls: pd.DataFrame) -> None:
    """Partitions without any call have the tables of an empty frame."""
    nothing = calls.head(0)
    parts = dd.from_pandas(nothing, npartitions=1)
    for word in ("rates", "kpis", "numbers", "audit", "findings"):
        check(getattr(parts.retell, word)(), getattr(nothing.retell, word)())


def test_a_word_that_takes_calls_in_memory_says_what_to_do(calls: pd.DataFrame) -> None:
    """What cannot be done past one machine is refused with the line that does it on one."""
    parts = dd.from_pandas(calls, npartitions=2)
    for word in ("explore", "plot", "to_excel"):
        with pytest.raises(AttributeError, match=rf"Use calls\.compute\(\)\.retell\.{word}"):
            getattr(parts.retell, word)
    with pytest.raises(AttributeError, match="no word 'tallies'"):
        _ = parts.retell.tallies


def test_a_frame_without_reasons_has_no_words() -> None:
    """The accessor of a frame that holds no calls is refused as pandas' is."""
    parts = dd.from_pandas(pd.DataFrame({"x": [1]}), npartitions=1)
    with pytest.raises(AttributeError, match="no column disconnection_reason"):
        _ = parts.retell
    with pytest.raises(AttributeError, match="holds no disconnection reasons"):
        _ = parts["x"].retell


def test_ids_that_several_calls_have_are_audited_where_they_are(parted: Callable[..., Any]) -> None:
    """The same id in two partitions is found, and the example is the first of the alphabet."""
    calls = rn.sample_calls(300, seed=3).reset_index(drop=True)
    calls.attrs = {}
    calls.loc[[5, 250, 299], "call_id"] = ["call_b", "call_b", None]
    own, other = (frame.retell.audit(now="2027-01-01") for frame in (calls, parted(calls, 100)))
    pd.testing.assert_frame_equal(other, own)
    assert "call_b" in own.loc[own["trouble"] == "same call_id", "example"].tolist()


def test_a_frame_of_which_little_is_brought_tells_the_same(calls: pd.DataFrame) -> None:
    """Times in 1970 are none, whichever column of times stands in for the start."""
    odd = calls.assign(event_timestamp=calls["end_timestamp"])
    first = pd.Timestamp(1_000, unit="ms", tz="UTC")
    odd.loc[odd.index[::7], ["start_timestamp", "end_timestamp"]] = first
    odd.loc[odd.index[::11], "start_timestamp"] = pd.NaT
    parts = dd.from_pandas(odd, npartitions=3)
    for word in ("summary", "kpis", "attempts", "destinations", "callee_hours", "hours"):
        own, other = (getattr(frame.retell, word)() for frame in (odd, parts))
        pd.testing.assert_frame_equal(other, own)


def test_every_table_word_is_asked_here_and_says_what_it_costs() -> None:
    """No word is left out of these tests, and each names what it brings together."""
    assert {word for word, *_ in QUESTIONS} == set(READS)
    for word in READS:
        doc = getattr(DaskCallsAccessor, word).__doc__
        assert "MB per million calls" in doc
        assert doc.startswith(getattr(CallsAccessor, word).__doc__.partition("\n")[0])
