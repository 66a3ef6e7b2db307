"""The client against a real server on loopback, with the official SDK as the judge."""

from __future__ import annotations

import getpass
import gzip
import logging
import os
import shutil
import ssl
import subprocess
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from retell import Retell
from retell_server import (
    CONCURRENCY,
    KEY,
    ONLY_IN_GET_CALL,
    OWNER,
    FakeRetell,
    Fault,
    made_up_calls,
)

from retell_nb.calls.api import retries
from retell_nb.calls.api.client import Client
from retell_nb.calls.api.errors import (
    APIError,
    AuthenticationError,
    NotFoundError,
    PaginationError,
    RateLimitError,
    RetellError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIRST = made_up_calls(1)[0]["call_id"]

FAULTS = {
    "reset": Fault(reset=True),
    "silence": Fault(stall=True),
    "cut": Fault(cut=20),
    "cut at once": Fault(cut=0),
    "reset within": Fault(cut=20, reset=True),
    "slow body": Fault(cut=20, stall=True),
    "nothing": Fault(body=b""),
    "half": Fault(body=b'{"call_id": "call_0'),
    "not text": Fault(body=b'{"call_id": "\xff\xfe"}'),
    "a page of a proxy": Fault(body=b"<html>Welcome</html>"),
    "too deep": Fault(body=b"[" * 200_000),
    "half of a gzip": Fault(
        body=gzip.compress(b'{"call_id": "call_0"}' * 9)[:30], headers={"Content-Encoding": "gzip"}
    ),
    "no gzip": Fault(body=b"{}", headers={"Content-Encoding": "gzip"}),
    "500": Fault(status=500),
    "429": Fault(status=429, headers={"Retry-After": "3"}),
    "409": Fault(status=409),
    "418 with a wish": Fault(status=418, headers={"X-Should-Retry": "true"}),
}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses before another try, which are not waited for."""
    slept: list[float] = []
    clock = SimpleNamespace(now=0.0, time=lambda: clock.now, monotonic=lambda: clock.now)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    clock.sleep = sleep
    monkeypatch.setattr(retries, "time", clock)
    return slept


@pytest.fixture
def client(retell: FakeRetell, slept: list[float]) -> Iterator[Client]:
    """Client of the server, which does not wait between tries."""
    assert retell.asked == slept == []
    with Client() as client:
        yield client


def patience(fault: Fault) -> float:
    """Seconds to wait for an answer: none to speak of where none will come."""
    return 1 if fault.stall else 60


def listed(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{n: v for n, v in call.items() if n not in ONLY_IN_GET_CALL} for call in calls]


def test_every_answer_of_the_test_server_is_one_to_the_sdk(retell: FakeRetell) -> None:
    """The server that judges us is judged: the SDK's models take all it says, word for word."""
    with Retell(api_key=KEY, base_url=retell.url, _strict_response_validation=True) as sdk:
        page = sdk.call.list(limit=1000, include_total=True, sort_order="ascending")
        assert [item.to_dict() for item in page.items] == listed(list(retell.calls.values()))
        assert page.total == len(retell.calls)
        for call_id, call in retell.calls.items():
            assert sdk.call.retrieve(call_id).to_dict() == call
        assert sdk.concurrency.retrieve().to_dict() == CONCURRENCY
        assert sdk.identity.retrieve().to_dict() == OWNER


def test_one_call_is_as_the_sdk_gets_it(retell: FakeRetell, client: Client) -> None:
    """A call comes whole, asked for as the SDK asks."""
    with Retell(api_key=KEY, base_url=retell.url) as sdk:
        assert client.get_call(FIRST) == sdk.call.retrieve(FIRST).to_dict() == retell.calls[FIRST]
    ours, theirs = retell.asked
    assert (ours.method, ours.path, ours.body) == (theirs.method, theirs.path, theirs.body)


def test_a_list_is_as_the_sdk_gets_it(retell: FakeRetell, client: Client) -> None:
    """The calls of several pages are the truth, and each page is asked for as the SDK would."""
    retell.put(*made_up_calls(2500, seed=1))
    calls = client.list_calls(include_total=True)
    found = list(calls)
    ours = retell.asked.copy()
    with Retell(api_key=KEY, base_url=retell.url) as sdk:
        theirs = [sdk.call.list(limit=1000, sort_order="ascending", include_total=True)]
        while theirs[-1].pagination_key:
            key = theirs[-1].pagination_key
            theirs.append(sdk.call.list(limit=1000, sort_order="ascending", pagination_key=key))
    assert found == [item.to_dict() for page in theirs for item in page.items]
    assert {call["call_id"] for call in found} == set(retell.calls)
    assert calls.total == len(found) == len(retell.calls)
    assert [asked.body for asked in ours] == [asked.body for asked in retell.asked[len(ours) :]]


def test_a_list_is_filtered_sorted_and_cut_by_the_server(client: Client) -> None:
    """What was asked for is what comes."""
    calls = list(client.list_calls(direction="outbound", sort_order="descending", limit=5))
    assert [call["direction"] for call in calls] == ["outbound"] * 5
    starts = [call.get("start_timestamp", call.get("end_timestamp")) for call in calls]
    assert starts == sorted(starts, reverse=True)


def test_unconnected_calls_are_found_by_their_end(retell: FakeRetell, client: Client) -> None:
    """A filter on the end finds the calls without a start, which one on the start loses."""
    unconnected = {
        call["call_id"]
        for call in retell.calls.values()
        if "start_timestamp" not in call and "end_timestamp" in call
    }
    by_end = {call["call_id"] for call in client.list_calls(end_timestamp=("2026-01-01", None))}
    by_start = {call["call_id"] for call in client.list_calls(start_timestamp=("2026-01-01", None))}
    assert unconnected
    assert unconnected <= by_end
    assert not unconnected & by_start


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "dial_failed"}, {"sort_order": "up"}, {"limit": -1}, {"duration_ms": "soon"}],
)
def test_a_wrong_question_is_refused_before_it_is_asked(
    retell: FakeRetell, client: Client, wrong: dict[str, Any]
) -> None:
    """The error comes with the question, not with the first call."""
    with pytest.raises(ValueError, match=r"reason|up|-1|soon"):
        client.list_calls(**wrong)
    assert retell.asked == []


def test_concurrency_and_the_owner_of_the_key(client: Client) -> None:
    """Both come as the API gives them."""
    assert client.get_concurrency() == CONCURRENCY
    assert client.check_key() == OWNER


@pytest.mark.parametrize("zipped", [True, False])
def test_answers_come_packed_and_unpacked(
    retell: FakeRetell, client: Client, zipped: object
) -> None:
    """The client asks for gzip, and reads both."""
    retell.gzip = bool(zipped)
    assert client.get_call(FIRST) == retell.calls[FIRST]
    assert "gzip" in retell.asked[0].headers["accept-encoding"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_passes_is_not_noticed(
    retell: FakeRetell, slept: list[float], fault: Fault
) -> None:
    """After two broken answers and two pauses comes the truth."""
    retell.gzip = "Content-Encoding" not in fault.headers
    retell.faults.extend([fault, fault])
    with Client(timeout=patience(fault)) as client:
        assert client.get_call(FIRST) == retell.calls[FIRST]
    assert len(slept) >= 2
    assert not retell.faults


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_stays_is_an_error_without_the_key(
    retell: FakeRetell, slept: list[float], fault: Fault
) -> None:
    """After eight tries there is an error that says what was asked for, and shows no key."""
    retell.gzip = "Content-Encoding" not in fault.headers
    retell.fault_of = lambda _asked: fault
    client = Client(timeout=0.05 if fault.stall else 60)
    with client, pytest.raises(APIError, match="GET /v2/get-call") as told:
        client.get_call(FIRST)
    assert len(slept) == 7
    assert_no_key(told.value)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_call_is_lost_between_faults(
    retell: FakeRetell, slept: list[float], fault: Fault
) -> None:
    """A list whose every second answer is broken is whole all the same, and nothing comes twice."""
    retell.put(*made_up_calls(1200, seed=1))
    retell.gzip = "Content-Encoding" not in fault.headers
    retell.fault_of = lambda _asked: fault if len(retell.asked) % 2 else None
    with Client(timeout=patience(fault)) as client:
        found = [call["call_id"] for call in client.list_calls()]
    assert sorted(found) == sorted(retell.calls)
    assert len(slept) >= 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, APIError),
        (401, AuthenticationError),
        (402, APIError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (422, APIError),
    ],
)
def test_a_refusal_is_an_error_at_once(
    retell: FakeRetell, client: Client, status: int, kind: type[APIError]
) -> None:
    """It holds the status, the words of the API and the id that its support asks for."""
    headers = {"X-Request-Id": "req_7", "X-Should-Retry": "true"}
    retell.faults.append(Fault(status=status, headers=headers))
    with pytest.raises(kind, match=rf"{status} made to fail .*\(request req_7\)") as told:
        client.get_concurrency()
    assert type(told.value) is kind
    assert (told.value.status, told.value.request_id) == (status, "req_7")
    assert told.value.message == f"made to fail with {status}"
    assert len(retell.asked) == 1
    assert_no_key(told.value)


def test_too_many_requests_for_too_long(
    retell: FakeRetell, client: Client, slept: list[float]
) -> None:
    """A 429 that stays is an error of its own, after the pauses that it asked for."""
    retell.fault_of = lambda _asked: Fault(status=429, headers={"retry-after-ms": "1500"})
    with pytest.raises(RateLimitError, match="429"):
        client.get_concurrency()
    assert slept == [1.5] * 7


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"Bad Gateway", "Bad Gateway"),
        (b"", "Gone"),
        (b"[1]", r"\[1\]"),
        (b'{"error_message": "no\\n more"}', "no more"),
        (b'{"message": null, "error": {"code": 5}}', "{'code': 5}"),
        (b"x" * 5000, "x{300}"),
    ],
)
def test_any_refusal_can_be_told(
    retell: FakeRetell, client: Client, body: bytes, told: str
) -> None:
    """Whatever the body of a refusal is, the error has a short message."""
    retell.faults.append(Fault(status=410, body=body))
    with pytest.raises(APIError, match=f"410 {told}") as error:
        client.get_concurrency()
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"call"'])
def test_an_answer_that_is_no_object_is_an_error(
    retell: FakeRetell, client: Client, body: bytes
) -> None:
    """JSON that is not what the API promises is not passed on."""
    retell.faults.append(Fault(body=body))
    with pytest.raises(APIError, match="no object"):
        client.get_call(FIRST)


def test_more_calls_without_a_key(retell: FakeRetell, client: Client) -> None:
    """A list that cannot be gone on with is an error, and the calls before it are there."""
    retell.faults.append(Fault(edit=lambda page: {**page, "has_more": True}))
    calls = client.list_calls()
    assert len([next(calls) for _ in retell.calls]) == 60
    with pytest.raises(PaginationError):
        next(calls)


@pytest.mark.parametrize(
    ("call_id", "path"),
    [
        ("../get-concurrency", "/v2/get-call/..%2Fget-concurrency"),
        ("../../get-concurrency", "/v2/get-call/..%2F..%2Fget-concurrency"),
        ("a?limit=1#top", "/v2/get-call/a%3Flimit%3D1%23top"),
        ("%2e%2e", "/v2/get-call/%252e%252e"),
        ("a b\r\nX: y", "/v2/get-call/a%20b%0D%0AX%3A%20y"),
        ("é", "/v2/get-call/%C3%A9"),
    ],
)
def test_an_id_reaches_nothing_else(
    retell: FakeRetell, client: Client, call_id: str, path: str
) -> None:
    """Whatever is in an id, it is one segment of one path."""
    with pytest.raises(NotFoundError):
        client.get_call(call_id)
    assert [asked.path for asked in retell.asked] == [path]


@pytest.mark.parametrize("call_id", ["", ".", ".."])
def test_an_id_that_cannot_be_escaped_is_refused(
    retell: FakeRetell, client: Client, call_id: str
) -> None:
    """The dots of a path cannot be written otherwise, so they are no id."""
    with pytest.raises(ValueError, match="not a call id"):
        client.get_call(call_id)
    assert retell.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_does_not_follow_a_redirection(
    retell: FakeRetell, client: Client, status: int
) -> None:
    """Another host sees nothing; the error says where the trouble is."""
    with FakeRetell() as other:
        there = {"Location": f"{other.url}/v3/list-calls"}
        retell.faults.append(Fault(status=status, headers=there))
        with pytest.raises(APIError, match="check the base URL"):
            next(client.list_calls())
        assert other.asked == []


def test_threads_may_share_a_client(retell: FakeRetell, client: Client) -> None:
    """Each gets its own answer, between faults too."""
    retell.faults.extend([Fault(status=500), Fault(), Fault(cut=3), Fault(status=429)])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(client.get_call, retell.calls))
    assert found == list(retell.calls.values())


# --- The key -------------------------------------------------------------------------------------


def assert_no_key(error: BaseException) -> None:
    """Neither the error, nor what led to it, nor any variable on the way shows the key."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = "".join(told.format())
    assert KEY not in text + repr(error) + str(vars(error))
    assert error.__context__ is None
    assert "Error" in text


def test_the_key_is_in_no_log_and_no_repr(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """With all logs on, nothing of what is said or shown holds the key."""
    with caplog.at_level(logging.DEBUG):
        client.get_call(FIRST)
    assert "/v2/get-call" in caplog.text
    shown = [repr(client), str(client), str(vars(client)), *capfd.readouterr(), caplog.text]
    assert KEY not in "".join(shown)
    assert repr(client) == "<Client of 127.0.0.1>"


def test_a_key_that_the_api_quotes_is_taken_out(retell: FakeRetell, client: Client) -> None:
    """An error does not pass on the key, should the server tell it."""
    retell.faults.append(
        Fault(
            status=401,
            body={"message": f"Invalid API key {KEY}."},
            headers={"X-Request-Id": f"req of {KEY}"},
        )
    )
    with pytest.raises(AuthenticationError, match=r"Invalid API key \[key\]") as told:
        client.get_concurrency()
    assert_no_key(told.value)


@pytest.mark.parametrize(
    "fail",
    [
        lambda: Client(KEY + "\n" + KEY),
        lambda: Client(KEY + "\N{RIGHT DOUBLE QUOTATION MARK}"),
        lambda: Client(KEY, base_url="ftp://example.org"),
    ],
)
def test_a_client_that_cannot_be_made_shows_no_key(fail: Callable[[], Client]) -> None:
    """Not even the traceback with all variables does."""
    with pytest.raises((RetellError, ValueError)) as told:
        fail()
    assert_no_key(told.value)


def test_the_key_may_be_given_or_set(retell: FakeRetell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument goes before the environment; blanks around a copied key are no harm."""
    with Client() as client:
        client.check_key()
    monkeypatch.setenv("RETELL_API_KEY", "key_other")
    with Client(f" {KEY}\n") as client:
        client.check_key()
    with Client() as client, pytest.raises(AuthenticationError, match="RETELL_API_KEY"):
        client.check_key()
    assert [asked.headers["authorization"] for asked in retell.asked] == [
        f"Bearer {KEY}",
        f"Bearer {KEY}",
        "Bearer key_other",
    ]


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_there_is_no_client(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    """The error says where a key can come from."""
    monkeypatch.delenv("RETELL_API_KEY", raising=False)
    with pytest.raises(AuthenticationError, match=r"RETELL_API_KEY.*Client\.ask"):
        Client(key)


def test_the_key_may_be_asked_for(retell: FakeRetell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is typed in unseen; the environment is not asked."""
    monkeypatch.delenv("RETELL_API_KEY")
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: KEY)
    with Client.ask(timeout=5) as client:
        assert client.check_key() == OWNER
    assert len(retell.asked) == 1


# --- Where the key may travel --------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://api.retellai.com",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "http://10.0.0.1:8080/retell",
    ],
)
def test_the_key_does_not_travel_unencrypted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Plain HTTP is for this machine only, from the argument and from the environment."""
    with pytest.raises(ValueError, match=r"unencrypted|base URL"):
        Client(KEY, base_url=url)
    monkeypatch.setenv("RETELL_BASE_URL", url)
    with pytest.raises(ValueError, match=r"unencrypted|base URL"):
        Client(KEY)


@pytest.mark.parametrize(
    "url",
    ["api.retellai.com", "https:///v2", "file:///tmp", "https://a b", KEY],
    ids=["no scheme", "no host", "a file", "a blank", "a key"],
)
def test_a_base_url_must_be_one(url: str) -> None:
    """What is no address of a server is an error that shows the form, and not what was given."""
    with pytest.raises(ValueError, match="not like https://host") as told:
        Client(KEY, base_url=url)
    assert url not in str(told.value)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        (None, "https://api.retellai.com/get-concurrency"),
        (
            "https://proxy.example.org:8443/retell/",
            "https://proxy.example.org:8443/retell/get-concurrency",
        ),
        ("http://localhost:1", "http://localhost:1/get-concurrency"),
        ("http://[::1]:1", "http://[::1]:1/get-concurrency"),
    ],
)
def test_requests_go_below_the_base_url(
    monkeypatch: pytest.MonkeyPatch, base: str | None, url: str
) -> None:
    """Without one they go to Retell, over TLS."""
    monkeypatch.delenv("RETELL_BASE_URL", raising=False)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={})

    with Client(KEY, base_url=base, transport=httpx.MockTransport(answer)) as client:
        client.get_concurrency()
    assert asked == [url]


@pytest.mark.skipif(
    not (shutil.which("openssl") or os.environ.get("CI")), reason="a certificate has to be made"
)
def test_a_server_that_proves_nothing_gets_no_key(
    tmp_path: Path, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of nobody's is not taken, and no variable of the environment changes that."""
    for name in ("PYTHONHTTPSVERIFY", "CURL_SSL_NO_VERIFY", "SSL_VERIFY", "HTTPX_VERIFY"):
        monkeypatch.setenv(name, "0")
    paths = [str(tmp_path / name) for name in ("key.pem", "certificate.pem")]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject]
    subprocess.run([*make, "-keyout", paths[0], "-out", paths[1]], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paths[1], paths[0])
    with FakeRetell() as retell:
        retell.wrap(context)
        url = retell.url.replace("http:", "https:")
        with Client(KEY, base_url=url) as client, pytest.raises(APIError, match="no answer: "):
            client.get_concurrency()
        assert retell.asked == []
        assert len(slept) == 7
        trusting = ssl.create_default_context(cafile=paths[1])
        transport = httpx.HTTPTransport(verify=trusting)
        with Client(KEY, base_url=url, transport=transport) as client:
            assert client.get_concurrency() == CONCURRENCY


def test_a_closed_client_leaves_nothing_behind(retell: FakeRetell) -> None:
    """The connections of a client end with it."""
    threads = threading.active_count()
    with Client() as client:
        client.get_concurrency()
        assert threading.active_count() == threads + 1
    with pytest.raises(RuntimeError, match="closed"):
        client.get_concurrency()
    assert len(retell.asked) == 1
