"""`retell-nb check`, as cron and CI run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import retell_nb as rn
from retell_nb.calls.api import retries
from retell_nb.check.grammar import USAGE, parse
from retell_nb.check.rules import as_rules
from retell_nb.selection import loading
from tests.calls.retell_server import KEY, FakeRetell, Fault, made_up_calls
from tests.check.made import Run, calls_of, run

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


@pytest.fixture
def sick(tmp_path: Path) -> Path:
    """An export whose last day has many failures of an agent with a hostile name."""
    calls = calls_of(3, {"agent_1": [2] * 3, "agent_2": [2, 2, 40]})
    name = "\x1b[2J\x07Evil\nquiet, call +44 20 7946 0958"
    calls["agent_name"] = calls["agent_name"].replace("Agent 2", name)
    path = tmp_path / "export.csv"
    calls.to_csv(path, index=False)
    return path


def check(*words: object) -> Run:
    return run("check", *words)


def test_exit_codes_are_those_of_the_verdict(
    retell_nb: Callable[..., Any], sick: Path, tmp_path: Path
) -> None:
    """Quiet, an incident, nobody can say, and all of these; so of the installed command, too."""
    cannot, incident, quiet = ("rate(failed) > 0.22", "rate(failed) > 0.1", "rate(failed) > 0.5")
    codes = {(quiet,): 0, (incident,): 1, (cannot,): 4, (cannot, incident, quiet): 1}
    for rules, code in codes.items():
        words = [word for rule in rules for word in ("--rule", rule)]
        done = check(sick, *words)
        assert done.exit_code == code, done.stderr
        assert done.stdout.count("\n") == (incident in rules)
        assert ("cannot say" in done.stderr) == (cannot in rules)
    assert retell_nb("check", sick.name, "--rule", incident, folder=tmp_path).returncode == 1


def test_a_line_for_each_incident_in_plain_text(sick: Path) -> None:
    """Whatever an agent is called; the number of somebody else is a pseudonym."""
    words = ("--rule", "rate(failed, by=agent) > 0.2", "--rule", "explain")
    done = check(sick, *words)
    lines = done.stdout.splitlines()
    assert (done.exit_code, len(lines)) == (1, 2)
    assert all(line.isprintable() for line in lines)
    assert lines[0].startswith("rate(failed, by=agent) > 0.2: agent [2JEvil quiet, call GB-")
    assert "7946" not in done.stdout + done.stderr
    assert "7946" in check(sick, *words, "--no-mask").stdout


def test_wrong_usage_is_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is 2; no source is opened, and no state is made."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the source was read")

    monkeypatch.setattr(loading, "load_calls", refuse)
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")
    cases = {
        (): "there is no rule to check",
        ("--rule", "rate(faild) > 0.1"): "Did you mean 'failed'",
        ("--rule", "silence", "--rule", "rat(failed) > 1"): "Did you mean 'rate'",
        ("--rule", "silence", "--last", "24"): "with its unit, such as 24h",
        ("--rule", "silence", "--baseline", "x"): "not a length of time",
        ("--rule", "silence", "--now", "soon"): "now='soon' is not a time",
        ("--rule", "silence", "--tz", "Mars"): "Mars",
        ("--rules", tmp_path / "none.toml"): "cannot be read",
        ("--rule", "silence", "--state", damaged): "is damaged",
        ("--rule", "silence", "--state", tmp_path / "no" / "s.json"): "cannot be written",
        ("--rule", "silence", "--self-test", "failed"): "is no fault to plant",
        ("--rule", "silence", "--trials", "0"): "trials is 0",
    }
    for words, message in cases.items():
        done = check("export.csv", *words)
        assert (done.exit_code, message in done.stderr) == (2, True), (words, done.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.json"]


def test_what_the_calls_lack_is_wrong_usage_too(sick: Path, tmp_path: Path) -> None:
    """A column that they do not have; the state is not touched."""
    state = tmp_path / "state.json"
    done = check(sick, "--rule", "rate(failed, by=team) > 0.1", "--state", state)
    assert done.exit_code == 2
    assert "the calls have no 'team' to group by" in done.stderr
    assert not state.exists()
    assert check(tmp_path / "none.csv", "--rule", "silence").exit_code == 2


def test_rules_of_a_file_and_of_the_command_are_judged_together(sick: Path, tmp_path: Path) -> None:
    """Under the names that the file has for them."""
    rules = tmp_path / "rules.toml"
    rules.write_text('rules = [{ rule = "rate(failed) > 10%", name = "failures" }]')
    done = check(sick, "--rules", rules, "--rule", "new_reasons")
    assert done.stdout.startswith("failures: failed 2")
    assert done.stdout.count("\n") == 1


def test_json_of_a_check_and_of_a_self_test(sick: Path) -> None:
    """One document, whatever is in it."""
    answer = json.loads(check(sick, "--rule", "rate(failed) > 0.1", "--json").stdout)
    assert answer["verdict"] == answer["rows"][0]["verdict"] == "incident"
    words = ("--rule", "rate(failed) > 0.5", "--self-test", "failed +60 points", "--trials", "3")
    done = check(sick, *words, "--json")
    assert (done.exit_code, json.loads(done.stdout)["rows"][0]["detected"]) == (0, 3)
    assert check(sick, *words).stdout == (
        "rate(failed) > 0.5: detects it in 3 of 3 trials, 100% (44\u2013100%)\n"
    )


def test_every_rule_that_the_documentation_shows_can_be_read() -> None:
    """Those of its commands, of its table, which has all kinds, and of its TOML."""
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(as_rules(tomllib.loads(toml)["rules"], rn.REASONS)) == 2
    kinds = re.findall(r"^\| `(.*?)`[ ,]", PAGE, flags=re.MULTILINE)
    assert [parse(text).kind for text in kinds] == [*USAGE]
    rules = re.findall(r'--rule ("[^"]+"|\S+)', PAGE)
    assert len(rules) > 4
    assert all(parse(text.strip('"')) for text in rules)


@pytest.mark.skipif(
    not (shutil.which("curl") or os.environ.get("CI")),
    reason="the documentation's example needs curl",
)
def test_a_chat_gets_a_message_for_each_change(sick: Path, tmp_path: Path) -> None:
    """As the documentation has it: JSON, once, whatever an agent is called."""
    (tmp_path / "rules.toml").write_text('rules = ["rate(failed, by=agent) > 0.2", "new_reasons"]')
    (script,) = re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL)
    messages: list[dict[str, str]] = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            messages.append(json.loads(self.rfile.read(size)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Chat) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        folder = str(Path(sys.executable).parent)
        environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        environment |= {
            "WEBHOOK_URL": f"http://127.0.0.1:{server.server_port}", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
        for _ in range(2):
            subprocess.run(
                ["bash", "-c", script.replace("calls/", sick.name)],  # noqa: S607 - as a user has it
                cwd=tmp_path,
                env=environment,
                check=True,
                capture_output=True,
            )
        server.shutdown()
        thread.join()
    (message,) = messages
    assert message["text"].startswith("new: rate(failed, by=agent) > 0.2: agent [2JEvil quiet")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETELL_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(retries, "_sleep", lambda _seconds: None)


@pytest.mark.usefixtures("key")
def test_the_api_is_asked_for_the_period_and_its_baseline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four weeks before the period, unless said; what it refuses is nothing to judge by."""
    with FakeRetell(made_up_calls(60)) as server:
        monkeypatch.setenv("RETELL_BASE_URL", server.url)
        now = ("--now", "2026-03-01T01:00")
        done = check("api", "--rule", "rate(failed) > 0.001", *now, "--json")
        assert done.exit_code == 1
        assert json.loads(done.stdout)["rows"][0]["calls"] > 40
        starts = [
            request.body["filter_criteria"]["end_timestamp"]["value"][0]
            for request in server.asked
            if request.body and "end_timestamp" in request.body.get("filter_criteria", {})
        ]
        assert min(starts) == 1_772_323_200_000 + 3_600_000 - 29 * 86_400_000
        server.fault_of = lambda _asked: Fault(status=401, body={"message": f"Invalid {KEY}"})
        refused = check("api", "--rule", "rate(failed) > 0.001", *now)
    assert refused.exit_code == 4
    assert "401" in refused.stderr
    assert KEY not in refused.stdout + refused.stderr
