"""Findings as cards and as a picture: what to do is there, and no foreign text runs."""

from __future__ import annotations

import html

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import retell_nb as rn
from retell_nb import plots
from retell_nb.report import findings
from retell_nb.report.page import headline
from retell_nb.selection.code import as_code
from retell_nb.text import owner
from retell_nb.times import day, moment

MARKUP = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return rn.sample_calls(6_000, seed=7).retell.findings()


@pytest.fixture(autouse=True)
def _headless() -> None:
    mpl.use("Agg")
    plt.close("all")


def hostile(name: str) -> pd.DataFrame:
    """Findings of calls whose agent has a strange id and name."""
    reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    agents = pd.Series([name] * 50 + ["b"] * 190)
    calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    return calls.assign(agent_name=agents).retell.findings()


def test_each_finding_is_a_card(found: pd.DataFrame) -> None:
    """What happened, where, when, who can fix it and how, and the code of the calls are there."""
    page = html.unescape(repr(findings.cards(found)))
    for _, row in found[~found["kind"].str.contains("_record|unknown")].iterrows():
        for told in ("remedy", "evidence", "overlap", "finding"):
            assert row[told] in page
        assert f"{row['calls']:,} calls " in page
        assert f"<dt>Who can fix it</dt><dd>{owner(row['owner'])}</dd>" in page
        assert as_code(row["filters"]) in page
        assert day(row["since"], year=False) in page
    assert "records" not in page.lower()
    assert "Compared by agent, agent version" in page


def test_a_card_tells_its_time_once_and_the_id_of_its_agent(found: pd.DataFrame) -> None:
    """The place has no time in it, which stands beside it; below the agent is its id."""
    server = found[found["kind"] == "llm_server"]
    page = html.unescape(repr(findings.cards(server)))
    row = server.iloc[0]
    head = page.partition("<details>")[0]
    assert head.count(moment(row["since"])) == 1
    assert "<dt>Where</dt><dd>Copperfield Claims version 8 <small" in head
    assert f">{row['filters']['agent_id'][0]}</small>" in head


def test_what_is_no_failure_stands_apart(found: pd.DataFrame) -> None:
    """Findings without a failed call are under a heading of their own, and in the headline."""
    page = repr(findings.cards(found))
    signs = found[found["kind"] == "short_calls"]
    assert len(signs) > 0
    apart = page.partition(f"<h3>{findings.WATCH}</h3>")[2]
    assert f"{signs['calls'].iloc[0]:,} calls lasted less than 10 s" in apart
    assert "recoverable" not in apart
    summary = rn.sample_calls(6_000, seed=7).retell.summary()
    assert f"<b>{findings.WATCH}:</b> calls shorter than 10 s (" in repr(
        findings.headline(found, summary)
    )


def test_a_card_says_of_how_many_calls_its_rate_is(found: pd.DataFrame) -> None:
    """The calls affected, those exposed to the fault, and the rate of the two."""
    row = found.iloc[0]
    page = html.unescape(repr(findings.cards(found.head(1))))
    exposed = round(row["calls"] / row["rate"])
    assert f"{row['calls']:,} of the {exposed:,} calls exposed to it: " in page


def test_cards_are_in_the_order_of_the_table(found: pd.DataFrame) -> None:
    """The finding that recovers most is at the top."""
    page = html.unescape(repr(findings.cards(found)))
    names = found.loc[found["saveable"] > 0, "finding"]
    places = [page.index(f"Finding: {name}<") for name in names]
    assert places == sorted(places)


def test_the_headline_names_the_sum_the_top_fault_and_what_is_going_on(found: pd.DataFrame) -> None:
    """Faults and their calls are counted, the first is named, those over are told apart."""
    summary = rn.sample_calls(6_000, seed=7).retell.summary()
    faults = found[found["saveable"] > 0]
    first = faults.iloc[0]
    said = html.unescape(repr(findings.headline(found.assign(ongoing=False), summary)))
    total = f"{len(faults)} faults, at least {faults['saveable'].sum():,.0f} calls recoverable"
    name = findings.KINDS[first["kind"]]
    assert f"{total}; the largest: {name} ({first['where']})." in said
    assert "<b>Ongoing:</b> none.<br><b>Over:</b> " in said
    lasting = found.assign(ongoing=pd.array([True, *[None] * (len(found) - 1)], dtype="boolean"))
    said = html.unescape(repr(findings.headline(lasting, summary)))
    assert f"<b>Ongoing:</b> {name} ({first['where']}).<br><b>No clear time:</b> " in said
    assert "<b>Over:</b>" not in said
    calm = repr(findings.headline(found.iloc[:0], summary))
    assert calm == repr(headline(summary))


def test_times_are_those_of_the_time_zone(found: pd.DataFrame) -> None:
    """A card tells when in the zone asked for."""
    outage = found[found["kind"] == "trunk"]
    page = repr(findings.cards(outage, tz="Asia/Tokyo"))
    assert moment(outage["since"].iloc[0].tz_convert("Asia/Tokyo")) in page
    assert "Asia/Tokyo" in page


def test_where_nothing_stands_out_one_calm_sentence_says_so() -> None:
    """It tells how many calls were looked at, and what could not be looked at."""
    calls = pd.DataFrame({"disconnection_reason": ["user_hangup"] * 99 + ["dial_failed"]})
    page = repr(findings.cards(calls.retell.findings()))
    assert "Nothing stands out: 100 calls ended, 1 of them failed" in page
    assert "Not checked: agent_id" in page
    empty = repr(findings.cards(calls.iloc[:0].retell.findings()))
    assert "No calls have ended" in empty


@pytest.mark.parametrize("name", [MARKUP, "</pre><script>alert(2)</script>", "a'b\"c\\", "\u202ex"])
def test_foreign_text_stays_text(name: str) -> None:
    """Whatever an agent is called, its card shows it and never runs it."""
    table = hostile(name)
    page = repr(findings.cards(table))
    assert len(table) == 1
    for markup in ("<img", "<script", "</script", "\u202e"):
        assert markup not in page
    shown = name.replace("\u202e", "")
    assert html.escape(shown) in page


def test_the_picture_shows_what_can_be_saved(found: pd.DataFrame) -> None:
    """A bar of all calls of each finding, and on it one of those that can be saved."""
    failing = found[found["saveable"] > 0]
    ax = plots.findings(found)
    widths = [patch.get_width() for patch in ax.patches]
    np.testing.assert_allclose(widths, [*failing["calls"], *failing["saveable"]])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == failing["kind"].tolist()
    said = [words.get_text() for words in ax.texts]
    assert all(any(where in words for words in said) for where in failing["where"])
    assert ax.get_title(loc="left").startswith(f"{len(failing)} faults, at least")


def test_the_picture_says_what_it_leaves_out(found: pd.DataFrame) -> None:
    """Of many findings the first are drawn, and the others are counted."""
    ax = plots.findings(found, limit=2)
    rest = (found["saveable"] > 0).sum() - 2
    assert f"findings not drawn: {rest}" in [words.get_text() for words in ax.texts]


def test_the_picture_is_calm_on_nothing() -> None:
    """Without findings one sentence stands in the middle; a strange name is no formula."""
    assert plots.findings(hostile("x").iloc[:0]).texts[0].get_text() == "Nothing stands out"
    plots.findings(hostile("$x$ & $\\frac{1}{0}$")).figure.canvas.draw()


def test_a_small_file_lists_its_failures_instead_of_faults() -> None:
    """Where calls are too few for a fault to stand out, each reason has its owner and remedy."""
    calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})
    table, reasons = calls.retell.findings(), calls[:1].retell.breakdown()
    assert "Too few calls to tell a fault from chance: 2 calls ended, 1 of them failed." in repr(
        findings.cards(table)
    )
    assert ">number</td>" in repr(findings.failures(table, reasons))
    assert repr(findings.failures(hostile("a"), reasons)) == ""
    assert "No failures: 1 call ended, none failed." in repr(
        findings.cards(calls[1:].retell.findings())
    )
