"""Hides personal data: a copy of the calls that can be shared.

Phone numbers are so few that all of them can be tried out against a plain hash. So a pseudonym
is an HMAC (RFC 2104) under a secret key: who lacks the key cannot test a guess. What stays of a
number is its country, and which calls share it.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from functools import partial, singledispatch
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.phone_numbers.countries import regions
from retell_nb.calls.phone_numbers.identity import identities
from retell_nb.calls.phone_numbers.in_texts import may_hold_numbers, numbers_hidden
from retell_nb.calls.phone_numbers.numbering_plans import UNKNOWN_REGION
from retell_nb.calls.phone_numbers.spellings import spellings
from retell_nb.calls.phone_numbers.withheld import PSEUDONYM, is_pseudonym
from retell_nb.calls.schema import SCHEMA, Shared
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import REASONS, STATUSES, UNPLACED, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from retell_nb.engine.aliases import Column, Mask

    Words: TypeAlias = Callable[[list[str]], Iterable[str]]

__all__ = ["countries", "country", "mask", "shareable", "without_numbers"]

_NUMBERS = ("from_number", "to_number", "transfer_destination")
_IDS = {"call_id": "call_masked_", "twilio_call_sid": "sid_masked_", "agent_id": "agent_masked_"}
_NAMES = {"agent_name": "agent "}
_QUOTE = re.compile(
    r"""(?<!\w)(?P<advice>columns[ =]'?\{[^{}]*\}'?)      # how to name a column quotes no cell
    | (?<!\w)(['"])(?:\\.|(?!\2)[^\\])*\2(?!\w)""",
    re.VERBOSE,
)
"""What a note quotes: the `repr` of a cell."""

_ATTRS = ("duplicates", "left_out", "notes", "planted", "rejected", "undated", "window")


def mask(
    calls: pd.DataFrame,
    key: str | bytes | None = None,
    *,
    keep: Iterable[str] = (),
    keep_ids: bool = True,
    keep_names: bool = True,
    own_numbers: bool = False,
) -> pd.DataFrame:
    """Copy of the calls that can be shared: no number, no text, no link is in it.

    A number becomes its country and a pseudonym, `US-c3f9a0c1b22e`; the country is `ZZ` where the
    number tells none. Equal numbers (compared as E.164) have equal pseudonyms, in every column and
    in every frame masked with the same key. `anonymous` and its like name nobody and stay.

    Parameters
    ----------
    calls : DataFrame
        Any of the columns of a frame of calls.
    key : str or bytes, optional
        A secret of at least 16 bytes. Without it unknown the number behind a pseudonym;
        with it anybody can, by trying all numbers. By default that of the environment's
        RETELL_NB_MASK_KEY, with which pseudonyms are the same in all reports; without one a new
        random key for each call of `mask`, kept by nobody: they are equal within this frame only.
    keep : iterable of str, optional
        Columns to take over as they are although the library does not know them. All other
        unknown columns go, since they may hold anything; column words (`outcome`, `owner`, …)
        stay as long as the vocabulary alone speaks in them.
    keep_ids : bool, optional
        False replaces `call_id`, `twilio_call_sid` and `agent_id` by pseudonyms.
    keep_names : bool, optional
        False replaces `agent_name` by a pseudonym.
    own_numbers : bool, optional
        True leaves one's own numbers readable, which have to be acted on: the caller of an outbound
        call and the number that an inbound call reached. Where a call does not tell its direction,
        both ends are hidden.

    Returns
    -------
    DataFrame
        Of the same rows and kinds of columns. Its index is masked as columns of its names are;
        texts under a name that is not known become pseudonyms, and of an index without a name
        only the numbers are hidden. What is masked already stays as it is. In `attrs`, `masked`
        is True, and `own_numbers` where one's own are readable; notes quote no cell, and of what
        was rejected only file, place and the kind of fault (the words before the first colon) are
        left.

    Raises
    ------
    ValueError
        If the key is too short, or a column to keep is not there.

    Examples
    --------
    >>> calls = pd.DataFrame({"from_number": ["+1 415 555 0100", "+14155550100", "anonymous"]})
    >>> masked = mask(calls, "a secret of 16 bytes or more")["from_number"]
    >>> masked.str[:3].tolist(), masked.nunique()
    (['US-', 'US-', 'ano'], 2)
    """
    kept_columns = {keep} if isinstance(keep, str) else {*keep}
    masked = calls.loc[:, _shareable(calls, kept_columns)].copy()
    secret = _secret(key)
    pseudonyms = partial(_pseudonyms, secret)
    hidden: dict[str, Words] = dict.fromkeys(_NUMBERS, pseudonyms)
    for prefixes, readable in ((_IDS, keep_ids), (_NAMES, keep_names)):
        for column, prefix in prefixes.items():
            if not readable:
                hidden[column] = partial(map, partial(_name, secret, prefix))
    for column in masked.columns.intersection(list(hidden)):
        own = _own_numbers(calls, column) if own_numbers else None
        masked[column] = _translated(masked[column], hidden[column], own)
    # A category that no row has any more may still name somebody.
    for column in masked.columns.intersection([c for c in SCHEMA if c not in hidden]):
        if isinstance(masked[column].dtype, pd.CategoricalDtype):
            masked[column] = masked[column].cat.remove_unused_categories()
    for column in masked.columns.difference([*hidden, *kept_columns], sort=False):
        masked[column] = _without_numbers(masked[column], pseudonyms)
    unknown = partial(map, partial(_name, secret, "label_"))
    hidden |= {n: unknown for n in _strange(calls.index, kept_columns) if n not in hidden}
    masked.index = _index(calls.index, hidden, pseudonyms)
    masked.attrs = _attrs(calls.attrs, pseudonyms)
    if own_numbers:
        masked.attrs["own_numbers"] = True
    return masked


@singledispatch
def shareable(
    calls: Any,
    *,
    hide: bool | str = True,
    show: Collection[str] = (),
    key: str | bytes | None = None,
) -> pd.DataFrame:
    """Return the calls as a page may show them.

    Parameters
    ----------
    calls : DataFrame
    hide : bool or str
        True hides personal data and leaves one's own numbers readable, which have to be acted on:
        callers of outbound calls, and numbers that inbound calls reached. ``"all"`` hides these
        too, False hides nothing.
    show : collection of str
        Columns beside the schema's that may be shown, where the calls have them.
    key : str or bytes, optional
        As for `mask`.

    Raises
    ------
    ValueError
        If `hide` is something else.

    Examples
    --------
    >>> calls = pd.DataFrame({"from_number": ["+14155550100"], "to_number": ["+14155550199"]})
    >>> shown = shareable(calls.assign(direction="outbound"))
    >>> shown["from_number"][0], shown["to_number"][0][:3]
    ('+14155550100', 'US-')
    """
    if hide not in (True, False, "all"):
        raise ValueError(
            f"mask is {hide!r}; give True (your own numbers stay readable), 'all' (no number is "
            "readable) or False (nothing is hidden)."
        )
    own = [name for name in show if name in calls.columns]
    page: pd.DataFrame = mask(calls, key, keep=own, own_numbers=hide != "all") if hide else calls
    return page


def without_numbers(
    texts: Iterable[str], key: str | bytes | None = None, *, own: Iterable[str] = ()
) -> list[str]:
    """Return texts whose phone numbers are the pseudonyms of `mask`, except for one's own.

    Parameters
    ----------
    texts : iterable of str
    key : str or bytes, optional
        As for `mask`.
    own : iterable of str
        One's own numbers, which stay readable.

    Examples
    --------
    >>> hidden = without_numbers(["+14155550100 to +14155550199"], own=["+1 415 555 0100"])
    >>> hidden[0][:19], "0199" in hidden[0]
    ('+14155550100 to US-', False)
    """
    secret = _secret(key)
    ours = {*identities([*own])}

    def pseudonyms(numbers: list[str]) -> list[str]:
        people = identities(numbers)
        return [
            number if person in ours else _pseudonyms(secret, [number])[0]
            for number, person in zip(numbers, people, strict=True)
        ]

    return [numbers_hidden(text, pseudonyms) for text in texts]


def country(numbers: Column) -> Column:
    """Country of each number: its ISO 3166 region, `ZZ` where it tells none.

    Parameters
    ----------
    numbers : Series of str or category
        Numbers in E.164, or the pseudonyms that `mask` gives.

    Returns
    -------
    Series of category
        Missing where the number is.

    Examples
    --------
    >>> country(pd.Series(["+14155550100", "DE-c3f9a0c1b22e", "anonymous"])).tolist()
    ['US', 'DE', 'ZZ']
    """
    codes, texts = spellings(numbers)
    places, names = pd.factorize(np.array(countries(texts), dtype=object), sort=True)
    categories = pd.Index(names, dtype=_text(numbers))
    cells = pd.Categorical.from_codes(np.append(places, -1)[codes], categories)
    return pd.Series(cells, numbers.index, name="country", copy=False)


def _own_numbers(calls: pd.DataFrame, column: str) -> Mask | None:
    """Tell of which calls a column holds one's own number."""
    ours = {"from_number": "outbound", "to_number": "inbound"}.get(column)
    if ours is None or "direction" not in calls.columns:
        return None
    return calls["direction"].eq(ours).to_numpy(dtype=bool, na_value=False)


def _shareable(calls: pd.DataFrame, keep: set[str]) -> list[bool]:
    """Whether each column may be shared, masked or not."""
    lacking = sorted(keep.difference(calls.columns, calls.index.names))
    if lacking:
        raise ValueError(
            f"there is no column {', '.join(map(repr, lacking))} to keep; "
            f"the calls have {', '.join(map(str, calls.columns)) or 'none'}."
        )
    words = {word for word in (*WORDS, "reason") if _is_word(calls, word)}
    return [column in keep or column in SCHEMA or column in words for column in calls.columns]


def _is_word(calls: pd.DataFrame, word: str) -> bool:
    """Whether a column holds nothing but what the vocabulary can say under its name."""
    if word not in calls.columns:
        return False
    column = calls[word]
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.categories.to_series()
    values = set(column.dropna().unique())
    if word == "reason":  # its pseudonyms are in capitals, which no spelling has
        values = {spelled(value) for value in values}
    return values <= _vocabulary(calls, word)


def _vocabulary(calls: pd.DataFrame, word: str) -> set[object]:
    if word == "reason":  # a reason unknown to us is shown beside it anyway
        recorded = calls.get("disconnection_reason", pd.Series(dtype=object)).unique()
        return {*REASONS.index, *map(spelled, recorded)}
    more = STATUSES if word == "status" else ()
    return {*REASONS[word], *UNPLACED[word].dropna(), *more}


def _secret(key: str | bytes | None) -> hmac.HMAC:
    if key is None:
        key = os.environ.get("RETELL_NB_MASK_KEY") or None
    secret = secrets.token_bytes(32) if key is None else key
    secret = secret.encode() if isinstance(secret, str) else secret
    if not isinstance(secret, bytes) or len(secret) < 16:
        raise ValueError(
            "the key is not a str or bytes of at least 16 bytes: a shorter one can be guessed. "
            "Make one with secrets.token_hex() and keep it, or leave it out for a random one."
        )
    return hmac.new(secret, digestmod="sha256")


def _pseudonyms(secret: hmac.HMAC, numbers: list[str]) -> list[str]:
    """Pseudonym of each number; what is masked or names nobody stays."""
    people = identities(numbers)
    countries = regions([person or "" for person in people])
    return [
        _of_nobody(secret, number)
        if person is None
        else number
        if is_pseudonym(number)
        else f"{region}-{_digest(secret, 'number', person, 12)}"
        for number, person, region in zip(numbers, people, countries, strict=True)
    ]


def _of_nobody(secret: hmac.HMAC, text: str) -> str:
    """Return a text that names nobody as it is, but for a number that may stand in it."""

    def pseudonyms(numbers: list[str]) -> list[str]:
        return numbers if numbers == [text] else _pseudonyms(secret, numbers)

    return numbers_hidden(text, pseudonyms)


def _name(secret: hmac.HMAC, prefix: str, name: str) -> str:
    """Pseudonym of an id or a name: long, so that even many millions of ids stay distinct."""
    masked = re.fullmatch(f"{prefix}[a-f][0-9a-f]{{23}}", name)
    return name if masked or not name.strip() else prefix + _digest(secret, prefix, name, 24)


def _digest(secret: hmac.HMAC, kind: str, text: str, length: int) -> str:
    """`length` hexadecimal digits, the first of them a letter."""
    under = secret.copy()
    under.update(f"{kind}:{text}".encode(errors="surrogatepass"))
    digest = under.hexdigest()
    return "abcdef"[int(digest[-2:], 16) % 6] + digest[: length - 1]


def countries(numbers: list[str]) -> list[str]:
    """Country of each number or pseudonym; best asked of distinct ones.

    Examples
    --------
    >>> countries(["+14155550100", "DE-c3f9a0c1b22e", "anonymous"])
    ['US', 'DE', 'ZZ']
    """
    names = regions(numbers)
    for place, region in enumerate(names):
        number = numbers[place]
        if region == UNKNOWN_REGION and number[2:3] == "-" and PSEUDONYM.fullmatch(number):
            names[place] = number[:2]
    return names


def _without_numbers(column: Column, numbers: Words) -> Column:
    """Return a column of texts with the numbers in them hidden; any other as it is."""
    kind = column.dtype
    kind = kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
    if not (pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind)):
        return column
    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
    are_text = isinstance(kind, pd.StringDtype)
    texts = pd.Series(values if are_text else np.asarray(values, dtype=object))
    as_text = texts if are_text else texts.astype(str)
    maybe = may_hold_numbers(as_text)
    if not maybe.any():
        return column
    hide = {text: numbers_hidden(str(text), numbers) for text in texts[maybe].unique()}
    changed = {text: other for text, other in hide.items() if str(text) != other}
    if not changed:
        return column
    cells = column.astype(object).map(lambda cell: changed.get(cell, cell), na_action="ignore")
    return cells.astype("category" if isinstance(column.dtype, pd.CategoricalDtype) else kind)


def _strange(index: pd.Index[Any], keep: set[str]) -> list[Any]:
    """Names of an index's levels of text that nobody knows, so that they may hold anything."""
    dtypes = [index.get_level_values(level).dtype for level in range(index.nlevels)]
    return [
        name
        for name, dtype in zip(index.names, dtypes, strict=True)
        if not (name is None or name in SCHEMA or name in keep)
        and not pd.api.types.is_numeric_dtype(dtype)
        and not pd.api.types.is_datetime64_any_dtype(dtype)
    ]


def _index(index: pd.Index[Any], hidden: dict[str, Words], numbers: Words) -> pd.Index[Any]:
    """Return an index whose labels are hidden as columns of its names are, as are its names."""
    names = [
        numbers_hidden(name, numbers) if isinstance(name, str) else name for name in index.names
    ]
    levels = [index.get_level_values(level).to_series() for level in range(index.nlevels)]
    levels = [
        _translated(level, hidden[level.name])
        if level.name in hidden
        else _without_numbers(level, numbers)
        for level in levels
    ]
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_arrays(levels, names=names)
    unchanged = levels[0].equals(index.to_series())
    labels: pd.Index[Any] = index if unchanged else pd.Index(levels[0].array)
    return labels.set_names(names)


def _translated(column: Column, words: Words, own: Mask | None = None) -> Column:
    """Every distinct value put into other words; missing ones, own ones and the kind stay."""
    codes, values = pd.factorize(column)
    old = np.asarray(values, dtype=object)
    if own is not None:  # these come after the words
        codes[own & (codes >= 0)] += len(old)
    both = [*words([*map(str, old)]), *old]
    kind = pd.Series(both, dtype=_text(column)).array
    cells = kind.take(codes, allow_fill=True)
    new: Column = pd.Series(cells, column.index, _text(column), column.name)
    # Sorted anew: the old order of the categories would tell the order of the numbers.
    return new.astype("category") if isinstance(column.dtype, pd.CategoricalDtype) else new


def _text(column: Column) -> Any:
    """Kind of text that a column holds; for a column of figures it is object."""
    kind = column.dtype
    kind = kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
    return kind if isinstance(kind, pd.StringDtype) else object


def _attrs(attrs: dict[Any, Any], numbers: Words) -> dict[Any, Any]:
    """Keep what the calls tell of themselves, without quotes from cells and with masked numbers."""
    shareable = {name: attrs[name] for name in _ATTRS if name in attrs}
    if "rejected" in shareable:
        shareable["rejected"] = [_scrubbed(entry) for entry in shareable["rejected"]]
    if "notes" in shareable:
        shareable["notes"] = [
            _QUOTE.sub(lambda quote: quote["advice"] or "a cell", str(note))
            for note in shareable["notes"]
        ]
    text = numbers_hidden(json.dumps(shareable, ensure_ascii=False, default=str), numbers)
    hidden = json.loads(text)
    shared = {name: Shared(hidden[name]) for name in ("planted", "rejected") if hidden.get(name)}
    return {**hidden, **shared, "masked": True}


def _scrubbed(entry: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {name: entry[name] for name in ("file", "where") if name in entry}
    return {**plain, "why": str(entry.get("why", "")).split(":")[0]}
