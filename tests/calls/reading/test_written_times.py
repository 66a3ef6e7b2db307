"""Times as people write them: one moment in every form, and nothing where a text is not clear."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from retell_nb.calls.reading.cells import read_cells
from retell_nb.calls.reading.written_times import ABBREVIATIONS, is_clock, moment_of

NOON = pd.Timestamp("2026-03-09 12:34:00")
ELSEWHERE = {"AST", "BST", "SST"}
"""Abbreviations that stand for one zone in the database, and for another in everyday use."""
WALLS = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2060, 1, 1))  # noqa: DTZ001 - a clock's
FORMS = {
    "%d-%b-%y %H:%M:%S": False,
    "%d-%b-%Y %I:%M:%S %p": False,
    "%b %d, %Y, %I:%M:%S %p": False,
    "%A, %B %d, %Y at %I:%M:%S %p": False,
    "%a %b %d %Y %H:%M:%S": False,
    "%a %b %d %H:%M:%S %Y": False,
    "%d %B %Y %H:%M:%S": False,
    "%d.%m.%Y %H:%M:%S": False,
    "%d.%m.%y, %H:%M:%S": False,
    "%m/%d/%Y %H:%M:%S": False,
    "%m/%d/%y, %I:%M:%S %p": False,
    "%d/%m/%Y %H:%M:%S": True,
    "%d-%m-%Y %H:%M:%S": True,
    "%H:%M:%S %d/%m/%Y": True,
    "%Y/%m/%d %H:%M:%S": False,
    "%Y.%m.%d %I:%M:%S %p": False,
    "%Y-%m-%d %I:%M:%S %p": False,
    "%Y-%b-%d %H:%M:%S": False,
    "%Y%m%d %H:%M:%S": False,
    "%Y-%m-%dT%H:%M:%S": False,
}
"""Forms of a time, and whether the day comes before the month where figures do not say it."""


def shown(text: str, tz: str = "UTC", *, day_first: bool = False) -> pd.Timestamp | None:
    moment = moment_of(text, tz, day_first=day_first)
    return None if moment is None else pd.Timestamp(moment.wall, unit="ms")


@given(wall=WALLS, form=st.sampled_from([*FORMS]))
def test_a_time_is_the_same_in_every_form(wall: dt.datetime, form: str) -> None:
    """Written in any form, the second that a clock shows is read back, alone and among others."""
    text = wall.strftime(form)
    assert shown(text, day_first=FORMS[form]) == pd.Timestamp(wall).floor("s")
    cells = pd.Series([text, "2026-03-02T10:00Z", None, "soon", 1_772_445_600_000], dtype=object)
    alone = read_cells(cells[:1], "time", tz="Asia/Kolkata", day_first=FORMS[form])
    among = read_cells(cells, "time", tz="Asia/Kolkata", day_first=FORMS[form])
    assert alone.column[0] == among.column[0] == pd.Timestamp(wall, tz="Asia/Kolkata").floor("s")


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("Mon Mar 09 2026 12:34:00 GMT+0000 (Coordinated Universal Time)", 0),
        ("Mon Mar 09 2026 12:34:00 GMT-0500 (Eastern Daylight Time)", -300),
        ("Mon, 09 Mar 2026 12:34:00 GMT", 0),
        ("Mon Mar  9 12:34:00 CEST 2026", 120),
        ("Mar 9, 2026 12:34 PM EDT", -240),
        ("Mar 9, 2026 12:34 PM GMT+5:30", 330),
        ("2026-03-09T12:34:00+01:00[Europe/Berlin]", 60),
        ("2026-03-09 12:34:00 +0100", 60),
        ("9 March 2026 12:34 (UTC)", 0),
        ("March 9th, 2026 at 12:34pm", None),
        ("09.03.2026 um 12:34 Uhr", None),
        ("9-MAR-26 12:34:00.000", None),
        ("09Mar2026 12:34", None),
    ],
)
def test_a_zone_is_read_where_one_is_named(text: str, offset: int | None) -> None:
    """As an offset, as an abbreviation, with its long name behind it; else none is."""
    moment = moment_of(text)
    assert moment is not None
    assert (pd.Timestamp(moment.wall, unit="ms"), moment.offset) == (NOON, offset)


@pytest.mark.parametrize(
    "text",
    ["9. März 2026 um 12:34 Uhr", "lundi 9 mars 2026 12:34", "9 de marzo de 2026, 12:34",
     "måndag 9 mars 2026 kl. 12:34", "9. marts 2026 kl. 12.34", "9. maaliskuuta 2026 klo 12:34",
     "poniedziałek, 9 marca 2026 12:34", "9. března 2026 12:34", "9 Mart 2026 12:34",
     "9 марта 2026 г., 12:34"],  # noqa: RUF001
)  # fmt: skip
def test_a_month_is_read_in_the_language_of_who_wrote_it(text: str) -> None:
    assert shown(text) == NOON


@pytest.mark.parametrize(
    "text",
    ["", "soon", "12:34", "March 2026", "2026", "31-Feb-2026", "13/13/2026", "02/03/2026 25:00",
     "02/03/2026 14:00 AM", "02/03/2026 10:00 IST", "02/03/2026 10:00 EST EDT", "1/2/3/2026",
     "03.13.2026", "02/03/2026 10:60", "2026-03-02 10:00 Mars", "0.5", "+12015550100"],
)  # fmt: skip
def test_what_is_not_clear_is_no_time(text: str) -> None:
    """No form is guessed, and a zone that may be several is none."""
    assert moment_of(text) is None


def test_abbreviations_are_those_that_mean_one_zone() -> None:
    """The table has what all zones of the IANA database use for the same offset.

    A system may lack the zones that the database keeps for old programs, such as MET.
    """
    offsets = defaultdict(set)
    hours = [dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=10 * n) for n in range(74)]
    for name in zoneinfo.available_timezones() - {"Factory", "localtime"}:
        for local in (hour.astimezone(zoneinfo.ZoneInfo(name)) for hour in hours):
            ahead = local.utcoffset() or dt.timedelta()
            offsets[str(local.tzname()).upper()].add(ahead // dt.timedelta(minutes=1))
    single = {
        name: min(some) for name, some in offsets.items() if name.isalpha() and len(some) == 1
    }
    lacking = {"MET", "MEST"} - {*offsets}
    known = {name: ahead for name, ahead in ABBREVIATIONS.items() if name not in lacking}
    assert {"Z": 0, **single} == known | {name: single[name] for name in ELSEWHERE}


@pytest.mark.parametrize(
    ("tz", "offset"), [("America/Los_Angeles", -480), ("Asia/Manila", 480), ("Europe/Rome", None)]
)
def test_the_zone_of_the_reader_decides_what_its_abbreviations_mean(
    tz: str, offset: int | None
) -> None:
    """PST is Pacific time in Los Angeles and Philippine time in Manila; elsewhere it is neither."""
    moment = moment_of("03/09/2026 12:34 PST", tz)
    assert (moment and moment.offset) == offset


@pytest.mark.parametrize(
    ("text", "alone"),
    [("14:03", True), ("2:03 pm", True), ("14:03:11.5", True), ("2 PM", True), ("1403", False),
     ("2026-03-02 14:03", False), ("14:03 UTC", False), ("", False)],
)  # fmt: skip
def test_a_time_of_day_is_one_without_a_date(text: str, alone: bool) -> None:  # noqa: FBT001 - as planted
    """Whatever way it is written."""
    assert is_clock(text) is alone
