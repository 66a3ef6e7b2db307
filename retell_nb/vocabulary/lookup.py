"""Look-ups in a table of reasons: only the few endings that can occur are looked up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.engine.cells import Folded, cells_of, compressed, folded, packed
from retell_nb.engine.codes import Key, Truths, key, lookup, smallest
from retell_nb.engine.threads import blocks, spread
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS, STATUSES, UNPLACED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Ints, Mask

    Array: TypeAlias = npt.NDArray[Any]
    Codes: TypeAlias = npt.NDArray[np.integer[Any]]

__all__ = ["Endings", "endings_of", "positions", "spelled"]

HANGUPS = ("user_hangup", "agent_hangup")
"""The reasons that say nothing of who was on the line: a voicemail may have been."""

_OF_MACHINES = ("outcome", "category", "retry", "remedy")
"""What a hang-up that a voicemail took has from the reason `voicemail_reached`."""

_DTYPES = {
    "outcome": pd.CategoricalDtype(OUTCOMES.index.tolist(), ordered=True),
    "status": pd.CategoricalDtype(list(STATUSES)),
}
_RUNNING = (STATUSES.index("registered"), STATUSES.index("ongoing"))
_FLAGS = ("expected", "answered")
_YES = {"true", "yes", "1", "1.0"}
_MANY = 1 << 15  # endings that are better made of those that occur


def spelled(value: object) -> str | None:
    """Return a reason as the API spells it; None for a blank or missing one.

    Examples
    --------
    >>> spelled(" Dial no answer ")
    'dial_no_answer'
    >>> spelled("DisconnectionReason.DialNoAnswer"), spelled("user_hangup;"), spelled("lunch break")
    ('dial_no_answer', 'user_hangup', 'lunch_break')
    """
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - the test for NaN
        return None
    name = re.sub(r"[\s_-]+", "_", str(value).strip().lower())
    return name if name in REASONS.index else _letters().get(_only_letters(name), name) or None


@cache
def _letters() -> dict[str, str]:
    """The API's reasons by their letters alone, as when a program writes them in its own way."""
    return {_only_letters(name): name for name in REASONS.index}


def _only_letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.removeprefix("disconnectionreason."))
    return re.sub("[^a-z0-9]", "", plain)


def positions(values: Iterable[str | None], among: Iterable[str]) -> Codes:
    """Return the position of each value, small enough for many calls; -1 for none.

    Examples
    --------
    >>> positions(["b", None], ["a", "b"]).tolist()
    [1, -1]
    """
    places: dict[str | None, int] = {name: place for place, name in enumerate(among)}
    return np.array([places.get(value, -1) for value in values], dtype=np.int16)


@dataclass(frozen=True, eq=False)
class Endings:
    """How calls ended: reason, recorded status and voicemail together, as one small code.

    Attributes
    ----------
    column : Series
        The reasons of the calls as they came.
    keys : sequence of Key
        What an ending is made of; the code of an ending is its cell, as `packed` numbers them.
    reasons : array of str or None
        The reason of each ending, as the API spells it.
    statuses : array of int
        The recorded status of each ending, as a place in `STATUSES`; -1 for none that is known.
    in_voicemail : array of bool
        Whether a voicemail took the calls of each ending.
    vocabulary : DataFrame
        The table of reasons to look endings up in.
    spelled : bool
        Whether the reasons came as the API spells them.

    Examples
    --------
    >>> endings = endings_of(pd.Series(["Dial busy", "user_hangup", None]))
    >>> endings.reasons[endings.codes].tolist()
    ['dial_busy', 'user_hangup', None]
    """

    column: Column
    keys: Sequence[Key]
    reasons: npt.NDArray[np.object_]
    statuses: Codes
    in_voicemail: Mask
    vocabulary: pd.DataFrame
    spelled: bool
    _words: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def codes(self) -> Codes:
        """The ending of each call.

        Examples
        --------
        >>> endings_of(pd.Series(["dial_busy", None])).codes.tolist()
        [1, 0]
        """
        codes = np.empty(len(self.column), dtype=smallest(len(self.reasons)))

        def fill(rows: slice) -> None:
            codes[rows] = packed(self.keys, rows)

        spread(fill, blocks(len(codes)))
        return codes

    def rows(self, where: Mask) -> Ints:
        """Return the places of the calls of some endings, in order.

        Parameters
        ----------
        where : array of bool
            Which endings.

        Examples
        --------
        >>> endings = endings_of(pd.Series(["dial_busy", None, "dial_busy"]))
        >>> endings.rows(endings.are("reason", "dial_busy")).tolist()
        [0, 2]
        """
        first, size = self.keys[0], len(self.column)
        of_first = where.reshape(len(first.levels) + 1, -1).any(axis=1)
        codes = np.flatnonzero(of_first) - 1

        def part(block: slice) -> Ints:
            own = first.codes[block]
            near = np.flatnonzero(own == codes[0] if len(codes) == 1 else np.isin(own, codes))
            near += block.start
            return near[where[packed(self.keys, near)]] if len(near) else near

        return np.concatenate([codes[:0], *spread(part, blocks(size) if len(codes) else [])])

    def word(self, name: str) -> Any:
        """Return what the vocabulary says of each ending in one of its columns.

        Parameters
        ----------
        name : str
            One of `WORDS`.

        Returns
        -------
        Categorical or BooleanArray

        Examples
        --------
        >>> list(endings_of(pd.Series(["dial_failed"])).word("owner"))
        ['unknown', 'number']
        """
        if name not in self._words:
            self._words[name] = self._word(name)
        return self._words[name]

    def _word(self, name: str) -> Any:
        values = self._values(name)
        if name in _FLAGS:
            return pd.array(values, dtype="boolean").take(self._rows)
        dtype = _DTYPES.get(name) or pd.CategoricalDtype(list(dict.fromkeys(values)))
        codes = positions(values, dtype.categories)[self._rows]
        if name == "status":  # a recorded one counts where no reason decides
            undecided = (positions(self.reasons, self.vocabulary.index) < 0) & (self.statuses >= 0)
            codes = np.where(undecided, self.statuses, codes)
        return pd.Categorical.from_codes(codes.astype(smallest(len(dtype.categories))), dtype=dtype)

    def are(self, name: str, value: object) -> Mask:
        """Return which endings a word, or the reason, says this of; none where that is not known.

        Examples
        --------
        >>> endings_of(pd.Series(["dial_failed"])).are("outcome", "failed").tolist()
        [False, True]
        """
        word: Any = self.reasons if name == "reason" else self.word(name)
        if isinstance(word, pd.Categorical):  # of few values, which need no column to compare
            places = {category: place for place, category in enumerate(word.categories)}
            return np.asarray(word.codes == places.get(value, len(places)))
        values = word if name == "reason" else word.to_numpy(object, na_value=None)
        return np.asarray(values == value, dtype=np.bool_)

    def columns(self, *names: str) -> dict[str, Column]:
        """Return words, or the reason, aligned to the calls, all of them looked up at once.

        Examples
        --------
        >>> endings_of(pd.Series(["dial_busy"], index=[7])).columns("outcome")["outcome"].to_dict()
        {7: 'not_reached'}
        """
        words = {name: self.word(name) for name in names if name != "reason"}
        tables = [table for word in words.values() for table in _tables(word)]
        arrays = iter(lookup(self.codes, *tables))
        cells = {
            name: pd.Categorical.from_codes(next(arrays), dtype=word.dtype)
            if isinstance(word, pd.Categorical)
            else pd.arrays.BooleanArray(next(arrays), next(arrays))
            for name, word in words.items()
        }
        index = self.column.index
        return {
            name: self._reason()
            if name == "reason"
            else pd.Series(cells[name], index, name=name, copy=False)
            for name in names
        }

    def folded(self, **flags: Mask) -> tuple[Folded, dict[str, Mask]]:
        """Return endings as a key of those that differ in something, and what each has of it.

        Parameters
        ----------
        **flags : array of bool
            Something of each ending.

        Examples
        --------
        >>> endings = endings_of(pd.Series(["dial_failed", "dial_busy", "user_hangup"]))
        >>> kinds, flags = endings.folded(failed=endings.are("outcome", "failed"))
        >>> len(kinds.levels), flags["failed"].tolist()
        (2, [False, True])
        """
        return folded("ending", self.keys, **flags)

    def key(self, name: str) -> Folded:
        """Return a word, or the reason, as a key to group calls by.

        Examples
        --------
        >>> endings_of(pd.Series(["dial_busy", "dial_failed"])).key("outcome").codes.tolist()
        [3, 4]
        """
        if name == "reason":
            return self._reason_key()
        word = self.word(name)
        if isinstance(word, pd.Categorical):
            places = np.arange(len(word.categories))
            levels = pd.Series(pd.Categorical.from_codes(places, dtype=word.dtype))
            return Folded(name, self.keys, word.codes, levels)
        cells = word.to_numpy(np.int8, na_value=-1)
        return Folded(name, self.keys, cells, pd.Series([False, True], dtype="boolean"))

    def _reason_key(self) -> Folded:
        """Reasons as the API spells them: categories keep their order, texts are sorted."""
        dtype = self.column.dtype
        categories = isinstance(dtype, pd.CategoricalDtype)
        cells, names = pd.factorize(self.reasons, sort=not categories)
        levels = pd.Series(names, dtype=None if categories else dtype)
        if categories:
            own: Any = dtype if self.spelled else pd.CategoricalDtype(list(names))
            levels = pd.Series(pd.Categorical(list(names), dtype=own))
        return Folded("reason", self.keys, cells.astype(smallest(len(names))), levels)

    @property
    def machine(self) -> Mask:
        """Which endings are those of calls that a voicemail or a phone menu answered.

        Examples
        --------
        >>> endings_of(pd.Series(["ivr_reached", "user_hangup"])).machine.tolist()
        [False, True, False]
        """
        answered = self.are("answered", value=True)
        return answered & (self.are("outcome", "machine") | self.in_voicemail)

    @cached_property
    def _rows(self) -> Codes:
        """The row of each ending in what `_values` lists."""
        rows, size = positions(self.reasons, self.vocabulary.index), len(self.vocabulary)
        unknown, missing, running, *_ = range(size, size + len(UNPLACED))
        rows[rows < 0] = unknown
        blank = np.array([reason is None for reason in self.reasons], dtype=bool)
        rows[blank] = np.where(np.isin(self.statuses[blank], _RUNNING), running, missing)
        hangups = positions(self.reasons, HANGUPS)
        by_machine = self.in_voicemail & (hangups >= 0)
        rows[by_machine] = size + len(UNPLACED) + hangups[by_machine]
        return rows

    def _values(self, name: str) -> list[Any]:
        """What the vocabulary, `UNPLACED`, and then `HANGUPS` that a voicemail took have."""
        reasons = ["voicemail_reached"] * len(HANGUPS) if name in _OF_MACHINES else HANGUPS
        own, other = self.vocabulary[name], REASONS[name]
        hangups = [(own if reason in own.index else other)[reason] for reason in reasons]
        return [*own, *UNPLACED[name], *hangups]

    def _reason(self) -> Column:
        """Reasons as the API spells them, in a column of the kind that they came in."""
        dtype = self.column.dtype
        if self.spelled:
            return self.column.copy().rename("reason")
        table, names = pd.factorize(self.reasons)
        (codes,) = lookup(self.codes, table.astype(smallest(len(names))))
        cells: Any
        if isinstance(dtype, pd.CategoricalDtype):
            cells = pd.Categorical.from_codes(codes, categories=pd.Index(list(names)))
        else:
            cells = np.array([*names, None], dtype=object)[codes]
        if isinstance(dtype, pd.StringDtype):
            cells = pd.array(cells, dtype=dtype)
        return pd.Series(cells, index=self.column.index, name="reason", copy=False)


def endings_of(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Endings:
    """Return how calls ended, of their columns as they are recorded.

    Parameters
    ----------
    reasons : Series of object, str or category
    recorded : Series, optional
        The call status on record, of the same length. It counts where no reason decides.
    in_voicemail : Series, optional
        Whether a voicemail took the call; a missing value is a no.
    vocabulary : DataFrame, optional
        A table of reasons in the form of `retell_nb.REASONS`.

    Examples
    --------
    >>> endings = endings_of(pd.Series(["user_hangup"] * 2), None, pd.Series([True, False]))
    >>> endings.columns("outcome")["outcome"].tolist()
    ['machine', 'completed']
    """
    columns = {"reason": reasons, "status": recorded, "voicemail": in_voicemail}
    keys = [_key(name, column) for name, column in columns.items() if column is not None]
    plain = keys
    if prod(len(own.levels) + 1 for own in keys) <= _MANY:
        codes = cells_of(keys)
    else:
        both, occurring = compressed(keys)
        keys, codes = [both], [np.append(-1, own) for own in occurring]
    by_name = {
        own.name: ([spelled(level) for level in own.levels], places)
        for own, places in zip(plain, codes, strict=True)
    }
    names, reason = by_name["reason"]
    statuses, status = by_name.get("status", ([], np.full_like(reason, -1)))
    voicemail, voicemail_codes = by_name.get("voicemail", ([], np.full_like(reason, -1)))
    return Endings(
        column=reasons,
        keys=keys,
        reasons=np.array([*names, None], dtype=object)[reason],
        statuses=np.append(positions(statuses, STATUSES[:-1]), np.int16(-1))[status],
        in_voicemail=np.array([name in _YES for name in (*voicemail, None)])[voicemail_codes],
        vocabulary=vocabulary,
        spelled=names == plain[0].levels.tolist(),
    )


def _key(name: str, column: Column) -> Key:
    if name == "voicemail" and pd.api.types.is_bool_dtype(column.dtype):
        return Truths(column).key(name)
    return key(column)._replace(name=name)


def _tables(word: Any) -> list[Array]:
    """What has to be looked up of a word: codes, or flags and where they are missing."""
    if isinstance(word, pd.Categorical):
        return [word.codes]
    return [word.to_numpy(dtype=bool, na_value=False), np.asarray(word.isna())]
