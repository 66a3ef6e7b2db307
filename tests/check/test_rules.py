"""Rules from TOML: texts and tables, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retell_nb.check.rules import as_rules, rules_in
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from pathlib import Path


def test_texts_and_tables_may_be_mixed(tmp_path: Path) -> None:
    """A table may name what its incidents are reported under."""
    path = tmp_path / "rules.toml"
    path.write_text(
        'rules = [\n  "silence",\n  { rule = "rate(failed) > 10%", name = "too many failures" },\n]'
    )
    rules = as_rules(rules_in(path), REASONS)
    assert [(rule.text, rule.label) for rule in rules] == [
        ("silence", "silence"),
        ("rate(failed) > 0.1", "too many failures"),
    ]
    path.write_text('[[rules]]\nrule = "silence"\nname = "dark \\u001b[31mlines"\n')
    assert as_rules(rules_in(path), REASONS)[0].label == "dark [31mlines"


def test_a_rule_that_is_there_twice_is_judged_once() -> None:
    """The first one gives the name."""
    rules = as_rules(["silence", "new_reasons", {"rule": "silence()", "name": "again"}], REASONS)
    assert [rule.label for rule in rules] == ["silence", "new_reasons"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rules = [", "is not TOML"),
        ("rule = 'silence'", "has a key 'rule'. Did you mean 'rules'"),
        ("rules = 'silence'", "has no list of rules"),
        ("rules = []", "has no list of rules"),
        ("", "has no list of rules"),
        ("rules = [{ rule = 'silence', level = 'high' }]", "takes no 'level'"),
        ("rules = [{ rule = 3 }]", "takes text"),
        ("rules = [3]", "3 is no rule"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(
    content: str | None, message: str, tmp_path: Path
) -> None:
    """With its name, where it is the file."""
    path = tmp_path / "rules.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=message):
        as_rules(rules_in(path), REASONS)
