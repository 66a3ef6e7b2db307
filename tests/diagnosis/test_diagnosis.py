"""One call explains itself: found anywhere, shown anywhere, whatever is in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import retell_nb as rn
from retell_nb.calls.api.client import Client
from retell_nb.calls.api.errors import AuthenticationError, NotFoundError
from retell_nb.calls.reading.one_call import TRANSCRIPTS
from retell_nb.calls.sample.talk import sample_call
from retell_nb.cli import main
from retell_nb.diagnosis.diagnosis import Diagnosis, diagnose
from tests.calls.retell_server import KEY, FakeRetell
from tests.conftest import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CALL = sample_call()
LISTED = {name: value for name, value in CALL.items() if name not in TRANSCRIPTS}


@pytest.fixture(scope="module")
def retell() -> Iterator[FakeRetell]:
    with FakeRetell([CALL]) as server:
        yield server


class Tags(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":  # the way to the call in the dashboard
            self.links.append(str(dict(attrs).get("href")))
            return
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


OURS = {"style", "div", "p", "bdi", "span", "h4", "small", "ul", "li", "br"}


def looks_harmless(found: Diagnosis) -> bool:
    page = Tags(found._repr_html_())
    ours = all(link.startswith("https://dashboard.retellai.com/") for link in page.links)
    return ours and page.tags <= OURS and page.attributes <= {"class", "style"}


def test_a_call_id_is_asked_for_at_the_api(retell: FakeRetell) -> None:
    """The client that is given fetches the record."""
    with Client(KEY, base_url=retell.url) as client:
        found = diagnose(CALL["call_id"], client=client)
    assert found.as_dict() == diagnose(CALL).as_dict()


def test_the_key_comes_from_the_environment(
    retell: FakeRetell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a client one is made, and without a key the error says where to put it."""
    monkeypatch.setenv("RETELL_BASE_URL", retell.url)
    monkeypatch.setenv("RETELL_API_KEY", KEY)
    assert rn.diagnose(CALL["call_id"]).facts.call_id == CALL["call_id"]
    monkeypatch.delenv("RETELL_API_KEY")
    with pytest.raises(AuthenticationError, match="RETELL_API_KEY"):
        rn.diagnose(CALL["call_id"])


def test_a_call_that_the_api_does_not_know_is_an_error_of_its_own(retell: FakeRetell) -> None:
    """It is told apart from other errors of the API."""
    with Client(KEY, base_url=retell.url) as client, pytest.raises(NotFoundError):
        diagnose("call_absent", client=client)


def test_none_is_no_call_of_the_api() -> None:
    """The API has many calls, so one must be named."""
    with pytest.raises(ValueError, match="Accepted are: a call id"):
        diagnose(None)


def test_a_source_is_also_what_the_call_is_compared_to(tmp_path: Path) -> None:
    """The calls beside it in a file give the median of the agent."""
    others = [{**LISTED, "call_id": f"call_{number}"} for number in range(25)]
    path = tmp_path / "calls.json"
    path.write_text(json.dumps([CALL, *others]))
    found = diagnose(CALL["call_id"], source=path)
    assert found.evidence["finding"].str.contains("25 other calls").sum() == 2
    assert found.timeline["who"].tolist() == diagnose(CALL).timeline["who"].tolist()


def test_a_call_of_list_calls_and_a_webhook_do_without_a_transcript() -> None:
    """What was said is not known, all else is the same."""
    listed = diagnose({"items": [LISTED]})
    hooked = diagnose({"event": "call_analyzed", "call": LISTED})
    assert listed.as_dict() == hooked.as_dict()
    assert "no transcript" in listed.evidence["kind"].tolist()
    assert listed.facts._replace(last_said=(), longest_silence=()) == diagnose(CALL).facts._replace(
        last_said=(), longest_silence=()
    )


def test_a_row_of_a_frame_is_a_call() -> None:
    """Any row of a frame of calls can be asked about, also a masked one."""
    calls = rn.sample_calls(300, seed=4)
    for frame in (calls, calls.retell.mask()):
        found = [diagnose(frame.iloc[place], calls=frame).facts for place in range(0, 300, 30)]
        assert [known.outcome for known in found] == list(frame.retell.outcome[::30])


def test_other_calls_must_be_a_frame() -> None:
    """A list of calls is refused with what to give instead."""
    with pytest.raises(ValueError, match="calls= is of type list"):
        diagnose(CALL, calls=[CALL])  # type: ignore[arg-type]


def test_a_dictionary_of_it_is_plain() -> None:
    """JSON can hold it, and holds all that is shown."""
    told = json.loads(json.dumps(diagnose(CALL, calls=rn.sample_calls(3_000)).as_dict()))
    assert told["when"] == "2026-03-11T14:55:22+00:00"
    assert told["duration"] == 74.6
    assert {item["grade"] for item in told["evidence"]} == {"observed", "classified", "unproven"}
    assert told["evidence"][0]["proof"] is None
    assert [item["who"] for item in told["last_said"]] == ["agent", "user"]


def test_plain_text_and_html_say_the_same() -> None:
    """Every finding, the owner, the remedy and the redial stand in both."""
    found = diagnose(CALL, calls=rn.sample_calls(3_000))
    plain = " ".join(str(found).split())
    page = re.sub(r"<[^>]*>", "", found._repr_html_())
    assert repr(found) == str(found)
    findings = found.evidence.loc[found.evidence["kind"] != "reason", "finding"]
    for words in (*findings, found.facts.remedy, found.facts.meaning, "+12025550143"):
        assert " ".join(words.split()) in plain
        assert words.replace("'", "&#x27;") in page


def test_the_picture_is_axes() -> None:
    """On the axes that are given, or on new ones."""
    _, ax = plt.subplots()
    assert diagnose(CALL).plot(ax) is ax
    assert isinstance(diagnose(LISTED).plot(), Axes)
    plt.close("all")


@pytest.mark.parametrize(
    "text", [*HOSTILE, "</style><b>", "\x1b]0;title\x07", "\ud800", "x" * 2**20]
)
def test_hostile_texts_stay_texts(text: str) -> None:
    """Wherever it stands in a record, it runs nowhere and blows nothing up."""
    items = [
        {"role": "agent", "content": text, "words": [{"start": 1, "end": 2}]},
        {"role": "tool_call_invocation", "tool_call_id": text, "name": text, "time_sec": 3},
        {"role": "tool_call_result", "tool_call_id": text, "successful": False, "content": text},
        {"role": "node_transition", "new_node_name": text, "time_sec": 4},
        {"role": text, "content": text, "time_sec": 5},
    ]
    fields = ("call_id", "agent_id", "agent_name", "from_number", "to_number", "call_status")
    record = dict.fromkeys((*fields, "disconnection_reason", "transfer_destination"), text)
    found = diagnose({**record, "transcript_with_tool_calls": items})
    assert looks_harmless(found)
    assert len(found._repr_html_()) < 20_000
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", str(found))
    found.plot().figure.canvas.draw()
    plt.close("all")
    json.dumps(found.as_dict())


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
ITEM = st.dictionaries(
    st.sampled_from(["role", "content", "words", "time_sec", "tool_call_id", "successful", "name"]),
    ANYTHING | st.sampled_from(["agent", "user", "tool_call_invocation", "tool_call_result"]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_record_with_an_id_is_diagnosed(data: st.DataObject) -> None:
    """Whatever its fields hold, there is a card, and it is harmless."""
    strange = st.dictionaries(st.sampled_from([*CALL]), ANYTHING, min_size=1, max_size=5)
    record: dict[str, Any] = CALL | data.draw(strange)
    record["transcript_with_tool_calls"] = data.draw(st.lists(ITEM, max_size=4) | ANYTHING)
    record["disconnection_reason"] = data.draw(st.sampled_from([*rn.REASONS.index]) | ANYTHING)
    found = diagnose(record, mask=data.draw(st.booleans()))
    assert looks_harmless(found)
    assert found.facts.outcome in rn.OUTCOMES.index
    assert str(found)


@pytest.mark.parametrize("reason", [*rn.REASONS.index, "a_reason_of_tomorrow", None])
def test_null_everywhere_is_a_call_too(reason: str | None) -> None:
    """A record whose other fields are all null has an outcome and a remedy."""
    record = {**dict.fromkeys(CALL), "disconnection_reason": reason}
    known = diagnose(record).facts
    assert known.remedy
    assert (known.outcome == "unknown") == (reason not in rn.REASONS.index)


def test_a_masked_diagnosis_shows_no_number_and_no_word() -> None:
    """Card, text, dictionary and timeline are without what was said."""
    found = diagnose(CALL, mask="all")
    shown = f"{found}{found._repr_html_()}{found.as_dict()}{found.timeline.to_string()}"
    for secret in ("2025550", "Tuesday", "Hello", "timed out", "another day"):
        assert secret not in shown
    assert "(hidden)" in shown
    own = str(diagnose(CALL, mask=True))  # which has to be acted on
    assert CALL["to_number"] in own
    assert CALL["from_number"] not in own


def test_a_broken_table_of_reasons_is_refused() -> None:
    """A table of one's own is checked as everywhere."""
    with pytest.raises(ValueError, match="lacks"):
        diagnose(CALL, reasons=pd.DataFrame({"reason": ["x"]}))


def test_a_diagnosis_is_light_until_it_is_drawn() -> None:
    """Neither the network nor pictures come in for a record at hand."""
    code = "import sys, retell_nb as rn; str(rn.diagnose({'call_id': 'c'})); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"httpx", "phonenumbers", "papermill"} & set(done.stdout.split())


def test_the_command_says_what_the_library_says(
    retell_nb: Callable[..., subprocess.CompletedProcess[str]],
    retell: FakeRetell,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Plain text on the terminal, or JSON; the key is only in the environment."""
    monkeypatch.setenv("RETELL_BASE_URL", retell.url)
    monkeypatch.setenv("RETELL_API_KEY", KEY)
    run = retell_nb("call", CALL["call_id"], folder=tmp_path)
    assert (run.returncode, run.stdout) == (0, f"{diagnose(CALL)}\n")
    said = CliRunner().invoke(main, ["call", CALL["call_id"], "--json", "--mask"])
    assert json.loads(said.stdout)["last_said"][0]["text"] == "(hidden)"


@pytest.mark.parametrize(
    ("words", "keyed", "why"),
    [
        (["call_absent"], True, "404"),
        (["x", "--source", "absent.json"], True, "there is no file"),
        (["x", "--source", "sample"], True, "there is no call 'x'"),
        (["call_absent"], False, "RETELL_API_KEY"),
    ],
)
def test_the_command_fails_where_there_is_no_such_call(
    words: list[str],
    keyed: bool,  # noqa: FBT001 - a parameter of the test
    why: str,
    retell: FakeRetell,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """The exit code is not 0 and one line says why, without the key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETELL_BASE_URL", retell.url)
    monkeypatch.delenv("RETELL_API_KEY", raising=False)
    if keyed:
        monkeypatch.setenv("RETELL_API_KEY", KEY)
    with pytest.raises(SystemExit) as end:
        main(["call", *words])
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (1, "")
    assert why in said.err
    assert said.err.count("\n") == 1
    assert KEY not in said.err


def test_the_notebook_shows_the_made_up_call(run_here: Callable[..., Any]) -> None:
    """By default it needs no key and no file, and hides what was said."""
    shown = json.dumps(run_here("call_detail"))
    assert "A suspected stall" in shown
    assert "Tuesday" not in shown


def test_the_notebook_finds_a_call_in_a_file_without_a_transcript(
    run_here: Callable[..., Any], tmp_path: Path
) -> None:
    """A file of list-calls gives a calm page."""
    (tmp_path / "page.json").write_text(json.dumps({"items": [LISTED]}))
    shown = run_here("call_detail", source="page.json", call_id=LISTED["call_id"], mask=False)
    assert "The record holds no transcript" in json.dumps(shown)
    assert "+12025550143" in json.dumps(shown)
