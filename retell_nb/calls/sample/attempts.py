"""Attempts at a call in a made-up world: who, whom, when, how it ends, how long the talk lasts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.sample.dice import HOUR, ONE, between, pick, quantile
from retell_nb.engine.periods import instants
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from retell_nb.calls.sample.dice import Dice, Period
    from retell_nb.engine.aliases import Ints

__all__ = ["ANSWERED", "CODES", "NAMES", "OWN_SERVER", "UNHEARD_OF", "draw_attempts"]

UNHEARD_OF = "carrier_screening_rejected"
"""A reason that no vocabulary holds."""

OWN_SERVER = "agent_copper_claims"

LINES = pd.DataFrame(
    [
        ("agent_harbour_reminders", "outbound", "US", 24,
         ("+12125550190 +12125550191 +13125550187 +13125550188 +13035550184 +13035550185 "
          "+14155550181 +14155550182 +16175550193 +17135550186 +18135550195 +12065550189 "
          "+16025550183 +14045550194")),
        ("agent_lantern_renewals", "outbound", "GB", 12,
         "+442079460810 +442079460811 +441614960820 +441214960830 +441414960840 +441174960850"),
        ("agent_lantern_renewals", "outbound", "DE", 6,
         "+493023125810 +494066969820 +498999998830"),
        ("agent_lantern_renewals", "outbound", "FR", 5, "+33199001810 +33465711820 +33261911830"),
        ("agent_copper_claims", "outbound", "US", 6, "+13175550196 +15125550197 +16195550192"),
        ("agent_copper_claims", "outbound", "GB", 3, "+441134960860"),
        ("agent_copper_claims", "inbound", "US", 7, "+13175550198 +15125550199"),
        ("agent_maple_frontdesk", "inbound", "US", 14,
         "+16175550181 +16175550182 +13035550191 +12065550192"),
        ("agent_juniper_support", "inbound", "GB", 5, "+442079460870"),
        ("agent_juniper_support", "inbound", "DE", 3, "+493023125880"),
        ("agent_juniper_support", "inbound", "FR", 2, "+33199001890"),
        ("agent_juniper_support", "inbound", "AU", 2, "+61255501890"),
        ("agent_orchid_concierge", "web", "GB", 11, ""),
    ],
    columns=["agent_id", "direction", "country", "weight", "numbers"],
)  # fmt: skip
"""Who calls in which direction where, how often, and the 40 numbers of our own."""

PLACES = pd.DataFrame(
    [
        ("US", "America/New_York", 45, 2, "+1{}55501",
         ("201 202 203 207 212 215 216 239 240 248 267 301 302 304 305 313 315 317 336 352 386 "
          "401 404 407 410 412 413 419 434 440 443 470 484 502 508 513 516 518 540 561 603 607 "
          "609 610 614 616 617 646 703 704 716 718 740 757 781 803 804 813 828 843 859 864 904 "
          "919 941 954")),
        ("US", "America/Chicago", 30, 2, "+1{}55501",
         ("205 210 214 217 218 224 225 228 251 256 262 281 309 312 314 316 318 319 337 402 405 "
          "409 414 417 430 469 479 501 504 507 512 515 563 573 601 608 612 615 618 630 713 737 "
          "773 817")),
        ("US", "America/Denver", 8, 2, "+1{}55501",
         "303 307 385 406 435 505 575 719 720 748 801 915 970 983"),
        ("US", "America/Los_Angeles", 17, 2, "+1{}55501",
         ("206 209 213 310 323 360 408 415 424 425 503 509 510 530 541 559 562 619 626 650 661 "
          "702 707 714 775 805 818 831 858 909 916 925 949 951 971")),
        ("GB", "Europe/London", 100, 3, "+44{}",
         ("2079460 1134960 1144960 1164960 1174960 1184960 1214960 1314960 1414960 1514960 "
          "1614960 1914980")),
        ("DE", "Europe/Berlin", 100, 3, "+49{}", "3023125 6990009 4066969 2214710 8999998"),
        ("FR", "Europe/Paris", 100, 3, "+33{}", "199001 261911 353011 465711 536491"),
        ("AU", "Australia/Sydney", 100, 3, "+61{}", "255501 270101 355501 370101"),
    ],
    columns=["country", "zone", "weight", "digits", "form", "areas"],
)  # fmt: skip
"""Where people live: ranges that the countries' regulators keep for films and made-up stories."""

RHYTHMS = {  # weights of the local hours 0 to 23, and of Monday to Sunday
    "outbound": (
        "0 0 0 0 0 0 0 0 2 16 20 19 11 12 17 19 20 21 14 6 0 0 0 0",
        "50 55 55 55 45 10 1",
    ),
    "inbound": (
        "1 0 0 0 0 1 3 9 24 38 41 36 27 28 32 33 31 26 18 12 8 5 3 1",
        "12 11 10 10 10 5 3",
    ),
    "web": ("4 2 1 1 1 1 3 6 10 14 16 16 17 16 16 16 17 19 22 25 26 23 16 9", "9 9 9 9 10 12 12"),
}

ENDS = {  # of 10000 attempts; 150 of them fail in every direction
    "user_hangup": (2700, 5200, 6300), "agent_hangup": (1650, 2500, 3050),
    "call_transfer": (300, 1500, 0), "transfer_bridged": (40, 180, 0),
    "user_requested_dnc": (50, 20, 0), "user_requested_callback": (90, 150, 0),
    "call_take_over": (10, 40, 0), "manual_stopped": (10, 10, 20),
    "voicemail_reached": (1900, 0, 0), "ivr_reached": (150, 0, 0),
    "inactivity": (90, 220, 460), "max_duration_reached": (10, 30, 20),
    "dial_no_answer": (1960, 0, 0), "dial_busy": (560, 0, 0), "user_declined": (330, 0, 0),
    "dial_failed": (34, 0, 0), "invalid_destination": (20, 0, 0), "marked_as_spam": (10, 0, 0),
    "telephony_provider_unavailable": (10, 0, 0), "sip_routing_error": (5, 0, 0),
    "telephony_provider_permission_denied": (3, 0, 0), "network_blocked": (4, 0, 0),
    "transfer_cancelled": (14, 40, 0), "registered_call_timeout": (8, 0, 0),
    "error_user_not_joined": (0, 0, 80), "error_no_audio_received": (10, 30, 40),
    "error_asr": (10, 30, 10), "error_retell": (16, 30, 10), "error_unknown": (6, 20, 10),
}  # fmt: skip
DIRECTIONS = ("outbound", "inbound", "web")
SERVER_ENDS = [  # what `error_retell` is on a server of one's own
    "error_llm_websocket_open", "error_llm_websocket_lost_connection",
    "error_llm_websocket_runtime", "error_llm_websocket_corrupt_payload",
]  # fmt: skip
REDIALED = ("dial_no_answer", "dial_busy", "voicemail_reached")
ATTEMPTS = 4  # at most, per person
REDIAL_CHANCE, ANONYMOUS = 650, 20  # thousandths
REDIAL_AFTER = [(0, 80), (400, 350), (750, 1_000), (1000, 2_200)]  # thousandths of a working day

TALK = [(0, 1_500), (50, 6_000), (150, 19_000), (300, 46_000), (500, 95_000), (700, 185_000),
        (850, 340_000), (950, 720_000), (990, 1_500_000), (1000, 3_540_000)]  # fmt: skip
MACHINE = [(0, 5_000), (60, 11_000), (500, 19_000), (900, 36_000), (1000, 58_000)]
HANDOVER = [(0, 14_000), (100, 38_000), (500, 130_000), (900, 380_000), (1000, 1_200_000)]
CUT = [(0, 1_200), (300, 12_000), (700, 70_000), (1000, 600_000)]
TALKS = {  # milliseconds; every other connected end lasts a TALK, and an unconnected one nothing
    "voicemail_reached": MACHINE, "ivr_reached": MACHINE,
    "call_transfer": HANDOVER, "transfer_bridged": HANDOVER, "transfer_cancelled": HANDOVER,
    "inactivity": [(0, 31_000), (300, 44_000), (800, 150_000), (1000, 900_000)],
    "max_duration_reached": [(0, 3_600_000), (1000, 3_600_900)],
    "error_llm_websocket_open": [(0, 27_000), (1000, 29_600)],  # three tries of 7 s, 3 s apart
    "error_no_audio_received": [(0, 10_000), (1000, 24_000)],
    **dict.fromkeys(["error_asr", "error_retell", "error_unknown", *SERVER_ENDS[1:]], CUT),
}  # fmt: skip
NAMES = pd.Index([*REASONS.index, UNHEARD_OF])
CODES = {name: code for code, name in enumerate(NAMES)}
ANSWERED = np.array([*REASONS["answered"], False])


def draw_attempts(n: int, period: Period, dice: Dice) -> pd.DataFrame:
    """Return n attempts, in no order of time; `at` in ms since the opening, `talk` in ms.

    Examples
    --------
    >>> from retell_nb.calls.sample.dice import Dice, Period
    >>> march = Period(pd.Timestamp("2026-03-02", tz="UTC"), 28)
    >>> draw_attempts(500, march, Dice(0)).loc[0, ["agent_id", "reason"]].tolist()
    ['agent_maple_frontdesk', 'agent_hangup']
    """
    lines = pick(dice(n), LINES["weight"].tolist())
    places = _places(lines, dice)
    people = _people(places, dice)
    clock, codes, dialed = _chains(lines, period, dice)
    rows = np.flatnonzero(dialed)[:n]
    who = rows // ATTEMPTS
    lines, codes = lines[who], codes.ravel()[rows]
    own = (codes == CODES["error_retell"]) & (LINES["agent_id"] == OWN_SERVER).to_numpy()[lines]
    codes[own] = _codes(SERVER_ENDS)[pick(dice(own.sum()), [1] * len(SERVER_ENDS))]
    attempts = LINES[["agent_id", "direction", "country"]].astype("category").iloc[lines]
    return attempts.reset_index(drop=True).assign(
        **_numbers(lines, people[who], dice),
        at=_moments(clock.ravel()[rows], lines, places[who], period),
        reason=pd.Categorical.from_codes(codes, NAMES),
        talk=_talks(codes, dice),
        alone=~dialed[:, 1][who],
        fault=0,
    )


def _codes(ends: Iterable[str]) -> Ints:
    return np.array([CODES[end] for end in ends], dtype=np.int64)


def _places(lines: Ints, dice: Dice) -> Ints:
    places = np.zeros(len(lines), dtype=np.int64)
    for country, there in PLACES.groupby("country"):
        mine = (LINES["country"] == country).to_numpy()[lines]
        places[mine] = there.index.to_numpy()[pick(dice(int(mine.sum())), there["weight"].tolist())]
    return places


def _people(places: Ints, dice: Dice) -> npt.NDArray[np.object_]:
    """A number for each person; nobody has that of another until all of a place are taken."""
    people = np.empty(len(places), dtype=object)
    for place in PLACES.index:
        mine = np.flatnonzero(places == place)
        book = _phone_book(place)
        people[mine] = book[(np.arange(len(mine), dtype=np.int64) * 7919 + dice(1)) % len(book)]
    return people


@cache
def _phone_book(place: int) -> npt.NDArray[np.object_]:
    width, form, areas = PLACES[["digits", "form", "areas"]].to_numpy()[place]
    tails = range(8 * 10 ** (width - 1))  # the last fifth is for numbers of our own
    numbers = [f"{form.format(area)}{tail:0{width}d}" for area in areas.split() for tail in tails]
    return np.array(numbers, dtype=object)


def _chains(lines: Ints, period: Period, dice: Dice) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """When each person is dialed the first, second, ... time, to what end, and whether at all.

    The clock runs from 0 to ONE through the working hours of the period, so that a redial some
    time later never falls into the night.
    """
    shape = (len(lines), ATTEMPTS)
    clock = quantile(dice(shape[0] * ATTEMPTS), REDIAL_AFTER).reshape(shape)
    clock = clock * ONE * 7 // (5 * 1000 * period.days)
    clock[:, 0] = dice(len(lines))
    clock = clock.cumsum(axis=1)
    directions = LINES["direction"].to_numpy()[lines]
    codes = np.zeros(shape, dtype=np.int64)
    for number, direction in enumerate(DIRECTIONS):
        mine = directions == direction
        weights = [ends[number] for ends in ENDS.values()]
        codes[mine] = pick(dice(mine.sum() * ATTEMPTS), weights).reshape(-1, ATTEMPTS)
    codes = _codes(ENDS)[codes]
    again = np.isin(codes, _codes(REDIALED)) & (clock < ONE)
    again &= dice(codes.size).reshape(shape) < REDIAL_CHANCE * ONE // 1000
    dialed = np.ones(shape, dtype=bool)
    dialed[:, 1:] = np.logical_and.accumulate(again[:, :-1] & (clock[:, 1:] < ONE), axis=1)
    return clock, codes, dialed


def _numbers(lines: Ints, people: npt.NDArray[np.object_], dice: Dice) -> dict[str, Any]:
    """From and to whom; some inbound callers hide their number, and the web has none."""
    ours = np.full(len(lines), None, dtype=object)
    for line, numbers in LINES["numbers"].str.split().items():
        mine = lines == line
        own = np.array([*numbers, None], dtype=object)
        ours[mine] = own[pick(dice(int(mine.sum())), [1] * max(1, len(numbers)))]
    inbound = (LINES["direction"] == "inbound").to_numpy()[lines]
    hidden = inbound & (dice(len(lines)) < ANONYMOUS * ONE // 1000)
    theirs = np.where(hidden, "anonymous", people)
    theirs[(LINES["direction"] == "web").to_numpy()[lines]] = None
    return {
        "from_number": np.where(inbound, theirs, ours),
        "to_number": np.where(inbound, ours, theirs),
    }


def _moments(clock: Ints, lines: Ints, places: Ints, period: Period) -> Ints:
    """Milliseconds since the opening, in UTC; what falls outside comes in at the other end."""
    directions = LINES["direction"].to_numpy()[lines]
    local = np.zeros(len(clock), dtype=np.int64)
    for direction in DIRECTIONS:
        mine = directions == direction
        local[mine] = between(clock[mine], *_rhythm(direction, period))
    moments = np.zeros(len(clock), dtype=np.int64)
    opening = period.opening.tz_localize(None)
    for place, zone in PLACES["zone"].items():
        mine = places == place
        wall = opening + pd.Series(local[mine]).astype("timedelta64[ms]")
        times = instants(wall, zone, again=True)
        moments[mine] = (times - period.opening) // pd.Timedelta(1, "ms")
    return moments % period.length


def _rhythm(direction: str, period: Period) -> tuple[Ints, Ints]:
    """Share of the calls (0 to ONE) before each local hour of the period, and the hours in ms."""
    hours, weekdays = (np.array(text.split(), dtype=np.int64) for text in RHYTHMS[direction])
    days = weekdays[[period.weekday(day) for day in range(period.days)]]
    upto = np.append(0, np.outer(days, hours).cumsum())
    return upto * ONE // upto[-1], np.arange(len(upto), dtype=np.int64) * HOUR


def _talks(codes: Ints, dice: Dice) -> Ints:
    talks = np.zeros(len(codes), dtype=np.int64)
    for code in np.unique(codes):
        if ANSWERED[code]:
            mine = codes == code
            talks[mine] = quantile(dice(mine.sum()), TALKS.get(NAMES[code], TALK))
    return talks
