"""Retries: what is asked again, when, and who waits."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from retell_nb.calls.api import retries
from retell_nb.calls.api.errors import APIError, refused, unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_772_323_200.0


class Clock:
    """Stands in for the module `time`: sleeping takes no time and is written down."""

    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(retries, "time", clock)
    return clock


def failing(*errors: Exception) -> Callable[[], str]:
    """Something to ask that fails with one error after the other, then answers."""
    left = list(errors)

    def ask() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return ask


def busy(seconds: float | None = None, status: int = 429) -> APIError:
    error = refused("GET /", status, "busy")
    error.retryable, error.retry_after = True, seconds
    return error


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(status: int) -> None:
    """Conflicts, too many requests and faults of the server are worth another try."""
    assert retries.retryable(status, {})
    assert not retries.retryable(status, {"x-should-retry": "false"})


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_what_is_wrong_stays_wrong(status: int) -> None:
    """What the client did wrong is not asked again, whatever a header says."""
    assert not retries.retryable(status, {})
    assert not retries.retryable(status, {"x-should-retry": "true"})


@pytest.mark.parametrize("status", [307, 410, 418])
def test_the_server_may_ask_for_another_try(status: int) -> None:
    """Where the status leaves a doubt, `x-should-retry` decides."""
    assert not retries.retryable(status, {})
    assert retries.retryable(status, {"x-should-retry": "true"})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "2"}, 2),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": formatdate(NOW + 7, usegmt=True)}, 7),
        ({"retry-after": formatdate(NOW - 7, usegmt=True)}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Thu, 99 Foo 20261 99:99:99"}, None),
        ({"retry-after": "in a while"}, None),
        ({}, None),
    ],
)
def test_the_pause_is_read_from_the_answer(
    clock: Clock, headers: dict[str, str], seconds: float | None
) -> None:
    """Milliseconds go before seconds, and seconds before a date; nonsense is no wish."""
    assert clock.now == NOW
    assert retries.retry_after(headers) == seconds


def test_the_answer_comes_after_the_pauses_that_were_asked_for(clock: Clock) -> None:
    """The API's wish is obeyed to the letter, up to a minute."""
    ask = failing(busy(2.5), busy(0.1, status=503), busy(3600))
    assert retries.Retries()(ask) == "answer"
    assert clock.slept == [2.5, 0.1, 60]


def test_without_a_wish_the_pause_doubles_up_to_eight_seconds(clock: Clock) -> None:
    """There are eight tries; after the last the error is the caller's."""
    errors = [unanswered("GET /", f"try {number}") for number in range(1, 10)]
    with pytest.raises(APIError, match="try 8"):
        retries.Retries()(failing(*errors))
    shortest = [0.5, 1, 2, 4, 7.5, 7.5, 7.5]
    assert len(clock.slept) == len(shortest)
    for slept, least in zip(clock.slept, shortest, strict=True):
        assert least <= slept <= least + 0.5
    assert len(set(clock.slept)) == len(shortest), "there is jitter"


@pytest.mark.parametrize("error", [refused("GET /", 404, "no"), ValueError("no"), KeyError("no")])
def test_other_errors_are_the_callers_at_once(clock: Clock, error: Exception) -> None:
    """An error that no other try can heal comes through as it is, without a pause."""
    with pytest.raises(type(error)) as raised:
        retries.Retries()(failing(error))
    assert raised.value is error
    assert clock.slept == []


@pytest.mark.parametrize(("status", "pauses"), [(429, [5, 5]), (503, [5])])
def test_too_many_requests_make_all_wait(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, status: int, pauses: list[float]
) -> None:
    """A question that comes while another is held back by a 429 waits as long as that one."""
    shared = retries.Retries()
    sleep, meanwhile = clock.sleep, [lambda: shared(failing())]

    def sleep_while_another_asks(seconds: float) -> None:
        clock.slept.append(seconds)
        if meanwhile:
            monkeypatch.setattr(clock, "sleep", sleep)
            now = clock.now
            assert meanwhile.pop()() == "answer"
            clock.now = now
        clock.now += seconds

    monkeypatch.setattr(clock, "sleep", sleep_while_another_asks)
    assert shared(failing(busy(5, status=status))) == "answer"
    assert clock.slept == pauses
