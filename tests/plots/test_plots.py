"""Pictures: what is drawn, what is said, and that it stays calm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from retell_nb import plots
from retell_nb.engine.intervals import wilson
from retell_nb.plots.parts import colors
from retell_nb.plots.parts.timeline import spread
from retell_nb.text import amount, interval, label, percent, shortened
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ZONE = "Europe/Berlin"
STRANGE = ["$x$ and $y$", "_private", "a\nb", None, "x" * 90]
AWKWARD = [f"agent_{number:04d}_{'long' * 12}" for number in range(60)]


@pytest.fixture(autouse=True)
def _headless() -> Iterator[None]:
    mpl.use("Agg")
    plt.close("all")
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    plt.close("all")


def tallied(groups: list[Any], calls: list[int], name: str = "agent_id") -> pd.DataFrame:
    sizes = np.array(calls)
    return pd.DataFrame({name: groups, "calls": sizes, "share": sizes / max(sizes.sum(), 1)})


def rated(calls: list[int], hits: list[int], **groups: Any) -> pd.DataFrame:
    low, high = wilson(hits, calls)
    rate = pd.Series(hits) / pd.Series(calls).where(lambda number: number > 0)
    columns = {"calls": calls, "failed": hits, "rate": rate, "low": low, "high": high}
    table = pd.DataFrame(groups | columns)
    return table.assign(enough=(table["high"] - table["low"]) / 2 <= 0.1)


def days(number: int) -> pd.Series[pd.Timestamp]:
    return pd.Series(pd.date_range("2026-03-27", periods=number, tz=ZONE, unit="ms"))


def counted_trend(groups: list[Any], name: str = "outcome", number: int = 5) -> pd.DataFrame:
    rows = [
        {"period": day, name: group, "calls": 10 + place, "share": 1 / len(groups)}
        for day in days(number)
        for place, group in enumerate(groups)
    ]
    table = pd.DataFrame(rows)
    return table.assign(partial=table["period"] == table["period"].max())


def rated_trend(calls: list[int], hits: list[int]) -> pd.DataFrame:
    return rated(calls, hits, period=days(len(calls))).drop(columns="enough").assign(partial=False)


def key_figures(groups: list[Any] | None = None) -> pd.DataFrame:
    rows = [
        ("seizures", 900.0, np.nan, np.nan, 1000, "calls", "Attempts."),
        ("ASR", 0.62, 0.59, 0.65, 900, "share", "Answered / seizures."),
        ("ACD", 95.0, 90.0, 100.0, 560, "s", "Talk time / answered calls."),
        ("fault_rate", 0.08, 0.06, 0.1, 1000, "share", "Failed / calls."),
        ("fault_rate_trunk", 0.01, 0.0, 0.02, 1000, "share", "Failed by trunk / calls."),
    ]
    columns = ["kpi", "value", "low", "high", "n", "unit", "definition"]
    table = pd.DataFrame(rows, columns=columns)
    if groups is None:
        return table
    parts = [table.assign(n=table["n"] + place) for place in range(len(groups))]
    return (
        pd.concat([part.set_axis(table.columns, axis=1) for part in parts], ignore_index=True)
        .pipe(lambda all_: all_.set_index(np.repeat(groups, len(rows))).rename_axis("group_id"))
        .reset_index()
    )


def weekly(calls: int = 400, hits: int = 20) -> pd.DataFrame:
    weekday, hour = np.divmod(np.arange(168), 24)
    return rated([calls] * 168, [hits] * 168, weekday=weekday, hour=hour).drop(columns="enough")


def troubles() -> pd.DataFrame:
    table = tallied(["no reason", "end before start"], [12, 3], "trouble")
    return table.assign(example="call_1", meaning="It cannot be.")


def in_flight(peaks: list[int], refused: list[int], limit: int | None = 20) -> pd.DataFrame:
    """Minutes of a day, each with its peak."""
    period = pd.Series(
        pd.date_range("2026-03-27T10:00", periods=len(peaks), freq="min", tz=ZONE, unit="ms")
    )
    return pd.DataFrame(
        {"period": period, "calls": peaks, "peak": peaks, "average": np.array(peaks) / 2}
    ).assign(
        refused=refused,
        limit=pd.array([limit or pd.NA] * len(peaks), dtype="Int64"),
        seconds_above_80=30.0 if limit else np.nan,
    )


def policies() -> pd.DataFrame:
    rows = [("no retry", 20, 0), ("backoff", 20, 88), ("backoff", 30, 99), ("no retry", 38, 100)]
    table = pd.DataFrame(rows, columns=["policy", "limit", "through"])
    low, high = wilson(table["through"], [100] * 4)
    waits = {"median_wait_s": [np.nan, 40, 0, 0], "p95_wait_s": [np.nan, 177, 41, 0]}
    table = table.assign(refused=100, rate=table["through"] / 100, low=low, high=high, **waits)
    table = table.assign(redials=9, put_off=3, lost=[0, 14, 0, 0])
    table.attrs["enough"] = 38
    return table


TABLES: dict[str, tuple[Callable[..., Axes], pd.DataFrame]] = {
    "tally": (plots.tally, tallied(["completed", "failed"], [92, 8], "outcome")),
    "tally of two": (
        plots.tally,
        tallied(["failed", "completed"], [5, 9], "outcome").assign(agent_id="a")[
            ["agent_id", "outcome", "calls", "share"]
        ],
    ),
    "rates": (plots.rates, rated([900, 3], [90, 1], agent_id=["a", "b"])),
    "kpis": (plots.kpis, key_figures()),
    "trend of calls": (plots.trend, counted_trend(["completed", "failed"])),
    "trend of agents": (plots.trend, counted_trend(["a", "b"], "agent_id")),
    "trend of rates": (plots.trend, rated_trend([100, 0, 80], [10, 0, 4])),
    "hours": (plots.hours, weekly()),
    "audit": (plots.audit, troubles()),
    "concurrency": (plots.concurrency, in_flight([3, 20, 9], [0, 4, 0])),
    "concurrency of groups": (
        plots.concurrency,
        in_flight([3, 20, 9], [0, 4, 0], None).pipe(
            lambda table: table.assign(agent_id="a")[["period", "agent_id", *table.columns[1:]]]
        ),
    ),
    "backoff": (plots.backoff, policies()),
}
every_plot = pytest.mark.parametrize(("draw", "table"), TABLES.values(), ids=TABLES)


def said(ax: Axes) -> list[str]:
    """All that is written on the axes, as a reader sees it."""
    legend = ax.get_legend()
    texts = [*ax.texts, *ax.get_yticklabels(), ax.title, ax._left_title]  # noqa: SLF001 - no getter gives the artist
    texts += legend.get_texts() if legend else []
    return [words.get_text().replace(r"\$", "$") for words in texts]


def title_of(ax: Axes) -> str:
    return " ".join(ax.get_title(loc="left").split())


def drawn(ax: Axes) -> bytes:
    ax.figure.canvas.draw()
    return bytes(ax.figure.canvas.buffer_rgba())


@every_plot
def test_every_plot_returns_the_axes_given_and_leaves_the_figure_to_its_owner(
    draw: Callable[..., Axes], table: pd.DataFrame
) -> None:
    """A picture is drawn on the axes given: no other figure, axes or layout comes of it."""
    figure = Figure(figsize=(5, 4))
    ax = figure.subplots()
    assert draw(table, ax=ax) is ax
    assert (figure.axes, figure.get_layout_engine(), plt.get_fignums()) == ([ax], None, [])
    assert figure.get_size_inches().tolist() == [5, 4]


@every_plot
def test_every_plot_makes_one_figure_of_its_own(
    draw: Callable[..., Axes], table: pd.DataFrame
) -> None:
    """Without axes a figure is made that pyplot knows, so that notebooks show it."""
    ax = draw(table)
    assert isinstance(ax, Axes)
    assert [plt.figure(number) for number in plt.get_fignums()] == [ax.figure]
    assert len(set(drawn(ax))) > 2


@every_plot
def test_every_plot_lets_the_table_be(draw: Callable[..., Axes], table: pd.DataFrame) -> None:
    """Drawing does not change the table."""
    before = table.copy()
    draw(table)
    pd.testing.assert_frame_equal(table, before)


@every_plot
def test_every_plot_is_calm_without_calls(draw: Callable[..., Axes], table: pd.DataFrame) -> None:
    """A table without rows gives one sentence, under the title that was asked for."""
    ax = draw(table.iloc[:0], title="March")
    sentence = "Nothing found" if draw is plots.audit else "No calls to show"
    assert ([words.get_text() for words in ax.texts], title_of(ax)) == ([sentence], "March")
    assert not ax.axison


@every_plot
def test_every_plot_is_calm_with_one_row(draw: Callable[..., Axes], table: pd.DataFrame) -> None:
    """One row is a picture like any other."""
    shown = table[table["unit"] == "share"] if "unit" in table else table
    assert title_of(draw(shown.head(1)))


@every_plot
def test_a_title_of_the_users_own_is_shown_as_it_is(
    draw: Callable[..., Axes], table: pd.DataFrame
) -> None:
    """The argument title goes before the finding, dollars and all."""
    assert draw(table, title="costs $1 to $2").get_title(loc="left") == r"costs \$1 to \$2"


@every_plot
def test_a_table_of_another_word_is_refused(draw: Callable[..., Axes], table: pd.DataFrame) -> None:
    """What the table lacks and what it has is said."""
    with pytest.raises(ValueError, match=r"this table lacks .*; it has strange"):
        draw(table[[]].assign(strange=1))


@pytest.mark.parametrize("name", STRANGE)
def test_names_from_the_data_are_shown_literally(name: str | None) -> None:
    """No name is read as a formula, none is dropped for its underscore, none breaks the line."""
    shown = shortened(label(name), 28)
    calls = counted_trend([name, "b"], "agent_id")
    rates = rated([900, 800], [90, 1], agent_id=[name, "b"])
    pairs = tallied(["a", "a"], [3, 2]).assign(tag=[name, "b"])[
        ["agent_id", "tag", "calls", "share"]
    ]
    for ax in (plots.trend(calls), plots.rates(rates), plots.tally(pairs)):
        drawn(ax)
        assert any(shortened(words, 28) == shown for words in said(ax)), said(ax)
        artists = ax.findobj(Text)
        assert not any(is_math_text(artist.get_text()) for artist in artists)


def test_a_tally_labels_its_bars_with_count_and_share() -> None:
    """At the end of each bar stand the calls and their share, the most frequent on top."""
    ax = plots.tally(tallied(["completed", "failed"], [12_345, 5], "outcome"))
    assert [words.get_text() for words in ax.texts] == ["12,345 · >99.9%", "5 · <0.1%"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["completed", "failed"]
    assert ax.yaxis_inverted()
    assert title_of(ax) == (
        "<0.1% of 12,350 calls failed; the most frequent outcome is completed (>99.9%)"
    )


@pytest.mark.parametrize("outcome", OUTCOMES.index)
def test_outcomes_have_their_colour(outcome: str) -> None:
    """Bars of outcomes, and layers of a trend, have the colours of OUTCOMES."""
    colour = OUTCOMES.loc[outcome, "colour"]
    bars = plots.tally(tallied([outcome], [3], "outcome")).patches
    layers = plots.trend(counted_trend([outcome])).collections
    assert same_color(bars[0].get_facecolor(), colour)
    assert same_color(to_hex(layers[0].get_facecolor()[0]), colour)


@pytest.mark.parametrize("name", ["reason", "disconnection_reason"])
def test_reasons_are_a_pareto_in_the_colours_of_their_outcomes(name: str) -> None:
    """Bars of reasons bear the running share and are coloured by outcome, with a key to it."""
    reasons = ["user_hangup", "dial_failed", "brand_new"]
    ax = plots.tally(tallied(reasons, [60, 30, 10], name))
    outcomes = [REASONS["outcome"].get(reason, "unknown") for reason in reasons]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [
        OUTCOMES.loc[outcome, "colour"] for outcome in outcomes
    ]
    assert {"running share", "60%", "90%", "100%"} <= set(said(ax))
    assert set(outcomes) <= set(said(ax))
    assert "running share" not in said(
        plots.tally(tallied(reasons, [60, 30, 10], name), cumulative=False)
    )
    assert "running share" in said(plots.tally(tallied(["a", "b"], [6, 4]), cumulative=True))


def test_a_hundred_groups_are_folded_and_said() -> None:
    """After the limit the groups are one bar, which says how many they are and adds up."""
    ax = plots.tally(tallied([f"agent_{n}" for n in range(100)], [10] * 100), limit=20)
    assert len(ax.patches) == 21
    assert ax.get_yticklabels()[-1].get_text() == "other (80 groups)"
    assert ax.texts[-1].get_text() == "800 · 80%"
    assert sum(bar.get_width() for bar in ax.patches) == 1000


def test_a_divided_tally_keeps_all_calls_and_orders_outcomes() -> None:
    """Of two groupings the second divides the bars of the first, in the order of OUTCOMES."""
    pairs = [("a", "failed", 30), ("b", "completed", 25), ("a", "completed", 10)]
    table = pd.DataFrame(pairs, columns=["agent_id", "outcome", "calls"]).assign(
        share=[0.5, 0.4, 0.1]
    )
    ax = plots.tally(table)
    legend = ax.get_legend()
    assert legend is not None
    assert [words.get_text() for words in legend.get_texts()] == ["completed", "failed"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"]
    assert sum(bar.get_width() for bar in ax.patches) == 65
    assert {"75%", "25%", "40"} <= set(said(ax))


def test_rates_name_the_worst_group_and_draw_the_rate_over_all() -> None:
    """The title names the worst group that can be told from chance, against the rate over all."""
    ax = plots.rates(rated([900, 9100], [342, 100], agent_id=["agent_ab", "agent_b"]))
    assert title_of(ax) == "failed: 38% on agent_ab, against 4.4% overall"
    assert "38% (35–41%), n = 900" in said(ax)  # noqa: RUF001 - as intervals are written
    assert ax.lines[0].get_xdata()[0] == pytest.approx(0.0442)


def test_a_reference_replaces_the_rate_over_all() -> None:
    """The line stands where the argument says, and the words with it."""
    ax = plots.rates(rated([900, 9100], [342, 100], agent_id=["a", "b"]), reference=0.2)
    assert ax.lines[0].get_xdata()[0] == 0.2
    assert "overall 20%" in said(ax)
    assert title_of(ax) == "failed: 38% on a, against 20% overall"


def test_rates_of_few_calls_say_so_and_never_lead() -> None:
    """A group of too few calls is hollow, says so, and is never named as the worst."""
    ax = plots.rates(rated([1000, 3], [100, 3], agent_id=["many", "few"]))
    assert "n = 3, too few calls to say" in said(ax)
    assert "few" not in title_of(ax)
    dots = [marks for marks in ax.collections if len(marks.get_facecolor())]
    assert [to_hex(dot.get_facecolor()[0]) for dot in dots if len(dot.get_offsets())][
        -1
    ] == "#ffffff"


def test_no_group_stands_out_where_intervals_hold_the_rate_over_all() -> None:
    """Chance is not called a finding."""
    table = rated([200, 200], [11, 10], agent_id=["a", "b"])
    assert title_of(plots.rates(table)) == "failed: 5.2% overall, no group stands out"


def test_rates_say_what_they_leave_out() -> None:
    """Groups after the limit and calls in progress are told under the title."""
    table = rated([900] * 60, [90] * 60, agent_id=AWKWARD)
    table.attrs["in_progress"] = 1234
    ax = plots.rates(table)
    assert len(ax.get_yticklabels()) == 20
    assert any("groups not drawn: 40; 1,234 calls in progress" in words for words in said(ax))


def test_a_group_without_calls_has_no_dot() -> None:
    """A rate that is missing is not drawn as zero."""
    ax = plots.rates(rated([900, 0], [90, 0], agent_id=["a", "b"]))
    assert len(ax.collections) == 2  # interval and dot of the group that has calls


def test_kpis_draw_rates_and_tell_the_others() -> None:
    """Rates are dots with intervals, other KPIs stand in words with their units."""
    ax = plots.kpis(key_figures())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        "ASR",
        "fault_rate",
        "fault_rate_trunk",
    ]
    assert "seizures: 900; ACD: 1 min 35 s" in said(ax)
    assert "62% (59–65%), n = 900" in said(ax)  # noqa: RUF001 - as intervals are written
    assert title_of(ax) == "ASR: 62% (n = 900)"


def test_kpis_by_group_stand_under_their_name() -> None:
    """With groups every KPI is a heading; what is left out is said."""
    ax = plots.kpis(key_figures(["a", "b", "c"]), limit=2)
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == ["ASR", "b", "c", "fault_rate", "b", "c"]
    assert any(
        "groups not drawn: 1; not drawn: 1 KPIs" in words.replace("\n", " ") for words in said(ax)
    )


def test_partial_periods_are_marked_and_said() -> None:
    """A period that the calls cover in part is veiled, or dotted and hollow, and a note says it."""
    for table in (counted_trend(["failed"]), counted_trend(["a"], "agent_id")):
        ax = plots.trend(table)
        assert any(artist.get_gid() == "partial" for artist in ax.get_children())
        assert any("faded" in words for words in said(ax))
    whole = plots.trend(counted_trend(["failed"]).assign(partial=False))
    assert not any(artist.get_gid() == "partial" for artist in whole.get_children())
    assert not any("faded" in words for words in said(whole))


def test_a_partial_period_is_never_the_peak() -> None:
    """The title speaks of whole periods only."""
    table = rated_trend([100, 100, 100], [5, 10, 90])
    ax = plots.trend(table.assign(partial=[False, False, True]))
    assert "peak 10% on Mar 28, 2026" in title_of(ax)


def test_a_trend_is_in_the_time_zone_of_its_table() -> None:
    """Days begin at local midnight, also over the change of the clocks."""
    ax = plots.trend(rated_trend([100] * 5, [10] * 5))
    drawn(ax)
    assert ax.get_xlabel() == f"time in {ZONE}"
    ticks = [words.get_text() for words in ax.get_xticklabels()]
    assert {"Mar 28", "Mar 29", "Mar 30"} <= set(ticks)


def test_layers_add_up_to_the_calls() -> None:
    """The top of the stack is the number of calls of the period."""
    ax = plots.trend(counted_trend(["completed", "failed", "unknown"]))
    top = max(layer.get_paths()[0].vertices[:, 1].max() for layer in ax.collections)
    assert top == 10 + 11 + 12
    assert [words.get_text() for words in ax.texts][:3] == ["completed", "failed", "unknown"]


def test_many_lines_are_folded_and_end_labels_stand_apart() -> None:
    """Calls of the groups after the limit are one line; no two labels touch."""
    ax = plots.trend(counted_trend([f"a{n}" for n in range(30)], "agent_id"), limit=8)
    labels = ax.texts[:9]
    places = sorted(words.get_position()[1] for words in labels)
    assert "other (22 groups)" in [words.get_text() for words in labels]
    assert min(np.diff(places)) > 0.04


def test_rates_of_many_groups_over_time_leave_out_what_says_nothing() -> None:
    """Of several lines, vague points and smaller groups are left out, and this is said."""
    parts = [rated_trend([500, 2], [50, 2]).assign(agent_id=f"a{n}") for n in range(10)]
    table = pd.concat(parts, ignore_index=True)[["period", "agent_id", *parts[0].columns[1:-1]]]
    ax = plots.trend(table, limit=4)
    lines = [line for line in ax.lines if line.get_gid() is None and len(line.get_xdata()) == 2]
    assert [np.isnan(line.get_ydata()).tolist() for line in lines] == [[False, True]] * 4
    assert any("groups not drawn: 6" in words for words in said(ax))


def test_hours_colour_only_what_can_be_said() -> None:
    """Hours with a wide interval are hatched and the caption says so; the worst sure hour leads."""
    table = weekly()
    table.loc[30, ["calls", "failed", "rate", "low", "high"]] = [2, 2, 1.0, 0.34, 1.0]
    worst = rated([400], [200])[["calls", "failed", "rate", "low", "high"]].iloc[0].tolist()
    table.loc[14, ["calls", "failed", "rate", "low", "high"]] = worst
    ax = plots.hours(table)
    mesh = ax.collections[-1].get_array()
    assert np.ma.getmaskarray(mesh).reshape(7, 24)[1, 6]
    assert np.ma.getmaskarray(mesh).sum() == 1
    assert title_of(ax) == "failed: 50% on Mondays at 14:00, against 5.3% overall"
    assert any("hatched: too few calls" in words for words in said(ax))
    assert not any("hatched" in words for words in said(plots.hours(weekly())))
    day = {"worst_day": pd.Timestamp("2026-03-02", tz=ZONE), "worst_rate": 0.9, "recurs": False}
    once = title_of(plots.hours(table.assign(**day)))
    assert once == "failed: 90% on Mon, Mar 2, 2026 at 14:00, against 5.3% overall"


def test_shades_get_evenly_darker() -> None:
    """The heat map's lightness falls evenly, so that it reads in grey."""
    shades = colors.shading("#b92d1c")(np.linspace(0, 1, 20))[:, :3]
    light = np.array([colors._lightness(to_hex(shade)) for shade in shades])  # noqa: SLF001 - the law is about it
    steps = -np.diff(light)
    assert steps.min() > 0.6 * steps.mean()
    assert steps.max() < 1.6 * steps.mean()


def test_an_audit_counts_its_troubles() -> None:
    """Each trouble is a bar with its calls; the title says how many kinds there are."""
    ax = plots.audit(troubles())
    assert [words.get_text() for words in ax.texts] == ["12 · 80%", "3 · 20%"]
    assert (
        title_of(ax) == "2 kinds of trouble in the records; most often: no reason (12 calls, 80%)"
    )


def test_nothing_runs_out_of_a_picture_of_its_own() -> None:
    """Long names, huge counts and many groups stay inside the figure."""
    tables = [
        (plots.tally, tallied(AWKWARD, [10**6 - n for n in range(60)])),
        (plots.rates, rated([900] * 60, [90] * 60, agent_id=AWKWARD)),
        (plots.trend, counted_trend(AWKWARD, "agent_id")),
        (plots.audit, tallied(["duration within 1% of a common silence setting"], [9], "trouble")),
    ]
    for draw, table in tables:
        ax = draw(table)
        drawn(ax)
        frame = ax.figure.bbox
        for words in [*ax.texts, *ax.get_yticklabels(), ax._left_title]:  # noqa: SLF001 - no getter
            box = words.get_window_extent()
            assert box.x0 >= frame.x0 - 1, words
            assert box.x1 <= frame.x1 + 1, words


@given(st.floats(0, 1))
def test_percentages_are_near_and_never_pretend(share: float) -> None:
    """A share in percent is right to half a unit, and 0% and 100% are true."""
    said_ = percent(share)
    number = float(said_.strip("<> %"))
    assert abs(number - 100 * share) <= 0.5 + 1e-9
    assert (said_ == "0%") == (share == 0)
    assert (said_ == "100%") == (share == 1)


@given(st.text(), st.integers(3, 60))
def test_shortened_text_fits_and_keeps_its_ends(text: str, width: int) -> None:
    """Shortening gives at most the width, and both ends of the text."""
    short = shortened(text, width)
    assert len(short) <= width
    assert short[0:1] == text[0:1]
    assert short[-1:] == text[-1:]


@given(st.lists(st.floats(-1, 2), max_size=12), st.floats(0.01, 0.3))
def test_spread_labels_keep_order_and_distance(places: list[float], gap: float) -> None:
    """Places moved apart keep their order and at least the gap."""
    moved = spread(places, gap)
    order = np.argsort(places, kind="stable")
    assert len(moved) == len(places)
    assert (np.diff(np.array(moved)[order]) >= gap - 1e-9).all()


def test_missing_numbers_are_a_dash() -> None:
    """What is missing is neither zero nor an error."""
    nothing = float("nan")
    assert {
        percent(nothing),
        interval(nothing, 0, 1),
        amount(nothing, "s"),
        amount(nothing, "mm"),
    } == {"–"}  # noqa: RUF001 - the dash


def test_the_worst_period_is_one_with_calls() -> None:
    """Where only partial periods hold calls, the title names one of them, not an empty one."""
    days = pd.date_range("2026-03-01", periods=3, tz="UTC")
    table = pd.DataFrame({"period": days, "calls": [100, 0, 200], "failed": [0, 0, 100]})
    nan = float("nan")
    rates = {"rate": [0, nan, 0.5], "low": [0, nan, 0.1], "high": [0.8, nan, 0.9]}
    ax = plots.trend(table.assign(**rates, partial=[True, False, True]))
    assert "50% on Mar 3, 2026" in ax.get_title(loc="left")


def test_capacity_draws_limit_and_refused() -> None:
    """The limit, 80% of it and the refused calls are named, and the title tells the peak."""
    ax = plots.concurrency(in_flight([3, 20, 9], [0, 4, 2]))
    assert {"limit 20", "80%", "refused", "4", "2"} <= set(said(ax))
    assert [line.get_ydata()[0] for line in ax.lines] == [20, 16]
    assert title_of(ax) == (
        "6 calls refused; at most 20 of 20 in flight, on Mar 27, 2026, 10:01; "
        "above 80% for 1 min 30 s"
    )
    assert "limit 20" not in said(plots.concurrency(in_flight([3, 20], [0, 0], None)))


def test_capacity_by_group_claims_no_peak_of_all() -> None:
    """Peaks of groups do not add up: the title names the group that has the highest."""
    table = in_flight([5, 9, 3, 14], [0, 4, 0, 4])
    table.insert(1, "side", ["in", "in", "out", "out"])
    assert title_of(plots.concurrency(table)) == (
        "8 calls refused; highest peak of a group: out, 14 on Mar 27, 2026, 10:03"
    )


def test_capacity_of_a_month_is_drawn_in_steps_that_can_be_seen() -> None:
    """Of many minutes the highest peak and all refused calls of each step are drawn, and said."""
    peaks, refused = np.full(40_000, 3), np.zeros(40_000, dtype=int)
    peaks[20_000], refused[20_000:20_003] = 17, 2
    ax = plots.concurrency(in_flight(peaks.tolist(), refused.tolist()))
    assert "light: highest peak per 2 hours; dark: average" in said(ax)
    assert "6" in said(ax)
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 1].max() == 17
    assert len(corners) < 3_000


def test_capacity_leaves_out_what_lies_decades_off() -> None:
    """A stray call does not squeeze all others into a line; the notes say so."""
    table = in_flight([3, 20, 9], [0, 0, 0])
    stray = table.head(1).assign(period=table["period"].head(1) + pd.Timedelta(9_000, "D"))
    ax = plots.concurrency(pd.concat([table, stray], ignore_index=True))
    assert ax.get_xlim()[1] - ax.get_xlim()[0] < 1
    assert any("not drawn: 3 calls over 60 days away" in words for words in said(ax))


def test_backoff_tells_waits_and_costs_beside_the_shares() -> None:
    """Each policy has its count, its wait and whom it cost beside it."""
    ax = plots.backoff(policies())
    assert {
        "0 of 100",
        "88 of 100, 40 s later (95% within 2 min 57 s); 14 others lost",
        "99 of 100, most at once (95% within 41 s)",
        "100 of 100, at once",
    } <= set(said(ax))
    assert title_of(ax) == (
        "88% of 100 refused calls get through with a backoff; a limit of 38 would refuse none"
    )
    nobody = policies().assign(refused=0)
    assert title_of(plots.backoff(nobody)) == "No call was refused"


@pytest.mark.parametrize("cost", [0.6, 2.0, 4.9, 29.0, 910.0, 123_456.0])
def test_no_two_marks_of_money_are_told_alike(cost: float) -> None:
    """However little all calls cost, in cents: a step is never less than a label can say."""
    calls = pd.DataFrame(
        {"call_id": ["call_1"], "disconnection_reason": "user_hangup", "combined_cost": cost}
    )
    ax = plots.costs(calls.retell.costs("owner"))
    ticks = [tick for tick in ax.get_xticks() if tick <= ax.get_xlim()[1]]
    written = [text.strip("\\$") for text in ax.xaxis.get_major_formatter().format_ticks(ticks)]
    said = [float(text.replace(",", "").lstrip("$")) for text in written]
    assert said == pytest.approx(ticks)
