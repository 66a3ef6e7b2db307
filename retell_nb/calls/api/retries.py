"""When to ask the API again, and how long to wait before it."""

from __future__ import annotations

import email.utils
import math
import time
from typing import TYPE_CHECKING, Any, TypeVar

import tenacity

from retell_nb.calls.api.errors import APIError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    T = TypeVar("T")

__all__ = ["Retries", "retry_after", "retryable"]

_ATTEMPTS = 8
_LONGEST = 60.0  # seconds; the API may ask for more, but nobody looks on any longer
_BACKOFF = tenacity.wait_exponential(multiplier=0.5, max=7.5) + tenacity.wait_random(0, 0.5)
_ALWAYS = (408, 409, 429)
_NEVER = (400, 401, 402, 403, 404, 422)


def retryable(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal is worth another try.

    Parameters
    ----------
    status : int
        The HTTP status.
    headers : mapping
        By names in lower case. `x-should-retry` decides where the status leaves a doubt: what the
        client did wrong stays wrong.

    Examples
    --------
    >>> retryable(503, {}), retryable(503, {"x-should-retry": "false"}), retryable(404, {})
    (True, False, False)
    """
    if status in _NEVER:
        return False
    wish = headers.get("x-should-retry")
    return status in _ALWAYS or status >= 500 if wish is None else wish.lower() == "true"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks us to wait; None where it does not, or for a time gone by.

    Parameters
    ----------
    headers : mapping
        By names in lower case: `retry-after-ms`, or `retry-after` in seconds or as a date.

    Examples
    --------
    >>> retry_after({"retry-after": "2"}), retry_after({"retry-after-ms": "250"}), retry_after({})
    (2.0, 0.25, None)
    """
    waits = (
        _number(headers.get("retry-after-ms")) / 1000,
        _number(headers.get("retry-after")),
        _date(headers.get("retry-after")) - time.time(),
    )
    return next((wait for wait in waits if wait > 0), None)


class Retries:
    """Asks until there is an answer, or no use in asking.

    Threads may share it: when one of them is told that there are too many requests, all wait.

    Examples
    --------
    >>> Retries()(len, "question")
    8
    """

    def __init__(self) -> None:
        self._quiet_until = -math.inf
        self._retrying = tenacity.Retrying(
            sleep=_sleep,
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=self._wait,
            retry=tenacity.retry_if_exception(lambda error: getattr(error, "retryable", False)),
            reraise=True,
        )

    def __call__(self, ask: Callable[..., T], *question: Any) -> T:
        """Answer to the question, or the error of the last try.

        Parameters
        ----------
        ask : callable
            Asks once; its `APIError` tells whether and when to ask again.
        *question
            What `ask` takes.
        """
        answer: T = self._retrying(self._once, ask, *question)
        return answer

    def _once(self, ask: Callable[..., T], *question: Any) -> T:
        rest = self._quiet_until - time.monotonic()
        if rest > 0:
            _sleep(rest)
        return ask(*question)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        retry_after = error.retry_after if isinstance(error, APIError) else None
        seconds = _BACKOFF(state) if retry_after is None else min(retry_after, _LONGEST)
        if isinstance(error, RateLimitError):
            self._quiet_until = max(self._quiet_until, time.monotonic() + seconds)
        return seconds


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _date(text: str | None) -> float:
    """Seconds since 1970 of a date as HTTP writes it."""
    try:
        parts = email.utils.parsedate_tz(text or "")
        return email.utils.mktime_tz(parts) if parts else math.nan
    except (ValueError, OverflowError):
        return math.nan
