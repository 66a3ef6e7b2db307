"""A rule as text, such as ``rate(failed, by=agent) > 0.1``, read by Python's own parser.

Nothing is evaluated: the text is parsed, and only the few forms of `USAGE` are accepted.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from retell_nb.calls.facts import endings
from retell_nb.grouping import choose
from retell_nb.text import cleaned, did_you_mean
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS, STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["USAGE", "Kind", "Rule", "kind_of", "parse"]

USAGE: Mapping[str, str] = {
    "rate": "rate(failed) > 0.1, rate(owner=account) > 2%, rate(completed, by=agent) < 0.3, "
    "rate(dial_failed, among=not_connected, by=(from_number, hour), min_calls=50) > 0.1",
    "new_reasons": "new_reasons, new_reasons(min_calls=3)",
    "explain": "explain(p < 0.01), explain(p < 0.01, of=dial_failed)",
    "silence": "silence, silence(by=to_number)",
    "findings": "findings(ongoing), findings(ongoing, change=rise)",
}
"""The kinds of rules, with examples of all that each takes."""

_MOST_CHARACTERS = 500
_PERCENT = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*%\s*$")
_KIND_WORDS = ("outcome", "category", "owner", "status", "reason")
_CHANGES = ("rise", "higher", "level", "mix")


class Kind(NamedTuple):
    """Calls of a kind: a value, and the column word that has it where that must be clear."""

    value: str
    word: str = ""

    def __str__(self) -> str:
        return f"{self.word}={_name(self.value)}" if self.word else self.value


class Rule(NamedTuple):
    """A rule; which fields count depends on its `kind`, a key of `USAGE`."""

    kind: str
    text: str
    """The rule in one spelling, by which it is remembered."""
    label: str
    """What its incidents are reported under."""
    of: Kind = Kind("failed")
    among: Kind | None = None
    by: tuple[str, ...] = ()
    above: bool = True
    limit: float = 0.05
    """The rate, or of `explain` the chance."""
    min_calls: int = 1
    change: str = ""
    """Of `findings`: only those of this change."""


def parse(text: str, vocabulary: pd.DataFrame = REASONS, *, label: str = "") -> Rule:
    """Return the rule that a text means.

    Parameters
    ----------
    text : str
        As `USAGE` shows it.
    vocabulary : DataFrame
        A table of reasons in the form of `retell_nb.REASONS`.
    label : str
        What its incidents are reported under; by default the rule itself.

    Raises
    ------
    ValueError
        If it is no rule. The message has the text, what is allowed, and the nearest name.

    Examples
    --------
    >>> parse("rate( failed,by=agent )>10 %").text
    'rate(failed, by=agent) > 0.1'
    >>> parse("rate(faild) > 0.1")
    Traceback (most recent call last):
    ValueError: the rule 'rate(faild) > 0.1': 'faild' is no kind of call. Did you mean 'failed'? ...
    """
    form = _form(text)
    fields: dict[str, Any] = {}
    try:
        for name, node in _arguments(form):
            fields |= _field(form.kind, name, node, vocabulary)
        fields |= _READERS[form.kind](form, fields)
    except _RuleError as error:
        raise ValueError(f"the rule {cleaned(text)!r}: {error}{_usage(form.kind)}") from None
    rule = Rule(form.kind, "", "", **fields)
    spelling = _spelling(rule)
    return rule._replace(text=spelling, label=cleaned(label, 80) or spelling)


def kind_of(text: str, vocabulary: pd.DataFrame = REASONS) -> Kind:
    """Return the kind of calls that a text such as ``failed`` or ``owner=account`` means.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> kind_of("owner=account")
    Kind(value='account', word='owner')
    """
    word, _, value = text.rpartition("=")
    if word and word not in _KIND_WORDS:
        near = did_you_mean(word, _KIND_WORDS)
        raise ValueError(f"{word!r} is no word of kinds of calls.{near}")
    return _of_word(word, value, vocabulary) if word else _checked(Kind(value), vocabulary)


class _RuleError(ValueError):
    """What is wrong with a rule, before its text is named."""


class _Form(NamedTuple):
    """The parts of a rule: its name, what stands in parentheses, and what it is compared with."""

    kind: str
    args: list[ast.expr]
    keywords: list[ast.keyword]
    sign: ast.cmpop | None
    limit: ast.expr | None


def _form(text: str) -> _Form:
    tree = _tree(text)
    sign = limit = None
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
        sign, limit, tree = tree.ops[0], tree.comparators[0], tree.left
    args: list[ast.expr] = []
    keywords: list[ast.keyword] = []
    if isinstance(tree, ast.Call):
        args, keywords, tree = tree.args, tree.keywords, tree.func
    if not isinstance(tree, ast.Name):
        raise ValueError(f"{cleaned(text, 80)!r} is no rule.{_usage()}")
    if tree.id not in USAGE:
        near = did_you_mean(tree.id, USAGE)
        raise ValueError(f"{cleaned(text, 80)!r}: there is no rule {tree.id!r}.{near}{_usage()}")
    return _Form(tree.id, args, keywords, sign, limit)


def _tree(text: object) -> ast.expr:
    """The syntax of a text; nothing of it is run."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no rule: a rule is a text.{_usage()}")
    if len(text) > _MOST_CHARACTERS:
        size = f"{len(text):,} characters"
        raise ValueError(f"a rule of {size} is too long: at most {_MOST_CHARACTERS}.{_usage()}")
    source = _PERCENT.sub(lambda match: repr(float(match[1]) / 100), text.strip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strange literals, which are refused anyway
            return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(f"{cleaned(text, 80)!r} is no rule.{_usage()}") from None


def _usage(kind: str = "") -> str:
    if kind:
        return f" Write it as in: {USAGE[kind]}."
    return f" Allowed: {'; '.join(USAGE.values())}."


def _arguments(form: _Form) -> list[tuple[str, ast.expr]]:
    """What stands in the parentheses, by name; without a name it is the first one allowed."""
    first = _FIRST.get(form.kind)
    if form.args and (first is None or len(form.args) > 1):
        raise _RuleError(f"{ast.unparse(form.args[-1])!r} cannot stand there.")
    positional = [(str(first), node) for node in form.args]
    for keyword in form.keywords:
        name = keyword.arg or "**"
        if name not in _ALLOWED[form.kind]:
            near = did_you_mean(name, _ALLOWED[form.kind])
            raise _RuleError(f"{form.kind} takes no {name}.{near}")
    pairs = [*positional, *((str(keyword.arg), keyword.value) for keyword in form.keywords)]
    names = ["of" if name in _KIND_WORDS else name for name, _ in pairs]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise _RuleError(
            "it names two kinds of calls; a rule has one."
            if twice[0] == "of"
            else f"{twice[0]}= stands there twice; several columns are by=(agent, hour)."
        )
    return pairs


_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "rate": (*_KIND_WORDS, "of", "among", "by", "min_calls"),
    "new_reasons": ("min_calls",),
    "explain": (*_KIND_WORDS, "of"),
    "silence": ("by",),
    "findings": ("change",),
}
_FIRST = {"rate": "of", "explain": "p", "findings": "ongoing"}


def _field(kind: str, name: str, node: ast.expr, vocabulary: pd.DataFrame) -> dict[str, Any]:
    """One argument, checked, as a field of the rule."""
    if name in ("of", "among"):
        return {name: _checked(Kind(_word(node)), vocabulary)}
    if name in _KIND_WORDS:
        return {"of": _of_word(name, _word(node), vocabulary)}
    if name == "by":
        nodes = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        if not nodes:
            raise _RuleError("by=() names no column.")
        return {"by": tuple(map(_word, nodes))}
    if name == "min_calls":
        return {"min_calls": _whole(node)}
    if name == "change":
        change = _word(node)
        if change not in _CHANGES:
            near = did_you_mean(change, _CHANGES)
            raise _RuleError(f"no finding has the change {change!r}.{near}")
        return {"change": change}
    return _READ_FIRST[kind](node)


def _word(node: ast.expr) -> str:
    """A name, bare or in quotation marks."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
        return node.value
    raise _RuleError(f"{ast.unparse(node)!r} is not a name.")


def _number(node: ast.expr | None) -> float:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = "nothing" if node is None else repr(ast.unparse(node))
        raise _RuleError(f"{text} is not a number.")
    return float(value)


def _whole(node: ast.expr) -> int:
    number = _number(node)
    if number < 1 or number != int(number):
        raise _RuleError(f"min_calls={ast.unparse(node)} is not a whole number from 1 on.")
    return int(number)


def _checked(kind: Kind, vocabulary: pd.DataFrame) -> Kind:
    """A kind of calls that `rates` takes."""
    values = _values(vocabulary)
    words = [word for word, names in values.items() if kind.value in names]
    if not words:
        near = did_you_mean(kind.value, {name for names in values.values() for name in names})
        lists = "; ".join(f"{word} {', '.join(values[word])}" for word in _KIND_WORDS[:-1])
        raise _RuleError(
            f"{kind.value!r} is no kind of call.{near} Allowed: {lists}; a disconnection reason, "
            "such as dial_failed, or reason=name for one that the vocabulary lacks."
        )
    _check_ended(words[0], kind.value)
    nothing = pd.DataFrame({"disconnection_reason": pd.Series([], dtype=object)})
    try:
        choose(nothing, kind.value, None, endings(nothing, vocabulary))
    except ValueError:
        ways = " or ".join(f"{word}={kind.value}" for word in words)
        raise _RuleError(f"{kind.value!r} means different calls: write {ways}.") from None
    return kind


def _check_ended(word: str, value: str) -> None:
    if value == "in_progress" or (word == "status" and value in ("registered", "ongoing")):
        raise _RuleError(f"calls that are {value} are in no rate: they have not ended.")


def _of_word(word: str, value: str, vocabulary: pd.DataFrame) -> Kind:
    names = _values(vocabulary)[word]
    if word != "reason" and value not in names:
        near = did_you_mean(value, names)
        raise _RuleError(f"no call has {word} {value!r}.{near} Allowed: {', '.join(names)}.")
    _check_ended(word, value)
    return Kind(value, word)


def _values(vocabulary: pd.DataFrame) -> dict[str, list[str]]:
    """All values of the words that say what kind a call is."""
    columns = {name: [*vocabulary[name].dropna().unique()] for name in ("category", "owner")}
    named = {"outcome": [*OUTCOMES.index], "status": [*STATUSES], "reason": [*vocabulary.index]}
    return {word: [*map(str, (columns | named)[word])] for word in _KIND_WORDS}


def _of_rate(form: _Form, fields: dict[str, Any]) -> dict[str, Any]:
    if "of" not in fields:
        raise _RuleError("it does not name the calls whose rate is meant.")
    if not isinstance(form.sign, ast.Gt | ast.Lt):
        raise _RuleError("a rate is compared with a limit, by > or <.")
    above, limit = isinstance(form.sign, ast.Gt), _number(form.limit)
    if not 0 <= limit <= 1:
        raise _RuleError(f"the limit {limit:g} is not a share from 0 to 1; write 10% or 0.1.")
    if limit == (1 if above else 0):
        raise _RuleError("no rate can be beyond that limit.")
    return {"above": above, "limit": limit}


def _without_limit(form: _Form, _fields: dict[str, Any]) -> dict[str, Any]:
    if form.sign is not None:
        raise _RuleError(f"{form.kind} is not compared with anything.")
    return {}


def _of_findings(form: _Form, fields: dict[str, Any]) -> dict[str, Any]:
    if not form.args:
        raise _RuleError("it is written findings(ongoing).")
    return _without_limit(form, fields)


def _chance(node: ast.expr) -> dict[str, Any]:
    """The limit in ``p < 0.01``."""
    match node:
        case ast.Compare(left=ast.Name(id="p"), ops=[ast.Lt()], comparators=[limit]):
            chance = _number(limit)
        case _:
            raise _RuleError(f"{ast.unparse(node)!r} is not p < a chance.")
    if not 0 < chance <= 0.05:
        raise _RuleError(f"p < {chance:g} is not between 0 and 0.05, the highest chance listed.")
    return {"limit": chance}


def _ongoing(node: ast.expr) -> dict[str, Any]:
    if _word(node) != "ongoing":
        near = did_you_mean(_word(node), ["ongoing"])
        raise _RuleError(f"{_word(node)!r} cannot stand there.{near}")
    return {}


_READ_FIRST: Mapping[str, Callable[[ast.expr], dict[str, Any]]] = {
    "explain": _chance,
    "findings": _ongoing,
}
_READERS: Mapping[str, Callable[[_Form, dict[str, Any]], dict[str, Any]]] = {
    "rate": _of_rate,
    "new_reasons": _without_limit,
    "explain": _without_limit,
    "silence": _without_limit,
    "findings": _of_findings,
}


def _spelling(rule: Rule) -> str:
    """The one spelling of a rule."""
    by = ", ".join(map(_name, rule.by))
    common = [f"by={by}" if len(rule.by) == 1 else f"by=({by})"] if rule.by else []
    common += [f"min_calls={rule.min_calls}"] if rule.min_calls > 1 else []
    of = [] if rule.of == Kind("failed") else [str(rule.of) if rule.of.word else f"of={rule.of}"]
    match rule.kind:
        case "rate":
            among = [f"among={rule.among}"] if rule.among else []
            sign = ">" if rule.above else "<"
            return f"rate({', '.join([str(rule.of), *among, *common])}) {sign} {rule.limit:.12g}"
        case "explain":
            return f"explain({', '.join([f'p < {rule.limit:.12g}', *of])})"
        case "findings":
            change = [f"change={rule.change}"] if rule.change else []
            return f"findings({', '.join(['ongoing', *change])})"
    return f"{rule.kind}({', '.join(common)})" if common else rule.kind


def _name(name: str) -> str:
    return name if name.isidentifier() else repr(cleaned(name))
