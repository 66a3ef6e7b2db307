"""What each library is asked, as those who know it best would write it, and what it answers.

Every question counts the reasons first and joins the words to the counts. A running call has no
reason, so an ending is the reason, or else the recorded status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl

import retell_nb as rn
from retell_nb.tables.numbers.dials import BLOCKS
from retell_nb.vocabulary.reasons import WORDS
from tests.benchmarks.calls import ENDINGS, machines, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Any
    Ask = Callable[[Any], Any]

__all__ = ["QUESTIONS", "Question"]

ENDING = pl.coalesce("disconnection_reason", "call_status").alias("ending")
TIME = pl.coalesce("start_timestamp", "end_timestamp")
VOCABULARY = pl.from_pandas(vocabulary())
FLAGS = ("expected", "answered")
WORDED = pl.from_pandas(machines()).with_columns(
    pl.col(name).cast(pl.Enum(pl.from_pandas(machines())[name].unique(maintain_order=True)))
    for name in WORDS
    if name not in FLAGS
)
"""The words of every ending, and of hang-ups that a voicemail took."""

CALL = ["disconnection_reason", "call_status", "in_voicemail"]
OUT = ["direction", "call_type"]
HANGUPS = ["user_hangup", "agent_hangup"]
LESS = rn.THRESHOLDS.copy()
LESS.loc["short_call_share", "value"] = 0
RUNNING, LONGEST = ["ongoing", "registered"], pl.duration(hours=2)
LAST = "greatest(max(start_timestamp), max(end_timestamp))"
STUCK = """disconnection_reason is null and call_status in ('ongoing', 'registered')
    and coalesce(start_timestamp, end_timestamp) < (select last from last) - interval 2 hour"""
_KNOWN = "outcome not in ('unknown', 'in_progress')"
LEAST = int(LESS.loc["burst_short_calls", "value"])


@dataclass(frozen=True)
class Question:
    """One public word, the columns it needs, and how each peer answers the same.

    `answer` makes what comes out comparable. `aim` is the ratio to reach against the faster peer.
    """

    columns: list[str]
    ours: Ask
    polars: Ask
    duckdb: Ask
    answer: Callable[[Any], Answer]
    aim: float
    text: bool = False


def rows(result: Any) -> list[tuple[Any, ...]]:
    """Return a table's rows in order, with plain values, whosever table it is."""
    frame = result if isinstance(result, pd.DataFrame) else result.to_pandas()
    cells = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return sorted((tuple(map(_plain, row)) for row in cells), key=str)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.timestamp()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return round(value, 6) if isinstance(value, float) else value


def words_of(calls: pl.DataFrame) -> pl.LazyFrame:
    """Return the words of every ending, to be joined to what `calls` has."""
    return VOCABULARY.lazy().with_columns(
        pl.col("ending").cast(calls["disconnection_reason"].dtype)
    )


def rated(calls: pl.DataFrame, *by: pl.Expr | str) -> pl.DataFrame:
    """Count failed calls, and those of known and of unknown ending, by group.

    Where calls have times, those that have been running for too long are of unknown ending.
    """
    names = [item if isinstance(item, str) else item.meta.output_name() for item in by]
    outcome, n = pl.col("outcome"), pl.col("len")
    timed = [name for name in TIMES if name in calls.columns]
    stuck = []
    if timed:
        last = max(calls[name].max() for name in timed)
        running = pl.col("call_status").is_in(RUNNING) & pl.col("disconnection_reason").is_null()
        stuck = [(running & (last - LONGEST > TIME)).alias("stuck")]
        outcome = pl.when("stuck").then(pl.lit("unknown")).otherwise("outcome")
    return (
        calls.lazy()
        .group_by(*by, ENDING, *stuck)
        .len()
        .join(words_of(calls).select("ending", "outcome"), on="ending", how="left")
        .with_columns(outcome.cast(pl.String).alias("outcome"))
        .group_by(*names)
        .agg(
            calls=n.filter(~pl.col("outcome").is_in(["in_progress", "unknown"])).sum(),
            failed=n.filter(pl.col("outcome") == "failed").sum(),
            unknown=n.filter(pl.col("outcome") == "unknown").sum(),
        )
        .filter(pl.col("calls") + pl.col("unknown") > 0)
        .collect()
    )


def rated_sql(*by: str, timed: bool = True) -> Ask:
    """Count the same in SQL; each of `by` is an expression with a name."""
    names = [item.split(" as ")[-1] for item in by]
    query = f"""
        with last as (select {LAST if timed else "null"} as last from calls),
        counts as (select {", ".join([*by, ""])}
                coalesce(disconnection_reason, call_status) as ending, count(*) as n,
                {STUCK if timed else "false"} as stuck
            from calls group by all),
        told as (select * replace (case when stuck then 'unknown' else outcome::varchar end
                                   as outcome) from counts left join words using (ending))
        select {", ".join([*names, ""])}
               coalesce(sum(n) filter ({_KNOWN}), 0)::bigint as calls,
               coalesce(sum(n) filter (outcome = 'failed'), 0)::bigint as failed,
               coalesce(sum(n) filter (outcome = 'unknown'), 0)::bigint as unknown
        from told group by all having calls + unknown > 0"""  # noqa: S608 - our own
    return lambda base: base.sql(query).to_arrow_table()


def rated_answer(*by: str) -> Callable[[Any], Answer]:
    def answer(result: Any) -> Answer:
        frame = result if isinstance(result, pd.DataFrame) else result.to_pandas()
        frame = frame[frame["calls"] + frame["unknown"] > 0]
        return rows(frame[[*by, "calls", "failed", "unknown"]])

    return answer


def classified(calls: pl.DataFrame) -> pl.DataFrame:
    """Make a code of each ending, of text by a join, and gather every word by it."""
    text = calls["disconnection_reason"].dtype == pl.String
    codes = VOCABULARY.lazy().head(len(ENDINGS)).select("ending").with_row_index("code")
    joined = calls.lazy().with_columns(ENDING).join(codes, "ending", "left", maintain_order="left")
    hangups = enumerate(HANGUPS, start=len(ENDINGS))
    code = pl.col("code") if text else ENDING.to_physical()
    for place, reason in hangups:
        taken = (pl.col("disconnection_reason") == reason) & pl.col("in_voicemail")
        code = pl.when(taken).then(place).otherwise(code)
    places = (joined if text else calls.lazy()).select(code.cast(pl.UInt32)).collect().to_series()
    return pl.DataFrame([WORDED[name].gather(places) for name in WORDS])


def prints(result: Any) -> dict[str, dict[str, int]]:
    """Return a number for every value of every word that changes when any call's word does."""
    frame = result if isinstance(result, pd.DataFrame) else result.to_pandas()
    weights = np.random.default_rng(1).integers(1, 1 << 20, len(frame))
    if "row" in frame.columns:  # a join that keeps no order
        weights = weights[frame["row"]]
    sums = {}
    for name in WORDS:
        own = frame[name].astype("boolean" if name in FLAGS else "category").astype("category")
        found = np.bincount(own.cat.codes + 1, weights, len(own.cat.categories) + 1)
        pairs = zip(("missing", *own.cat.categories), found, strict=True)
        sums[name] = {str(value): int(total) for value, total in pairs if total}
    return sums


def tallied(calls: pl.DataFrame) -> pl.DataFrame:
    """Count calls by outcome, where a voicemail's hang-up is a machine's."""
    taken = pl.col("disconnection_reason").is_in(HANGUPS) & pl.col("in_voicemail").fill_null(
        value=False
    )
    return (
        calls.lazy()
        .group_by(ENDING, machine=taken)
        .len()
        .join(words_of(calls).select("ending", "outcome"), on="ending", how="left")
        .with_columns(outcome=pl.when("machine").then(pl.lit("machine")).otherwise("outcome"))
        .group_by("outcome")
        .agg(calls=pl.col("len").sum())
        .collect()
    )


TALLY = """
    with counts as (
        select coalesce(disconnection_reason, call_status) as ending, count(*) as n,
               coalesce(in_voicemail and disconnection_reason in ('user_hangup', 'agent_hangup'),
                        false) as machine
        from calls group by all)
    select case when machine then 'machine' else outcome::varchar end as outcome,
           sum(n)::bigint as calls
    from counts left join words using (ending) group by all"""

SUMS = {
    "seizures": "out and known and stage <> 'admission'",
    "dialed": "out and known",
    "answered": "out and known and stage <> 'admission' and answered",
    "human": "out and known and stage <> 'admission' and answered and outcome <> 'machine'"
    " and not mailbox",
    "effective": "out and known and stage <> 'admission' and (answered or outcome = 'not_reached')",
    **{
        f"shorter_{limit}": f"out and known and stage <> 'admission' and answered and band <= {n}"
        for n, limit in enumerate((6, 10, 15))
    },
    "timed": "answered",
    "refused": "stage = 'admission'",
    "attempts": "known",
    "fault": "outcome = 'failed'",
    **{
        f"fault_{owner}": f"outcome = 'failed' and owner = '{owner}'"
        for owner in rn.REASONS.loc[rn.REASONS["outcome"] == "failed", "owner"].unique()
    },
}
"""What every key figure is made of, in SQL, which polars understands as well."""


def figures(calls: pl.DataFrame) -> pl.DataFrame:
    """Count calls by all that key figures tell apart, join the words, add up by agent."""
    lasted = pl.col("duration_ms")
    band = sum((lasted >= 1000 * limit).cast(pl.Int8) for limit in (6, 10, 15)).alias("band")
    out = (pl.col("direction") == "outbound") & (pl.col("call_type") == "phone_call")
    cube = (
        calls.lazy()
        .group_by(
            "agent_id", ENDING, out.alias("out"), band,
            pl.col("in_voicemail").fill_null(value=False).alias("mailbox"),
        )
        .agg(n=pl.len(), talk=lasted.sum(), squared=(lasted / 1000).pow(2).sum())
        .join(words_of(calls), on="ending", how="left")
        .with_columns(pl.col("answered").fill_null(value=False))
        .with_columns(known=pl.sql_expr(_KNOWN))
    )  # fmt: skip
    parts = {name: pl.col("n").filter(pl.sql_expr(part)).sum() for name, part in SUMS.items()}
    talk = {n: pl.col(n).filter(pl.col("answered")).sum() for n in ("talk", "squared")}
    return cube.group_by("agent_id").agg(**parts, **talk).collect()


FIGURES = f"""
    with counts as (
        select agent_id, coalesce(disconnection_reason, call_status) as ending,
               direction = 'outbound' and call_type = 'phone_call' as out,
               (duration_ms >= 6000)::tinyint + (duration_ms >= 10000)::tinyint
               + (duration_ms >= 15000)::tinyint as band,
               coalesce(in_voicemail, false) as mailbox,
               count(*) as n, sum(duration_ms) as talk, sum((duration_ms / 1000) ^ 2) as squared
        from calls group by all),
    told as (select * replace (coalesce(answered, false) as answered), {_KNOWN} as known
             from counts left join words using (ending))
    select agent_id, {
    ", ".join(
        f"coalesce(sum(n) filter ({part}), 0)::bigint as {name}" for name, part in SUMS.items()
    )
},
           sum(talk) filter (answered) as talk, sum(squared) filter (answered) as squared
    from told group by all"""  # noqa: S608 - our own

SHARES = {
    "seizures": "ASR", "dialed": "seizures", "answered": "ASR", "human": "human_answer_rate",
    "effective": "NER", "timed": "ACD", "attempts": "fault_rate",
    "refused": "admission_failure_rate", "fault": "fault_rate",
    **{f"shorter_{limit}": f"short_call_share_{limit}s" for limit in (6, 10, 15)},
}  # fmt: skip


def figures_answer(result: Any) -> Answer:
    """Return the parts of key figures by agent, of ours from values and numbers."""
    if not isinstance(result, pd.DataFrame):
        frame = result.to_pandas().set_index("agent_id")
        return rows(frame[[*SUMS]].astype(np.int64).reset_index())
    table = {kpi: part.set_index("agent_id") for kpi, part in result.groupby("kpi")}
    columns = {}
    for name in SUMS:
        own = table[SHARES.get(name, name.replace("fault_", "fault_rate_"))]
        number = own["n"] if name in ("dialed", "seizures", "timed", "attempts") else None
        columns[name] = (own["value"] * own["n"] if number is None else number).round()
    return rows(pd.DataFrame(columns).astype(np.int64).reset_index())


OUTBOUND = (pl.col("direction") == "outbound") & (pl.col("call_type") == "phone_call")


def around(calls: pl.DataFrame) -> pl.DataFrame:
    """Find bursts, and count what each number dialed and how often it was blocked around them."""
    seizing = VOCABULARY.filter(pl.sql_expr(_KNOWN) & (pl.col("stage") != "admission"))
    blocked = pl.col("disconnection_reason").is_in([*BLOCKS])
    line = (
        calls.lazy()
        .filter(OUTBOUND & pl.col("disconnection_reason").is_in(seizing["ending"].to_list()))
        .select("from_number", at=TIME, blocked=blocked.cast(pl.Int64))
        .sort("at")
        .with_columns(
            n=pl.int_range(1, pl.len() + 1).over("from_number"),
            b=pl.col("blocked").cum_sum().over("from_number"),
        )
        .collect()
    )
    bursts = clusters(calls)
    day = pl.col("end") + pl.duration(hours=24)
    moments = {"start": (pl.col("start"), False), "end": (pl.col("end"), True), "day": (day, True)}
    for name, (moment, same) in moments.items():
        bursts = bursts.with_columns(at=moment).sort("at")
        bursts = bursts.join_asof(
            line.select("from_number", "at", pl.col("n", "b").name.suffix(f"_{name}")),
            on="at", by="from_number", allow_exact_matches=same, check_sortedness=False,
        ).with_columns(pl.col(f"n_{name}", f"b_{name}").fill_null(0))  # fmt: skip
    return bursts.select(
        "from_number", "start", "end", "short_calls",
        calls=pl.col("n_end") - pl.col("n_start"),
        calls_before="n_start", blocked_before="b_start",
        calls_after=pl.col("n_day") - pl.col("n_end"),
        blocked_after=pl.col("b_day") - pl.col("b_end"),
    )  # fmt: skip


def clusters(calls: pl.DataFrame) -> pl.DataFrame:
    """Find bursts: calls of any full window, parted where a window's length lies between two."""
    window = pl.duration(hours=1)
    answered = VOCABULARY.filter(pl.col("answered"))["ending"].to_list()
    short = (
        pl.col("disconnection_reason").is_in(answered) & (pl.col("duration_ms") < 10_000) & OUTBOUND
    )
    at = pl.col("start_timestamp")
    full = (at.shift(1 - LEAST) - at < window).fill_null(value=False).cast(pl.Int8)
    new = (at.diff() >= window).over("from_number").fill_null(value=True)
    return (
        calls.lazy()
        .filter(short)
        .select("from_number", "start_timestamp")
        .sort("from_number", "start_timestamp")
        .with_columns(full=full.over("from_number"))
        .filter(pl.col("full").rolling_max(LEAST, min_samples=1).over("from_number") == 1)
        .with_columns(burst=new.cast(pl.Int64).cum_sum().over("from_number"))
        .group_by("from_number", "burst")
        .agg(start=at.min(), end=at.max(), short_calls=pl.len())
        .collect()
    )


CLUSTERS = f"""
    with short as (
        select from_number, start_timestamp as moment from calls
        where duration_ms < 10000 and direction = 'outbound' and call_type = 'phone_call'
          and disconnection_reason in (select ending from words where answered)),
    whole as (select *, coalesce((lead(moment, {LEAST - 1}) over callers) - moment
        < interval 1 hour, false) as filled from short
        window callers as (partition by from_number order by moment)),
    inside as (select * from whole qualify bool_or(filled) over (partition by from_number
        order by moment rows between {LEAST - 1} preceding
        and current row)),
    apart as (select *,
        coalesce(moment - (lag(moment) over callers) >= interval 1 hour, true) as new
        from inside window callers as (partition by from_number order by moment)),
    numbered as (select *, sum(new::int) over (partition by from_number order by moment
        range unbounded preceding) as burst from apart),
    clustered as (select from_number, burst, min(moment) as start, max(moment) as "end",
        count(*) as short_calls from numbered group by all),
    seized as (select from_number, coalesce(start_timestamp, end_timestamp) as moment,
        count(*) over callers as n, sum((disconnection_reason in
        ({", ".join(f"'{name}'" for name in BLOCKS)}))::int) over callers as b from calls
        where direction = 'outbound' and call_type = 'phone_call' and disconnection_reason in
            (select ending from words where {_KNOWN} and stage <> 'admission')
        window callers as (partition by from_number order by
            coalesce(start_timestamp, end_timestamp) range unbounded preceding)),
    counts as (select clustered.*, coalesce(x.n, 0) as n0, coalesce(x.b, 0) as b0,
            coalesce(y.n, 0) as n1, coalesce(y.b, 0) as b1,
            coalesce(z.n, 0) as n2, coalesce(z.b, 0) as b2
        from clustered
        asof left join seized x on clustered.from_number = x.from_number
            and clustered.start > x.moment
        asof left join seized y on clustered.from_number = y.from_number
            and clustered."end" >= y.moment
        asof left join seized z on clustered.from_number = z.from_number
            and clustered."end" + interval 24 hour >= z.moment)
    select from_number, start, "end", short_calls, n1 - n0 as calls, n0 as calls_before,
        b0::bigint as blocked_before, n2 - n1 as calls_after, (b2 - b1)::bigint as blocked_after
    from counts"""  # noqa: S608 - our own


def highest(calls: pl.DataFrame) -> int:
    """Put starts and ends in order, each on its own: faster than all events together."""
    lasting = calls.lazy().filter(pl.col("end_timestamp") > pl.col("start_timestamp")).collect()
    starts, ends = (lasting[name].sort() for name in ("start_timestamp", "end_timestamp"))
    over = ends.search_sorted(starts, side="right").cast(pl.Int64)
    return int((pl.int_range(1, len(starts) + 1, eager=True) - over).max())


EVENTS = """
    with lasting as (select * from calls where end_timestamp > start_timestamp)
    select max(depth) from (
        select sum(change) over (order by time, change rows unbounded preceding) as depth
        from (select start_timestamp as time, 1 as change from lasting
              union all select end_timestamp, -1 from lasting))"""


def chained(calls: pl.DataFrame) -> pl.DataFrame:
    """Sort integers made of the numbers, compare neighbours, and put the calls back in order."""
    out = (pl.col("direction") == "outbound") & (pl.col("call_type") == "phone_call")
    table = (
        calls.with_row_index("row")
        .filter(out)
        .with_columns(time=TIME, to_number=pl.col("to_number").str.slice(1).cast(pl.Int64))
    )
    for name in ("time", "to_number"):
        table = table.sort(name, maintain_order=True)
    since = pl.col("time").diff()
    same = pl.col("to_number") == pl.col("to_number").shift()
    linked = (same & (since <= pl.duration(hours=24))).fill_null(value=False)
    first = pl.when(~pl.col("linked")).then(pl.col("place")).forward_fill()
    table = table.with_columns(
        linked=linked, since=since, before=pl.col("disconnection_reason").shift()
    ).with_columns(place=pl.int_range(pl.len()))
    found = table.select(
        "row",
        attempt=pl.col("place") - first + 1,
        previous_reason=pl.when("linked").then("before"),
        since_previous=pl.when("linked").then("since"),
    )
    return calls.select(row=pl.int_range(pl.len(), dtype=pl.UInt32)).join(
        found, "row", "left", maintain_order="left"
    )


CHAINS = """
    with out as (select rowid as row, to_number, disconnection_reason,
                        coalesce(start_timestamp, end_timestamp) as time from calls
                 where direction = 'outbound' and call_type = 'phone_call'),
    before as (select *, time - lag(time) over callee as since,
        lag(disconnection_reason) over callee as reason, row_number() over callee as place from out
        window callee as (partition by to_number order by time, row)),
    linked as (select *, coalesce(since <= interval 24 hour, false) as linked from before),
    told as (select row, place - max(case when not linked then place end) over (
               partition by to_number order by place rows unbounded preceding) + 1 as attempt,
           case when linked then reason end as previous_reason,
           case when linked then epoch_ms(since) end as since_previous from linked)
    select calls.rowid as row, attempt, previous_reason, since_previous
    from calls left join told on calls.rowid = told.row order by calls.rowid"""


def attempts_answer(result: Any) -> list[int]:
    """Return sums that differ where any attempt, reason or time of any call differs."""
    frame = result if isinstance(result, pd.DataFrame) else result.to_pandas()
    since = frame["since_previous"]
    if pd.api.types.is_timedelta64_dtype(since):
        since = since.dt.total_seconds() * 1000
    names = frame["previous_reason"].astype("category").cat.set_categories(ENDINGS).cat
    attempt = frame["attempt"].astype("float64").fillna(0)
    weights = np.random.default_rng(1).integers(1, 1 << 20, len(frame))
    columns = (attempt, names.codes, since.astype("float64").fillna(-1).round())
    return [int((column.to_numpy(np.int64) * weights).sum()) for column in columns]


DAY, HOUR = TIME.dt.truncate("1d").alias("period"), TIME.dt.hour().alias("hour")
WEEKDAY = (TIME.dt.weekday() - 1).alias("weekday")
AT = "coalesce(start_timestamp, end_timestamp)"
ATTRIBUTES = {
    "agent_id": "agent_id", "from_number": "from_number", "direction": "direction",
    "call_type": "call_type", "hour": f"hour({AT})", "weekday": f"isodow({AT}) - 1",
    "time": f"date_trunc('hour', {AT})",
}  # fmt: skip
"""What `findings` looks at, as SQL; the benchmark's calls tell no version, and no country is asked
for, as that would be a library for phone numbers."""


def counted(calls: pl.DataFrame) -> tuple[int, int]:
    """Count every reason in every value of every attribute, and add up what ended and failed."""
    by = {
        **{name: pl.col(name) for name in ("agent_id", "from_number", "direction", "call_type")},
        "hour": HOUR, "weekday": WEEKDAY, "time": TIME.dt.truncate("1h"),
    }  # fmt: skip
    queries = [
        calls.lazy().group_by(one.alias(name), ENDING).agg(pl.len()) for name, one in by.items()
    ]
    tables = pl.collect_all(queries)
    words = words_of(calls).select("ending", "outcome").collect()
    found = {_ended(table.join(words, on="ending", how="left").to_pandas()) for table in tables}
    return found.pop() if len(found) == 1 else (0, 0)


def counted_sql(base: Any) -> tuple[int, int]:
    """Count the same in SQL."""
    found = set()
    for name, one in ATTRIBUTES.items():
        query = f"""
            with counts as (select {one} as {name}_value, count(*) as len,
                coalesce(disconnection_reason, call_status) as ending from calls group by all)
            select outcome::varchar as outcome, len from counts left join words using (ending)"""  # noqa: S608
        found.add(_ended(base.sql(query).df()))
    return found.pop() if len(found) == 1 else (0, 0)


def _ended(table: pd.DataFrame) -> tuple[int, int]:
    sizes = table.groupby("outcome", observed=True)["len"].sum()
    return int(sizes.drop("in_progress", errors="ignore").sum()), int(sizes["failed"])


def sql(query: str) -> Ask:
    return lambda base: base.sql(query).to_arrow_table()


_AROUND = [f"{what}_{at}" for at in ("before", "after") for what in ("calls", "blocked")]


def bursts_answer(result: Any) -> Answer:
    frame = result if isinstance(result, pd.DataFrame) else result.to_pandas()
    return rows(
        frame[["from_number", "start", "end", "short_calls", "calls", *_AROUND]].astype(
            {"from_number": "str"}
        )
    )


TIMES = ["start_timestamp", "end_timestamp"]
SQL_DAY, SQL_HOUR = f"date_trunc('day', {AT}) as period", f"hour({AT}) as hour"
CLASSIFY = f"""
    select c.rowid as row, {", ".join(f"w.{name}" for name in WORDS)}
    from calls c left join machines w on w.ending = coalesce(c.disconnection_reason, c.call_status)
    and w.machine = coalesce(c.in_voicemail and c.disconnection_reason in
                             ('user_hangup', 'agent_hangup'), false)"""  # noqa: S608 - our own

QUESTIONS = {
    **{
        f"classify from {kind}": Question(
            CALL, lambda calls: calls.retell.classify(), classified, sql(CLASSIFY), prints, aim,
            text=kind == "text",
        )
        for kind, aim in (("text", 1), ("categories", 0.9))
    },
    "rates agent_id": Question(
        [*CALL, "agent_id"],
        lambda calls: calls.retell.rates("agent_id"),
        lambda calls: rated(calls, "agent_id"),
        rated_sql("agent_id", timed=False), rated_answer("agent_id"), 2.5,
    ),
    "rates agent_id, hour": Question(
        [*CALL, "agent_id", *TIMES],
        lambda calls: calls.retell.rates("agent_id", "hour"),
        lambda calls: rated(calls, "agent_id", HOUR),
        rated_sql("agent_id", SQL_HOUR), rated_answer("agent_id", "hour"), 2.5,
    ),
    "tally outcome": Question(
        CALL, lambda calls: calls.retell.tally("outcome"), tallied, sql(TALLY),
        lambda result: rows(result if not isinstance(result, pd.DataFrame) else
                            result[["outcome", "calls"]]), 1.8,
    ),
    "trend D, of=failed": Question(
        [*CALL, *TIMES],
        lambda calls: calls.retell.trend("D", of="failed"),
        lambda calls: rated(calls, DAY),
        rated_sql(SQL_DAY), rated_answer("period"), 2,
    ),
    "hours": Question(
        [*CALL, *TIMES],
        lambda calls: calls.retell.hours(),
        lambda calls: rated(calls, WEEKDAY, HOUR),
        rated_sql(f"isodow({AT}) - 1 as weekday", SQL_HOUR), rated_answer("weekday", "hour"), 2,
    ),
    "kpis agent_id": Question(
        [*CALL, "agent_id", *OUT, "duration_ms"],
        lambda calls: calls.retell.kpis("agent_id"), figures, sql(FIGURES), figures_answer, 6,
    ),
    "bursts": Question(
        [*CALL, *OUT, *TIMES, "duration_ms", "from_number", "to_number"],
        lambda calls: calls.retell.bursts(thresholds=LESS), around, sql(CLUSTERS),
        bursts_answer, 1.5,
    ),
    "findings": Question(
        [*CALL, *OUT, *TIMES, "agent_id", "duration_ms", "from_number"],
        lambda calls: calls.retell.findings().attrs,
        counted, counted_sql,
        lambda found: (found["calls"], found["failed"]) if isinstance(found, dict) else found, 0.5,
    ),
    "concurrency": Question(
        [*CALL, *TIMES],
        lambda calls: int(calls.retell.concurrency("D")["peak"].max()), highest,
        lambda base: int(base.sql(EVENTS).fetchall()[0][0]), int, 2,
    ),
    "attempts": Question(
        [*CALL, *OUT, *TIMES, "to_number"],
        lambda calls: calls.retell.attempts(each=True), chained, sql(CHAINS), attempts_answer, 2,
    ),
}  # fmt: skip
