"""Rules are read strictly: what is not one of the forms is refused, and nothing is run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.check.grammar import USAGE, Kind, parse


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("rate(failed)>0.1", "rate(failed) > 0.1"),
        (" rate( failed ) > 10 % ", "rate(failed) > 0.1"),
        ("rate(of=failed) > .1", "rate(failed) > 0.1"),
        ("rate(completed) < 7%", "rate(completed) < 0.07"),
        ("rate(failed, by='agent') > 0.1", "rate(failed, by=agent) > 0.1"),
        ("rate(failed, by=[agent, hour]) > 0.1", "rate(failed, by=(agent, hour)) > 0.1"),
        ('rate(failed, by="My team") > 0.1', "rate(failed, by='My team') > 0.1"),
        ("rate(owner=account, min_calls=50) > 0.1", "rate(owner=account, min_calls=50) > 0.1"),
        ("rate(dial_failed, among=failed) > 0.1", "rate(dial_failed, among=failed) > 0.1"),
        ("rate(reason=brand_new) > 0", "rate(reason=brand_new) > 0"),
        ("new_reasons()", "new_reasons"),
        ("new_reasons(min_calls=3)", "new_reasons(min_calls=3)"),
        ("explain", "explain(p < 0.05)"),
        ("explain(p<0.01, owner=account)", "explain(p < 0.01, owner=account)"),
        ("explain(p<0.01, of=dial_failed)", "explain(p < 0.01, of=dial_failed)"),
        ("silence(by=to_number)", "silence(by=to_number)"),
        ("findings(ongoing)", "findings(ongoing)"),
        ("findings(ongoing, change='rise')", "findings(ongoing, change=rise)"),
    ],
)
def test_a_rule_has_one_spelling(text: str, spelling: str) -> None:
    """However it is written; and that spelling is a rule of the same meaning."""
    rule = parse(text)
    assert rule.text == rule.label == spelling
    assert parse(spelling) == rule


def test_the_parts_of_a_rule() -> None:
    """Each is where its name says."""
    rule = parse("rate(owner=account, among=failed, by=(agent, hour), min_calls=9) < 2%", label="x")
    assert (rule.kind, rule.label) == ("rate", "x")
    assert (rule.of, rule.among) == (Kind("account", "owner"), Kind("failed"))
    assert (rule.by, rule.min_calls) == (("agent", "hour"), 9)
    assert (rule.above, rule.limit) == (False, 0.02)


def test_every_example_of_the_usage_is_a_rule() -> None:
    """What an error message recommends works."""
    for kind, examples in USAGE.items():
        for example in re.split(rf", (?={kind})", examples):
            assert parse(example).kind == kind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rate(faild) > 0.1", "Did you mean 'failed'"),
        ("rate(owner=accounts) > 0.1", "Did you mean 'account'"),
        ("rat(failed) > 0.1", "no rule 'rat'. Did you mean 'rate'"),
        ("rate(failed)", "compared with a limit, by > or <"),
        ("rate(failed) >= 0.1", "by > or <"),
        ("rate(failed) > 10", "not a share from 0 to 1; write 10% or 0.1"),
        ("rate(failed) > -0.1", "not a number"),
        ("rate(failed) > 1e999", "not a share"),
        ("rate(failed) > True", "not a number"),
        ("rate(failed) > 1", "no rate can be beyond"),
        ("rate(failed) < 0", "no rate can be beyond"),
        ("rate(failed) > 0.1 > 0.2", "is no rule"),
        ("0.1 < rate(failed)", "is no rule"),
        ("rate() > 0.1", "does not name the calls"),
        ("rate(failed, completed) > 0.1", "'completed' cannot stand there"),
        ("rate(failed, owner=account) > 0.1", "names two kinds"),
        ("rate(failed, buy=agent) > 0.1", "rate takes no buy. Did you mean 'by'"),
        ("rate(failed, **by) > 0.1", "rate takes no **"),
        ("rate(failed, by=agent, by=hour) > 0.1", "by= stands there twice"),
        ("rate(failed, by=()) > 0.1", "names no column"),
        ("rate(failed, by=1) > 0.1", "'1' is not a name"),
        ("rate(failed, min_calls=0.5) > 0.1", "not a whole number"),
        ("rate(in_progress) > 0.1", "they have not ended"),
        ("rate(status=ongoing) > 0.1", "they have not ended"),
        ("silence > 1", "not compared with anything"),
        ("silence(agent)", "'agent' cannot stand there"),
        ("explain(0.01)", "is not p < a chance"),
        ("explain(p < 0.5)", "not between 0 and 0.05"),
        ("findings", "findings(ongoing)"),
        ("findings(on_going)", "Did you mean 'ongoing'"),
        ("findings(ongoing, change=rises)", "Did you mean 'rise'"),
        ("__import__('os').system('true')", "is no rule"),
        ("(lambda: 1)()", "is no rule"),
        ("rate(failed) if 1 else 2", "is no rule"),
        ("", "is no rule"),
        ("\x00", "is no rule"),
        ("rate(", "is no rule"),
        ("(" * 400, "is no rule"),
        ("x" * 501, "too long"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_cure(text: str, message: str) -> None:
    """The message has what was typed, and what is allowed."""
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(text)


def test_a_text_that_steers_a_terminal_is_not_repeated_as_it_is() -> None:
    """An error message is one of plain signs."""
    with pytest.raises(ValueError, match="no rule") as caught:
        parse("\x1b[31mrate\n(failed)\u202e > 1 >")
    assert str(caught.value).isprintable()


@given(st.text(max_size=60) | st.from_regex(r"(rate|silence|explain)\(.{0,30}\) ?[<>] ?.{0,8}"))
def test_any_text_is_a_rule_or_a_value_error(text: str) -> None:
    """Nothing else comes of it."""
    try:
        rule = parse(text)
    except ValueError:
        return
    assert parse(rule.text)._replace(label="") == rule._replace(label="")


def test_own_reasons_are_known() -> None:
    """A table of reasons of one's own says what there is."""
    own = rn.REASONS.rename(index={"dial_failed": "my_own_reason"})
    assert parse("rate(my_own_reason) > 0.1", own).of == Kind("my_own_reason")
    with pytest.raises(ValueError, match="no kind of call"):
        parse("rate(my_own_reason) > 0.1")
