"""The thin client of Retell's API: dicts in, dicts out.

This file alone knows httpx. One object holds the key, and nothing writes it. Errors are raised
outside of handlers, as those of httpx lead back to the request and its headers.
"""

from __future__ import annotations

import functools
import getpass
import os
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import quote

import httpx

from retell_nb.calls.api import paging
from retell_nb.calls.api.answers import UNREADABLE, message, outlined, parsed, safe_url
from retell_nb.calls.api.errors import APIError, refused, unanswered
from retell_nb.calls.api.filters import question
from retell_nb.calls.api.keys import Key
from retell_nb.calls.api.retries import Retries, retry_after, retryable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    Reader: TypeAlias = Callable[[httpx.Response], Any]
    Record: TypeAlias = dict[str, Any]

__all__ = ["Client"]

_BASE_URL = "https://api.retellai.com"
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_REQUEST_IDS = ("x-request-id", "request-id", "cf-ray")


class Client:
    """Client of Retell's API, which asks again where that may help.

    Connection errors, time-outs, answers that are not JSON and the statuses 408, 409, 429 and from
    500 on are tried eight times in all: after the pause that the API asks for (of at most a
    minute), else after half a second that doubles up to eight. Threads may share a client; a 429
    makes all of them pause.

    Parameters
    ----------
    api_key : str, optional
        By default the environment's RETELL_API_KEY.
    base_url : str, optional
        By default the environment's RETELL_BASE_URL, else Retell's own. It must be https, except
        on this machine or with a transport of your own.
    timeout : float
        Seconds to wait for the next bytes of an answer; for a connection at most five.
    transport : httpx.BaseTransport, optional
        In place of the network, for tests.

    Raises
    ------
    AuthenticationError
        If there is no key, or it cannot be one.
    ValueError
        If the base URL is none, or the key would travel unencrypted.

    Examples
    --------
    >>> answer = httpx.Response(200, json={"call_id": "call_1", "call_status": "ended"})
    >>> with Client("key", transport=httpx.MockTransport(lambda request: answer)) as retell:
    ...     retell.get_call("call_1")["call_status"]
    'ended'
    """

    _host = "no host yet"  # a traceback may show a client that could not be made

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 60,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._key = Key(api_key)
        del api_key  # a traceback that shows variables shall not show it
        self._key.check()
        url = safe_url(base_url or os.environ.get("RETELL_BASE_URL") or _BASE_URL, transport)
        self._host = httpx.URL(url).host
        self._retries = Retries()
        self._http = httpx.Client(
            auth=self._key,
            base_url=url,
            headers={"User-Agent": "retell_nb"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5)),
            transport=transport,
            verify=_trust(*map(os.environ.get, _CERTIFICATES)),
            follow_redirects=False,  # the key is for this host and no other
        )

    @classmethod
    def ask(cls, **settings: Any) -> Self:
        """Client whose key is typed in unseen, so that no notebook holds it.

        Parameters
        ----------
        **settings
            As for `Client`.

        Examples
        --------
        >>> from unittest.mock import patch
        >>> with patch("getpass.getpass", return_value="key"):
        ...     Client.ask().close()
        """
        return cls(getpass.getpass("Retell API key: "), **settings)

    def get_call(self, call_id: str) -> Record:
        """Record of one call, with its transcript.

        Raises
        ------
        NotFoundError
            If there is no such call.

        Examples
        --------
        >>> answer = httpx.Response(200, json={"call_id": "call_1"})
        >>> retell = Client("key", transport=httpx.MockTransport(lambda request: answer))
        >>> retell.get_call("call_1")["call_id"]
        'call_1'
        """
        if call_id in ("", ".", ".."):
            raise ValueError(f"{call_id!r} is not a call id; one looks like 'call_…'")
        return self._record("GET", f"/v2/get-call/{quote(call_id, safe='')}")

    def list_calls(
        self,
        *,
        limit: int | None = None,
        sort_order: str = "ascending",
        include_total: bool = False,
        **filters: Any,
    ) -> paging.Calls:
        """Records of all calls that match, without transcripts, fetched page by page.

        Calls that never connected may have no start. To get all calls of a period, filter by
        `end_timestamp`.

        Parameters
        ----------
        limit : int, optional
            The most calls to fetch; by default all.
        sort_order : str
            `ascending` or `descending`, by start.
        include_total : bool
            Ask how many match; `total` of the result tells it after the first page.
        **filters
            By the API's names, in plain Python, as `filters.criteria` reads them:
            ``disconnection_reason=["dial_failed"]``, ``end_timestamp=("2026-03-01", None)``,
            ``duration_ms=(0, 10_000)``, ``agent="agent_…"``.

        Returns
        -------
        Calls
            An iterator of dicts.

        Raises
        ------
        ValueError
            If a filter or its value is not known; the message lists what is.
        PaginationError
            While iterating, if the pages do not come to an end.

        Examples
        --------
        >>> answer = httpx.Response(200, json={"items": [{"call_id": "call_1"}], "has_more": False})
        >>> retell = Client("key", transport=httpx.MockTransport(lambda request: answer))
        >>> [call["call_id"] for call in retell.list_calls(duration_ms=(0, 10_000))]
        ['call_1']
        """
        body = question(filters, sort_order=sort_order, include_total=include_total)
        return paging.Calls(paging.pages(self._page, body, paging.check_limit(limit)))

    def list_pages(self, **filters: Any) -> paging.Calls:
        """Pages of `list_calls` as they came, for who decodes them alone: ids and bytes only.

        Each of `pages` holds the answer as `content`; its `items` tell no more than their ids. How
        many calls match is asked for.

        Examples
        --------
        >>> answer = httpx.Response(200, json={"items": [{"call_id": "call_1", "mood": "fine"}]})
        >>> retell = Client("key", transport=httpx.MockTransport(lambda request: answer))
        >>> next(retell.list_pages().pages)["items"]
        [{'call_id': 'call_1'}]
        """
        return paging.Calls(paging.pages(self._outline, question(filters, include_total=True)))

    def get_concurrency(self) -> Record:
        """Calls that run now, and how many may: `current_concurrency`, `concurrency_limit`.

        Examples
        --------
        >>> answer = httpx.Response(200, json={"current_concurrency": 7})
        >>> retell = Client("key", transport=httpx.MockTransport(lambda request: answer))
        >>> retell.get_concurrency()["current_concurrency"]
        7
        """
        return self._record("GET", "/get-concurrency")

    def check_key(self) -> Record:
        """Name of the key, and of the organisation that it belongs to.

        Raises
        ------
        AuthenticationError
            If the API does not take the key.

        Examples
        --------
        >>> answer = httpx.Response(200, json={"api_key_name": "mine"})
        >>> retell = Client("key", transport=httpx.MockTransport(lambda request: answer))
        >>> retell.check_key()["api_key_name"]
        'mine'
        """
        return self._record("GET", "/get-api-key-info")

    def close(self) -> None:
        """Close all connections.

        Examples
        --------
        >>> Client("key").close()
        """
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self._host}>"

    def _page(self, body: Record) -> Record:
        return self._record("POST", "/v3/list-calls", body)

    def _outline(self, body: Record) -> Record:
        return self._record("POST", "/v3/list-calls", body, outlined)

    def _record(
        self, method: str, path: str, body: Record | None = None, read: Reader = parsed
    ) -> Record:
        """Answer to a request, after as many tries as it takes."""
        answer = self._retries(self._try, method, path, body, read)
        if not isinstance(answer, dict):
            raise APIError(f"{method} {path}: the answer is no object, but {type(answer).__name__}")
        return answer

    def _try(self, method: str, path: str, body: Record | None, read: Reader) -> Any:
        request = f"{method} {path}"
        response = self._sent(method, path, body)
        if isinstance(response, str):
            raise unanswered(request, response)
        if not response.is_success:
            raise self._refusal(response, request)
        answer = read(response)
        if answer is UNREADABLE:
            raise unanswered(request, "the answer is not JSON", response.status_code)
        return answer

    def _sent(self, method: str, path: str, body: Record | None) -> httpx.Response | str:
        """Answer of the server, or why there is none."""
        try:
            return self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            return self._key.hidden(f"no answer: {type(error).__name__} {error}".strip())

    def _refusal(self, response: httpx.Response, request: str) -> APIError:
        headers = {name: self._key.hidden(value) for name, value in response.headers.items()}
        request_id = next((headers[name] for name in _REQUEST_IDS if name in headers), None)
        text = self._key.hidden(message(response))[:300]
        error = refused(request, response.status_code, text, request_id)
        error.retryable = retryable(response.status_code, headers)
        error.retry_after = retry_after(headers)
        return error


@functools.cache
def _trust(*_: str | None) -> ssl.SSLContext:
    """Certificates that are trusted, by what the environment says of them.

    They are read once: that takes most of the time that a client takes to be made.
    """
    return httpx.create_ssl_context()
