"""Rules as a user writes them: a text, several, or a file of TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from retell_nb.check.grammar import parse
from retell_nb.text import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from retell_nb.check.grammar import Rule

    Rules: TypeAlias = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]

__all__ = ["as_rules", "rules_in"]

_KEYS = ("rule", "name")


def as_rules(rules: Rules, vocabulary: pd.DataFrame) -> list[Rule]:
    """Return rules of texts and mappings, each once.

    Raises
    ------
    ValueError
        If there is none, or one of them cannot be read.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> [rule.label for rule in as_rules(["silence", {"rule": "silence", "name": "s"}], REASONS)]
    ['silence']
    """
    if not isinstance(rules, str | Mapping | Sequence):
        raise ValueError(f"{rules!r} is no rule, and no list of rules.")
    items = [rules] if isinstance(rules, str | Mapping) else list(rules)
    if not items:
        raise ValueError("there is no rule to check. Give at least one, such as rate(failed) > 0.1")
    unique: dict[str, Rule] = {}
    for item in items:
        rule = _rule(item, vocabulary)
        unique.setdefault(rule.text, rule)
    return [*unique.values()]


def _rule(item: object, vocabulary: pd.DataFrame) -> Rule:
    if isinstance(item, Mapping):
        strange = [name for name in item if name not in _KEYS]
        if strange or not all(isinstance(value, str) for value in item.values()):
            wrong = f"no {strange[0]!r}.{did_you_mean(strange[0], _KEYS)}" if strange else "text."
            raise ValueError(f"a rule of keys takes {wrong} Allowed: rule, and name; {dict(item)}.")
        if "rule" not in item:
            raise ValueError(f"a rule of keys needs rule, such as 'silence'; {dict(item)}.")
        return parse(item["rule"], vocabulary, label=item.get("name", ""))
    return parse(item, vocabulary)  # type: ignore[arg-type] # which refuses what is no text


def rules_in(path: Path) -> list[str | Mapping[str, Any]]:
    """Return the rules in a file of TOML: its list `rules`, of texts and tables.

    Raises
    ------
    ValueError
        If the file cannot be read, or has no such list or anything else.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "rules.toml")
    ...     _ = path.write_text('rules = ["silence", {rule = "new_reasons", name = "new"}]')
    ...     rules_in(path)
    ['silence', {'rule': 'new_reasons', 'name': 'new'}]
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}.") from None
    strange = [name for name in content if name != "rules"]
    if strange:
        near = did_you_mean(strange[0], ["rules"])
        raise ValueError(f"{path} has a key {strange[0]!r}.{near} Allowed: rules.")
    rules = content.get("rules")
    if not isinstance(rules, list) or not rules:
        raise ValueError(f'{path} has no list of rules: rules = ["rate(failed) > 0.1", "silence"].')
    return rules
