"""Pictures of change: what is drawn is what the table holds, and nothing overlaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.cbook import is_math_text
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.text import Text

import retell_nb as rn
from retell_nb import plots, tables
from retell_nb.calls.facts import when
from retell_nb.engine.intervals import wilson
from retell_nb.plots.parts import colors
from retell_nb.text import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.axes import Axes

STRANGE = "$x$ <b>_name\nof two lines" * 3
SPLIT = "2026-03-10"


@pytest.fixture(autouse=True)
def _headless() -> Iterator[None]:
    mpl.use("Agg")
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    plt.close("all")


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(8_000, seed=2)


def periods(calls: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    times = calls["start_timestamp"]
    return calls[times >= SPLIT], calls[times < SPLIT]


def quiet(calls: pd.DataFrame) -> pd.DataFrame:
    """Agents, of which one takes no more calls."""
    ended = calls["agent_id"].eq("agent_copper_claims") & when(calls).gt("2026-03-24")
    return tables.silence(calls[~ended], "agent_id")


TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "explain": lambda calls: tables.explain(*periods(calls)),
    "decompose": lambda calls: tables.decompose(*periods(calls), "agent_id"),
    "compare": lambda calls: tables.compare(calls, "agent_version"),
    "control_chart": lambda calls: tables.control_chart(calls, "D", "agent_id"),
    "change_points": lambda calls: tables.change_points(calls, "agent_id", freq="D"),
    "silence": quiet,
}
every_picture = pytest.mark.parametrize("word", TABLES)


@pytest.fixture(scope="module")
def table_of(calls: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {word: table(calls) for word, table in TABLES.items()}


def title_of(ax: Axes) -> str:
    return " ".join(ax.get_title(loc="left").split())


def texts_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def rows_of(ax: Axes) -> list[str]:
    return [tick.get_text() for tick in ax.get_yticklabels()]


def spans_of(ax: Axes) -> list[tuple[float, float]]:
    """Ends of the horizontal lines in the rows, which are the intervals."""
    paths = [path for lines in ax.collections for path in lines.get_paths()]
    return [
        (path.vertices[0, 0], path.vertices[1, 0])
        for path in paths
        if len(path.vertices) == 2 and path.vertices[0, 1] == path.vertices[1, 1]
    ]


@every_picture
def test_a_picture_draws_on_the_axes_given_and_leaves_the_table(
    word: str, table_of: dict[str, pd.DataFrame]
) -> None:
    """No other figure comes of it, and the table is what it was."""
    ax, before = Figure(figsize=(9, 5)).subplots(), table_of[word].copy()
    assert getattr(plots, word)(table_of[word], ax=ax) is ax
    assert plt.get_fignums() == []
    pd.testing.assert_frame_equal(table_of[word], before)


@every_picture
def test_nothing_to_show_is_one_quiet_sentence(
    word: str, table_of: dict[str, pd.DataFrame]
) -> None:
    """An empty table stays calm under the user's title; a table of another word is refused."""
    ax = getattr(plots, word)(table_of[word].iloc[:0], title="costs $1 to $2")
    assert len(texts_of(ax)) == 1
    assert title_of(ax) == r"costs \$1 to \$2"
    assert not ax.axison
    with pytest.raises(ValueError, match=r"this table lacks .*; it has strange"):
        getattr(plots, word)(pd.DataFrame({"strange": [1]}))


@every_picture
def test_labels_neither_overlap_nor_run_out_of_the_figure(
    word: str, table_of: dict[str, pd.DataFrame]
) -> None:
    """Every text on the picture stands alone and inside of it."""
    ax = getattr(plots, word)(table_of[word])
    ax.figure.canvas.draw()
    texts = [*ax.texts, *ax.get_yticklabels(), ax._left_title]  # noqa: SLF001 - no getter
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    assert not [
        (texts[place].get_text(), b)
        for place, a in enumerate(boxes)
        for b in boxes[:place]
        if a.padded(-1).overlaps(b.padded(-1))
    ]
    frame = ax.figure.bbox.padded(1)
    assert all(box.x0 >= frame.x0 and box.x1 <= frame.x1 for box in boxes)
    assert all(box.y0 >= frame.y0 and box.y1 <= frame.y1 for box in boxes)


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("explain", "segment"),
        ("decompose", "agent_id"),
        ("compare", "agent"),
        ("control_chart", "agent_id"),
        ("change_points", "began"),
        ("silence", "agent_id"),
    ],
)
def test_strange_names_are_shown_as_they_are(
    word: str, column: str, table_of: dict[str, pd.DataFrame]
) -> None:
    """A name that looks like a formula is no formula, and is on the picture."""
    table = table_of[word]
    strange = table.assign(**{column: STRANGE + table[column].astype(str)})
    ax = getattr(plots, word)(strange)
    ax.figure.draw_without_rendering()
    words = [artist.get_text() for artist in ax.findobj(Text)]
    assert any(r"\$x\$ <b>_name" in text.replace("\n", " ") for text in words)
    assert not [text for text in words if is_math_text(text)]


def test_explain_draws_both_rates_of_each_segment(table_of: dict[str, pd.DataFrame]) -> None:
    """Intervals before and now are those of the table, under all calls; the title is the first."""
    table = table_of["explain"]
    ax, before = plots.explain(table), table["baseline_calls"] > 0
    pairs = [
        *zip(table["low"], table["high"], strict=True),
        *table.loc[before, ["baseline_low", "baseline_high"]].itertuples(index=False),
    ]
    for side in ("", "baseline_"):
        size = table.attrs[f"{side}calls"]
        low, high = wilson(table.attrs[f"{side}rate"] * size, size)
        pairs.append((float(low), float(high)))
    np.testing.assert_allclose(sorted(spans_of(ax)), sorted(tuple(pair) for pair in pairs))
    assert rows_of(ax) == ["", "before", "now"] * (len(table) + 1)
    assert table["segment"][0] in title_of(ax)
    assert title_of(ax).startswith("The failed rate rose from ")
    assert ax.get_xlabel() == "failed, share of calls, with 95% interval"


def test_chance_is_no_explanation(table_of: dict[str, pd.DataFrame]) -> None:
    """A first segment that may be chance is not named in the title, nor an even rise as one."""
    table = table_of["explain"].head(1)
    unsure = title_of(plots.explain(table.assign(p_value=0.4)))
    assert unsure.endswith(": no segment stands out beyond chance")
    even = title_of(plots.explain(table.assign(depth=0, segment="everywhere")))
    rates = (percent(table.attrs[name]) for name in ("baseline_rate", "rate"))
    assert even == "The failed rate rose from {} to {} everywhere: no segment stands out".format(
        *rates
    )


def test_a_rate_of_nothing_before_did_not_rise(table_of: dict[str, pd.DataFrame]) -> None:
    """A segment that had no calls before is said to be new; what is written alike did not move."""
    new = table_of["explain"].head(1).assign(baseline_calls=0, baseline_rate=np.nan)
    new.attrs = {}
    name = f"{new['segment'][0]} (no calls before)"
    rate = percent(new["rate"][0])
    assert title_of(plots.explain(new)) == f"The failed rate is {rate} for {name}"
    new.attrs = {"baseline_rate": 0.0612, "rate": 0.0611}
    assert title_of(plots.explain(new)) == (
        f"The failed rate stayed at about 6.1%, but is {rate} for {name}"
    )


def test_a_picture_of_change_names_its_rate(calls: pd.DataFrame) -> None:
    """Title and axis say what the rate is of, and so does the calm sentence without a change."""
    table = tables.explain(*periods(calls), of="dial_failed", max_depth=1)
    ax = plots.explain(table)
    assert title_of(ax).startswith("The dial_failed rate ")
    assert ax.get_xlabel().startswith("dial_failed, ")
    changes = tables.change_points(calls, of="dial_failed")
    ax = plots.change_points(changes)
    assert title_of(ax).startswith("The dial_failed rate changed ")
    assert ax.get_ylabel() == "dial_failed, share of calls, with 95% interval"
    calm = plots.change_points(changes.iloc[:0])
    assert texts_of(calm) == ["The dial_failed rate did not change beyond chance"]


def test_decompose_draws_every_effect_and_their_sum(table_of: dict[str, pd.DataFrame]) -> None:
    """Two bars per group, signed, and two of all groups, which add up to the change."""
    table = table_of["decompose"]
    ax = plots.decompose(table)
    rate, mix = (part.datavalues for part in ax.containers)
    assert rate[1:] == pytest.approx(table["rate_effect"])
    assert mix[1:] == pytest.approx(table["mix_effect"])
    assert rate[0] + mix[0] == pytest.approx(table.attrs["change"])
    assert rows_of(ax) == ["all groups", *table["agent_id"]]
    red, green = colors.by_sign("failed", [1, -1])
    paints = [bar.get_facecolor() for bar in ax.containers[0]]
    signs = [green if effect < 0 else red for effect in rate]
    assert {*signs} == {red, green}
    assert all(same_color(*pair) for pair in zip(paints, signs, strict=True))
    few = plots.decompose(table, limit=2)
    assert rows_of(few)[-1] == f"other ({len(table) - 2} groups)"
    assert few.containers[0].datavalues[1:].sum() == pytest.approx(table["rate_effect"].sum())


def test_compare_draws_the_differences_around_zero(table_of: dict[str, pd.DataFrame]) -> None:
    """Intervals are those of the table, hollow without a difference, the verdict beside."""
    table = table_of["compare"]
    ax = plots.compare(table)
    expected = list(table[["low", "high"]].itertuples(index=False, name=None))
    np.testing.assert_allclose(spans_of(ax), expected)
    assert ax.lines[0].get_xdata() == [0, 0]
    dots = [dot for dot in ax.collections if len(dot.get_facecolor())]
    hollow = [same_color(dot.get_facecolor()[0], "white") for dot in dots]
    assert hollow == (table["p_adjusted"] >= 0.05).tolist()
    better = plots.compare(table.assign(**-table[["difference"]], p_adjusted=0.001))
    paints = [dot.get_facecolor()[0] for dot in better.collections if len(dot.get_facecolor())]
    red, green = colors.by_sign("failed", [1, -1])
    signs = [red if difference < 0 else green for difference in table["difference"]]
    assert all(same_color(*pair) for pair in zip(paints, signs, strict=True))
    verdicts = [text for text in texts_of(ax) if "\n" in text]
    assert [text.split("\n")[1].partition(":")[0] for text in verdicts] == [
        verdict.partition(":")[0] for verdict in table["verdict"]
    ]


def test_comparisons_without_a_difference_say_so(table_of: dict[str, pd.DataFrame]) -> None:
    """Nothing is called the largest where all may be chance; what is not drawn is said."""
    table = table_of["compare"].assign(p_adjusted=0.5, more_calls=[0] * 3 + [10] * 7)
    ax = plots.compare(table, limit=4)
    assert title_of(ax) == (
        "failed: no difference beyond chance in 10 comparisons; 7 without enough calls to say"
    )
    assert any("comparisons not drawn: 6" in text for text in texts_of(ax))


def line_of(ax: Axes, name: str) -> Any:
    return next(line for line in ax.lines if line.get_gid() == name)


def test_a_control_chart_marks_what_is_out(calls: pd.DataFrame) -> None:
    """Rates and limits are those of the table, and marks are where it says out, by rule."""
    table = tables.control_chart(calls)
    ax = plots.control_chart(table)
    np.testing.assert_allclose(line_of(ax, "rate").get_ydata(), table["rate"])
    np.testing.assert_allclose(line_of(ax, "ewma").get_ydata(), table["ewma"])
    np.testing.assert_allclose(line_of(ax, "center").get_ydata()[:-1], table["center"])
    marks = [dots for dots in ax.collections if dots.get_gid() == "out"]
    out = table[table["out"]]
    heights = out["rate"].where(out["rule"] != "EWMA", out["ewma"])
    assert sorted(y for dots in marks for _, y in dots.get_offsets()) == pytest.approx(
        sorted(heights)
    )
    legend = ax.get_legend()
    assert legend is not None
    counts = out["rule"].value_counts()
    assert {text.get_text() for text in legend.get_texts()} == {
        f"out: {rule} ({number})" for rule, number in counts.items()
    }
    assert title_of(ax).startswith(f"failed: {len(out)} of {len(table)} periods out of control")


def test_a_chart_in_control_has_no_marks(calls: pd.DataFrame) -> None:
    """Without violations there is neither mark nor key; a period without calls is a gap."""
    table = tables.control_chart(calls).assign(out=False, rule=None)
    table.loc[3, ["calls", "rate"]] = [0, np.nan]
    ax = plots.control_chart(table)
    assert title_of(ax) == f"failed: none of {len(table)} periods out of control"
    assert ax.get_legend() is None
    assert np.isnan(line_of(ax, "rate").get_ydata()[3])


def test_of_several_charts_the_worst_is_drawn(table_of: dict[str, pd.DataFrame]) -> None:
    """The agent with the most periods out is named, and the charts left out are counted."""
    table = table_of["control_chart"]
    out = table.groupby("agent_id", sort=False, observed=True)["out"].sum()
    ax = plots.control_chart(table)
    assert title_of(ax).startswith(f"failed, {out.idxmax()}: {out.max()} of ")
    assert any(f"charts not drawn: {len(out) - 1}" in text for text in texts_of(ax))


def test_levels_are_steps_from_change_to_change(calls: pd.DataFrame) -> None:
    """Steps have the rates of the table, and change at its times within their intervals."""
    table = tables.change_points(calls)
    ax = plots.change_points(table)
    steps = ax.lines[0]
    rates = [table["rate_before"][0], *table["rate"], table["rate"].iloc[-1]]
    assert steps.get_ydata() == pytest.approx(np.array(rates))
    days = (table["time"] - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta("1D")
    assert steps.get_xdata()[1:-1] == pytest.approx(days)
    widths = (table["latest"] - table["earliest"]) / pd.Timedelta("1D")
    in_days = ax.transData.inverted()
    drawn = [in_days.transform_bbox(band.get_extents()).width for band in ax.patches]
    assert drawn == pytest.approx(widths.tolist(), abs=1e-6)
    largest = table["change"].abs().idxmax()
    assert f"{table['time'][largest]:%H:%M}" in title_of(ax)


def test_what_began_with_a_change_is_named(calls: pd.DataFrame) -> None:
    """The list beside the steps says what began; of many changes the loudest are numbered."""
    table = tables.change_points(calls).assign(began="New trunk")
    ax = plots.change_points(table, limit=2)
    assert sum("began: New trunk" in text for text in texts_of(ax)) == 2
    assert any(f"changes not numbered: {len(table) - 2}" in text for text in texts_of(ax))
    assert len(ax.patches) == len(table)
    assert title_of(ax).endswith("; then began: New trunk")


def test_silence_is_a_strip_until_now(table_of: dict[str, pd.DataFrame]) -> None:
    """Only lines that do not call are drawn, from since to now, with what was expected."""
    table = table_of["silence"]
    silent = table[table["state"] == "silent"]
    assert silent["agent_id"].tolist() == ["agent_copper_claims"]
    ax = plots.silence(table)
    (strip,) = ax.patches
    hours = (table.attrs["now"] - silent["since"][0]) / pd.Timedelta("1h")
    assert strip.get_width() * 24 == pytest.approx(hours)
    assert same_color(strip.get_facecolor(), colors.ALARM)
    assert texts_of(ax)[0].startswith(f"{hours:.0f} h, {silent['expected'][0]:.0f} calls expected")
    assert title_of(ax).startswith(f"1 of {len(table)} lines is silent: agent_copper_claims, ")


def test_without_silence_the_picture_is_one_sentence(table_of: dict[str, pd.DataFrame]) -> None:
    """Unknown is neither silent nor calling: it is counted, and fills no page."""
    table, many = table_of["silence"], len(table_of["silence"])
    unsure = ["too quiet", "too new"] + ["calling"] * (many - 2)
    ax = plots.silence(table.assign(state=unsure))
    assert texts_of(ax) == [
        f"None of {many} lines is known to be silent; too few calls, or too new, to say: 2"
    ]
    assert ax.figure.get_size_inches()[1] < 2
    well = plots.silence(table.assign(state="calling"))
    assert texts_of(well) == [f"None of {many} lines is known to be silent"]
    some = plots.silence(table.assign(state=["silent", *unsure[1:]]))
    assert len(some.patches) == 1
    assert "too few calls, or too new, to say: 1" in texts_of(some)


def test_one_call_is_not_calls(table_of: dict[str, pd.DataFrame]) -> None:
    """A number that is written as 1 stands before the singular."""
    ax = plots.silence(table_of["silence"].head(1).assign(expected=1.2))
    assert " h, 1 call expected, " in texts_of(ax)[0]
    assert title_of(ax).endswith("in which 1 call was expected")
