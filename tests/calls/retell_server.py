"""A false Retell on loopback: a real HTTP server that holds the truth and can misbehave.

``FakeRetell(made_up_calls(100))`` is a context manager. Ask its `url` with `KEY`; `asked` holds
every request that came, `calls` the truth, and `faults` what goes wrong with the next answers.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import operator
import random
import socket
import struct
import threading
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping

    Record: TypeAlias = dict[str, Any]

KEY = "key_sentinel_8d1f2b7c94e6a035"
"""The one key that the server takes, to be found nowhere but in the requests."""

ONLY_IN_GET_CALL = (
    "transcript",
    "transcript_object",
    "transcript_with_tool_calls",
    "pre_session_transcript_with_tool_calls",
    "post_session_transcript_with_tool_calls",
    "scrubbed_transcript_with_tool_calls",
    "scrubbed_pre_session_transcript_with_tool_calls",
    "scrubbed_post_session_transcript_with_tool_calls",
)
CONCURRENCY = {
    "current_concurrency": 3,
    "concurrency_limit": 30,
    "base_concurrency": 20,
    "purchased_concurrency": 10,
    "concurrency_purchase_limit": 100,
    "remaining_purchase_limit": 90,
    "concurrency_burst_enabled": False,
    "concurrency_burst_limit": 0,
    "reserved_inbound_concurrency": 5,
}
OWNER = {"api_key_name": "tests", "org_id": "org_1", "org_name": "Example"}


@dataclass
class Fault:
    """What is wrong with one answer; without any argument, nothing is."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Record | None = None  # in place of the true answer
    edit: Callable[[Record], Record] | None = None  # of the true answer
    cut: int | None = None  # hang up after so many bytes of the body
    reset: bool = False  # break the connection off before, or where it is cut
    stall: bool = False  # say nothing more until the client goes, before or where it is cut


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Refusal(Exception):  # noqa: N818 - it is an answer of the API, not a fault of ours
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class FakeRetell:
    """The API, as far as the client asks it.

    Parameters
    ----------
    calls : iterable of dict
        Records as `get-call` gives them.
    """

    def __init__(self, calls: Iterable[Record] = ()) -> None:
        self.calls = {call["call_id"]: call for call in calls}
        self.faults: deque[Fault] = deque()  # one for each request to come
        self.fault_of: Callable[[Asked], Fault | None] = lambda _asked: None  # when there is none
        self.asked: list[Asked] = []
        self.gzip = True
        self.closing = threading.Event()
        self._answers: dict[str, list[Record]] = {}
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        listener = self._server.socket
        self._server.socket = context.wrap_socket(listener, server_side=True)

    def put(self, *calls: Record) -> None:
        """Add calls, or new versions of calls."""
        with self._lock:
            self.calls.update({call["call_id"]: call for call in calls})
            self._answers.clear()

    def fault(self, asked: Asked) -> Fault:
        self.asked.append(asked)
        try:
            return self.faults.popleft()
        except IndexError:
            return self.fault_of(asked) or Fault()

    def answer(self, asked: Asked) -> Record:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            raise Refusal(401, "Invalid API key")
        start, _, call_id = asked.path.rpartition("/")
        match asked.method, start:
            case "GET", "/v2/get-call":
                return self._get(unquote(call_id))
            case "POST", "/v3":
                return self._list(asked.body or {})
            case "GET", "":
                return {"get-concurrency": CONCURRENCY, "get-api-key-info": OWNER}[call_id]
        raise Refusal(404, f"Cannot {asked.method} {asked.path}")

    def _get(self, call_id: str) -> Record:
        try:
            return self.calls[call_id]
        except KeyError:
            raise Refusal(404, f"Item {call_id} not found from call") from None

    def _list(self, question: Record) -> Record:
        unknown = set(question) - _QUESTION
        size, skip, key = (question.get(name) for name in ("limit", "skip", "pagination_key"))
        size = 50 if size is None else size
        if unknown or not 1 <= size <= 1000 or (skip and key):
            raise Refusal(400, f"body must be a valid request, not with {unknown or question}")
        order = question.get("sort_order", "descending")
        found = self._found(question.get("filter_criteria", {}), order)
        places = [_place(call, order) for call in found] if key else []
        first = bisect_right(places, json.loads(base64.b64decode(key))) if key else skip or 0
        items = found[first : first + size]
        page: Record = {
            "items": [
                {name: value for name, value in call.items() if name not in ONLY_IN_GET_CALL}
                for call in items
            ],
            "has_more": first + size < len(found),
        }
        if page["has_more"]:
            place = json.dumps(_place(items[-1], order)).encode()
            page["pagination_key"] = base64.b64encode(place).decode()
        if question.get("include_total"):
            page["total"] = len(found)
        return page

    def _found(self, filters: Record, order: str) -> list[Record]:
        """Calls that match, in order; kept until the calls change."""
        name = json.dumps([filters, order], sort_keys=True)
        with self._lock:
            if name not in self._answers:
                found = [call for call in self.calls.values() if matches(call, filters)]
                found.sort(key=lambda call: _place(call, order))
                self._answers[name] = found
            return self._answers[name]


def _place(call: Record, order: str) -> list[Any]:
    time = call.get("start_timestamp") or call.get("end_timestamp") or 0
    return [time if order == "ascending" else -time, call["call_id"]]


_OPS: dict[str, dict[str, Callable[[Any, Any], bool]]] = {
    "enum": {"in": lambda value, among: value in among},
    "boolean": {"eq": operator.eq},
    "range": {"bt": lambda value, ends: ends[0] <= value <= ends[1]},
    "string": {
        "eq": operator.eq,
        "ne": operator.ne,
        "sw": str.startswith,
        "ew": str.endswith,
        "co": operator.contains,
    },
    "number": {name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")},
}
_QUESTION = {
    "filter_criteria",
    "include_total",
    "limit",
    "pagination_key",
    "skip",
    "sort_order",
}
_PATHS = {
    "combined_cost": ("call_cost", "combined_cost"),
    "e2e_latency_p50": ("latency", "e2e", "p50"),
    "call_successful": ("call_analysis", "call_successful"),
    "in_voicemail": ("call_analysis", "in_voicemail"),
    "user_sentiment": ("call_analysis", "user_sentiment"),
}
_FIELDS = (
    "agent_tag",
    "batch_call_id",
    "call_id",
    "call_status",
    "call_type",
    "data_storage_setting",
    "direction",
    "disconnection_reason",
    "duration_ms",
    "end_timestamp",
    "from_number",
    "start_timestamp",
    "to_number",
)


def matches(call: Record, filters: Record) -> bool:
    """Whether all conditions hold; a condition on a value that is not there does not."""
    return all(_holds(call, name, condition) for name, condition in filters.items())


def _holds(call: Record, name: str, condition: Any) -> bool:
    if name == "agent":
        return any(
            call["agent_id"] == one["agent_id"]
            and (not one.get("version") or call["agent_version"] in one["version"])
            for one in condition
        )
    if name not in _PATHS and name not in _FIELDS:
        raise Refusal(400, f"filter_criteria must NOT have additional property {name}")
    try:
        holds = _OPS[condition["type"]][condition["op"]]
    except (KeyError, TypeError):
        raise Refusal(400, f"filter_criteria/{name} is not {condition!r}") from None
    value: Any = call
    for step in _PATHS.get(name, (name,)):
        value = value.get(step) if value else None
    return value is not None and holds(value, condition["value"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one go
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(self.rfile.read(length)) if length else None,
        )
        fault = self.server.retell.fault(asked)
        self._send(*self._answered(asked, fault), fault)

    do_POST = do_GET  # noqa: N815 - so http.server wants it

    def _answered(self, asked: Asked, fault: Fault) -> tuple[int, bytes]:
        if isinstance(fault.body, bytes):
            return fault.status, fault.body
        if fault.status >= 300 or fault.body is not None:
            refusal = {"status": "error", "message": f"made to fail with {fault.status}"}
            return fault.status, json.dumps(fault.body or refusal).encode()
        try:
            status, answer = 200, self.server.retell.answer(asked)
        except Refusal as refusal:
            status, answer = refusal.status, {"status": "error", "message": refusal.message}
        return status, json.dumps(fault.edit(answer) if fault.edit else answer).encode()

    def _send(self, status: int, body: bytes, fault: Fault) -> None:
        if fault.cut is None and (fault.reset or fault.stall):
            self._break_off(fault)
            return
        packed = self.server.retell.gzip and "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(body, 1) if packed else body
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        for name, value in fault.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: fault.cut])
        if fault.cut is not None:
            self.wfile.flush()
            self._break_off(fault)

    def _break_off(self, fault: Fault) -> None:
        self.close_connection = True
        if fault.stall:
            self.connection.settimeout(0.02)
            while not self.server.retell.closing.is_set():
                with contextlib.suppress(TimeoutError):
                    if not self.connection.recv(1):
                        return
        if fault.reset:  # lingering for no time at all sends a reset in place of a farewell
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def log_message(self, *_words: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them, and no socket outlives a test
    request_queue_size = 64

    def __init__(self, retell: FakeRetell) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.retell = retell
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        if linger == struct.pack("ii", 1, 0):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive."""
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away: tests make them do so."""


_ENDS = (
    ("user_hangup", "ended", 5),
    ("agent_hangup", "ended", 4),
    ("call_transfer", "ended", 1),
    ("voicemail_reached", "ended", 3),
    ("inactivity", "ended", 1),
    ("dial_no_answer", "not_connected", 3),
    ("dial_busy", "not_connected", 1),
    ("dial_failed", "not_connected", 2),
    ("invalid_destination", "not_connected", 1),
    ("error_llm_websocket_open", "error", 1),
    (None, "ongoing", 1),
)
_SPOKEN = "Hello, this is an example. \N{GREEK SMALL LETTER OMEGA}"


def made_up_calls(
    count: int, *, seed: int = 0, start: int = 1_772_323_200_000, every: int = 60_000
) -> list[Record]:
    """Records of calls, one for each `every` ms from `start`, as `get-call` gives them."""
    draw = random.Random(seed)  # noqa: S311 - made-up calls need no secrets
    return [_made_up(draw, place, start + place * every) for place in range(count)]


def _made_up(draw: random.Random, place: int, time: int) -> Record:
    reason, status, _ = draw.choices(_ENDS, [weight for *_, weight in _ENDS])[0]
    agent = draw.randrange(3)
    call: Record = {
        "call_id": f"call_{place:06d}{draw.getrandbits(64):016x}",
        "agent_id": f"agent_{agent}",
        "agent_name": f"Agent {agent}",
        "agent_version": draw.randrange(1, 4),
        "call_status": status,
        "data_storage_setting": "everything",
        **_line(draw),
    }
    if status == "ongoing":
        return {**call, "start_timestamp": time}
    seconds = 0 if status == "not_connected" else draw.randrange(1, 300)
    call |= {
        "disconnection_reason": reason,
        "end_timestamp": time + 1000 * seconds,
        "duration_ms": 1000 * seconds,
        "call_analysis": {
            "call_summary": "",
            "in_voicemail": reason == "voicemail_reached",
            "user_sentiment": draw.choice(["Positive", "Neutral", "Negative", "Unknown"]),
            "call_successful": status == "ended" and draw.random() < 0.7,
        },
    }
    return call if status == "not_connected" else {**call, **_talk(draw, time, seconds)}


def _line(draw: random.Random) -> Record:
    if draw.random() < 0.1:
        return {"call_type": "web_call", "access_token": f"token_{draw.getrandbits(32)}"}
    return {
        "call_type": "phone_call",
        "direction": draw.choice(["inbound", "outbound"]),
        "from_number": f"+1415555{draw.randrange(8):04d}",
        "to_number": draw.choice(["+4930123456", "+442079460123", "+14155550199"]),
        "telephony_identifier": {"twilio_call_sid": f"CA{draw.getrandbits(64):016x}"},
    }


def _talk(draw: random.Random, time: int, seconds: int) -> Record:
    latency = {rank: draw.randrange(300, 3000) for rank in ("p50", "p90", "p95", "p99")}
    word = {"word": _SPOKEN, "start": 0.1, "end": 1.0}
    return {
        "start_timestamp": time,
        "latency": {"e2e": {**latency, "min": 200, "max": 3500, "num": 4}},
        "call_cost": {
            "combined_cost": round(seconds * 0.12, 4),
            "total_duration_seconds": seconds,
            "total_duration_unit_price": 0.12,
            "product_costs": [{"product": "elevenlabs_tts", "cost": round(seconds * 0.12, 4)}],
        },
        "metadata": {"campaign": draw.choice(["spring", "autumn"])},
        "transcript": f"Agent: {_SPOKEN}",
        "transcript_object": [{"role": "agent", "content": _SPOKEN, "words": [word]}],
        "transcript_with_tool_calls": [{"role": "agent", "content": _SPOKEN, "words": [word]}],
    }
