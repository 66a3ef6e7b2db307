"""Which column of a call a label names, also behind what flattening writes before every label."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from retell_nb.calls.labels import ALIASES, ASIDE, SECRETS, UNMAPPED, Alias, plain
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["alias_of", "bare_labels", "named", "surely"]

_MARKED = re.compile(
    r"(.+[^a-z0-9])(?:call[_ -]?id|disconnection[_ -]?reason)\]?", re.IGNORECASE | re.DOTALL
)
_TYPE = re.compile(r"(.+?)(?:__c|\s*\((?:S|N|BOOL|M|L|NULL)\))")
"""What Salesforce writes behind names of one's own, and DynamoDB's console behind each."""
_BEFORE = re.compile(
    r"(?P<own>retellcall|retell|hscall|hs|call)"
    r"|(?:sum|avg|average|attr)(?:of)?|(?:second|minute|hour|day|exactdate)of"
)
"""What programs write before a name: whose it is, or how charts gather it."""
_KNOWN = {plain(name): name for name in SCHEMA}
_SHUT = {plain(name): name for name in (*ASIDE, *SECRETS)}


@functools.lru_cache(4096)
def alias_of(bare: str) -> Alias | None:
    """Return what a column is whose plain label is none of the API's, also with a word before it.

    Examples
    --------
    >>> alias_of("hscallduration"), alias_of("sumofdurationms").name, alias_of("mycallduration")
    (Alias(name='duration_ms', scale=1, sure=True), 'duration_ms', None)
    """
    before = _BEFORE.match(bare)
    if bare in ALIASES or before is None:
        return ALIASES.get(bare)
    rest = bare[before.end() :]
    column = _KNOWN.get(rest)
    alias = Alias(column, 1, sure=True) if column else ALIASES.get(rest)
    return alias and alias._replace(sure=alias.sure and before["own"] is not None)


def surely(key: object) -> str | None:
    """Return the column that a key surely names.

    Examples
    --------
    >>> surely("End Reason"), surely("Reason")
    ('disconnection_reason', None)
    """
    alias = alias_of(plain(key))
    return _surely_alone(plain(key)) or (alias.name if alias and alias.sure else None)


def named(key: object) -> str | None:
    """Return the column that a key names, surely or not.

    Examples
    --------
    >>> named("Reason")
    'disconnection_reason'
    """
    alias = alias_of(plain(key))
    return _KNOWN.get(plain(key)) or (alias.name if alias else None)


def bare_labels(labels: Iterable[str]) -> dict[str, str]:
    """Return what each label becomes without the prefix that stands before most names of a call.

    A label that would then be there twice is marked as none of a call. Nothing is returned where
    no prefix is.

    Examples
    --------
    >>> bare_labels(["call.call_id", "call.agent_id", "id"])
    {'call.call_id': 'call_id', 'call.agent_id': 'agent_id'}
    >>> bare_labels(["call_id", "parent.call_id"])
    {}
    """
    labels = [*labels]
    typed = _without_type(labels)
    if typed:
        return {**typed, **bare_labels(typed.get(label, label) for label in labels)}
    marked = {match[1] for label in labels if (match := _MARKED.fullmatch(label))}
    if not marked:
        return {}
    names = {prefix: _names_behind(prefix, labels) for prefix in ("", *sorted(marked))}
    prefix = max(names, key=lambda prefix: names[prefix])
    if not prefix:
        return {}
    inner = {label: _bare(label, prefix) for label in labels if label.startswith(prefix)}
    inner = {label: bare for label, bare in inner.items() if bare}
    outer = {label: f"{label}{UNMAPPED}" for label in labels if label in {*inner.values()}}
    return {**outer, **inner}


def _without_type(labels: list[str]) -> dict[str, str]:
    """The labels of columns behind which a program writes what type they are."""
    plainly = {label: match[1] for label in labels if (match := _TYPE.fullmatch(label))}
    names = {
        label: bare
        for label, bare in plainly.items()
        if bare not in labels and named(label) is None and (named(bare) or plain(bare) in _SHUT)
    }
    return names if any(surely(bare) for bare in names.values()) else {}


def _bare(label: str, prefix: str) -> str:
    bare = label.removeprefix(prefix)
    return bare.replace("][", ".").removesuffix("]") if prefix.endswith("[") else bare


def _names_behind(prefix: str, labels: Iterable[str]) -> int:
    """How many columns of a call surely stand behind a prefix."""
    bare = [_bare(label, prefix) for label in labels if label.startswith(prefix)]
    names = {_surely_alone(plain(label)) or _SHUT.get(plain(label)) for label in bare}
    return len(names - {None})


def _surely_alone(bare: str) -> str | None:
    """The column that a plain label surely names without a word before it."""
    alias = ALIASES.get(bare)
    return _KNOWN.get(bare) or (alias.name if alias and alias.sure else None)
