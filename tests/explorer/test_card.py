"""The card of a call: what was said is shown and harmless, and links lead where they say."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer.card import call_card
from retell_nb.explorer.index import Index

HOSTILE = '<img src=x onerror="alert(1)"></script>\u202e<svg/onload=alert(2)>'


def card(**fields: Any) -> str:
    call = {"call_id": "call_1", "disconnection_reason": "user_hangup", **fields}
    return call_card(Index(pd.DataFrame([call])), 0)


@pytest.mark.parametrize("link", ["https://example.com/log?a=1&b=2", " https://example.com/x "])
def test_a_log_is_linked_to(link: str) -> None:
    """A public log that a browser may follow is a link in a page of its own, without an opener."""
    html = card(public_log_url=link)
    address = link.strip().replace("&", "&amp;")
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer">' in html


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "http://example.com/", "data:text/html,<b>", "https://", "//x.com",
        "https://[broken", "", None, 7,
        'https://a.com/"onmouseover="alert(1)',
    ],
)  # fmt: skip
def test_what_is_no_safe_link_is_none(link: Any) -> None:
    """Anything but an https address becomes no link; a quotation mark does not end it."""
    html = card(public_log_url=link)
    assert 'onmouseover="alert' not in html
    links = re.findall(r"<a [^>]*href=['\"]([^'\"]*)", html)
    others = [to for to in links if not to.startswith("https://dashboard.retellai.com/")]
    assert bool(others) == str(link).startswith("https://a.com")


def test_what_was_said_stays_text() -> None:
    """Markup and marks that turn the direction of text are shown as words, or not at all."""
    html = card(transcript=f"User: {HOSTILE}\nAgent: {HOSTILE}")
    assert "&lt;img src=x" in html
    for markup in ("<img src=x", "</script", "<svg/onload", "\u202e"):
        assert markup not in html


@pytest.mark.parametrize("sign", ["a", "<", "\u202e", "word "])
def test_a_megabyte_of_talk_is_cut_and_said_to_be(sign: str) -> None:
    """A text too long to read does not choke the browser."""
    html = card(transcript=f"User: {sign * 1_000_000}\nAgent: yes")
    assert len(html) < 60_000
    assert "characters, long ones are cut" in html


def test_a_talk_with_times_has_its_picture() -> None:
    """Where the record tells when words were said, who spoke when is drawn, with words for it."""
    words = [{"word": "Hi", "start": 0.5, "end": 0.9}]
    talk = json.dumps([{"role": "agent", "content": "Hi", "words": words}])
    html = card(transcript_object=talk, duration_ms=4_000)
    assert '<img class="retell-timeline" alt="Who spoke when:' in html
    assert "data:image/png;base64," in html
    assert "retell-timeline" not in card(transcript="User: Hi")


def test_a_card_compares_with_the_other_calls() -> None:
    """The evidence on the card is that of `diagnose`, beside the calls of the frame."""
    calls = rn.sample_calls(600, seed=7)
    html = call_card(Index(calls), 3)
    assert rn.diagnose(calls.iloc[3], calls=calls)._repr_html_() in html
