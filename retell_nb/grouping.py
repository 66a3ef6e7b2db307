"""What a table word is asked for: the columns to group by, and the calls to count as hits."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from retell_nb.calls.dimensions import DIMENSIONS, answers, dimension
from retell_nb.calls.facts import endings
from retell_nb.calls.schema import require
from retell_nb.calls.stuck import stuck_rows
from retell_nb.engine.cells import Folded, cells_of, folded
from retell_nb.engine.codes import Key, Truths, key, lookup
from retell_nb.engine.periods import period_edges, periods_of
from retell_nb.engine.steps import Sparse, whole
from retell_nb.text import cleaned, did_you_mean
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS, STATUSES, UNPLACED, WORDS, as_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from retell_nb.engine.aliases import Column, Mask
    from retell_nb.engine.counts import Counts
    from retell_nb.vocabulary.lookup import Endings

    By: TypeAlias = "str | pd.Series[Any] | pd.Grouper | Callable[[pd.DataFrame], Any]"

__all__ = ["Chosen", "choose", "flags", "keys", "matches", "stuck_key", "vocabulary_of", "word"]

_SEARCHED = ("category", "owner", "status", "reason")
_RUNNING = ("in_progress", "registered", "ongoing")


class Chosen(NamedTuple):
    """The calls that a rate is made of, as what to count by besides groups.

    `flags` tells of each class of `kind` whether its calls are `ended` ones that were asked for,
    whether these are `counted` in the rate, `hit` ones, ones of `unknown` ending; and which are
    still `running`.
    """

    name: str
    kind: Folded
    flags: Mapping[str, Mask]

    def added(self, counts: Counts) -> tuple[Counts, dict[str, int]]:
        """Return `calls`, `hits` and `unknown` of every group that holds ended calls, and sums.

        Parameters
        ----------
        counts : Counts
            By the groups, and by `kind` as the last key.
        """
        of_class = {name: flag[counts.places[-1]] for name, flag in self.flags.items()}
        totals = {
            name: of_class[flag]
            for name, flag in (("calls", "counted"), ("hits", "hit"), ("unknown", "unknown"))
        }
        sums = {"in_progress": "running", "unknown": "unknown"}
        attrs = {name: int(counts.calls[of_class[flag]].sum()) for name, flag in sums.items()}
        return counts.over(len(counts.keys) - 1, of_class["ended"], totals), attrs


def vocabulary_of(reasons: pd.DataFrame | None) -> pd.DataFrame:
    """Return the vocabulary to classify by: the user's own, checked, or the library's.

    Examples
    --------
    >>> vocabulary_of(None) is REASONS
    True
    """
    return REASONS if reasons is None else as_vocabulary(reasons)


def word(calls: pd.DataFrame, name: str, vocabulary: pd.DataFrame) -> Column:
    """Return a column word of calls, such as their `outcome`.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})
    >>> word(calls, "outcome", REASONS).tolist()
    ['not_reached', 'completed']
    """
    return endings(calls, vocabulary).columns(name)[name]


def keys(
    calls: pd.DataFrame,
    by: Sequence[By],
    vocabulary: pd.DataFrame,
    taken: Collection[str] = (),
    tz: str = "UTC",
    *,
    ending: Endings | None = None,
) -> list[Key | Folded]:
    """Return the keys to group calls by.

    Parameters
    ----------
    calls : DataFrame
    by : sequence of str, Series, callable or Grouper
        Each a column word or one of ``agent``, ``country``, ``day``, ``hour``, ``version`` (of its
        agent), ``week``, ``weekday``, all of which go before a column of the same name; a column
        of the calls; a Series with their index, or a function of the calls that returns one; or a
        `pandas.Grouper` with a key.
    vocabulary : DataFrame
    taken : collection of str
        Names that the table has for columns of its own.
    tz : str
        Time zone of hours, weekdays, days and weeks.
    ending : Endings, optional
        How the calls ended, if that is at hand.

    Raises
    ------
    ValueError
        If a column is not known, or two columns of the table would bear the same name.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})
    >>> [key.name for key in keys(calls, ["owner", pd.Series([8, 9], name="hour")], REASONS)]
    ['owner', 'hour']
    """
    words = [item for item in by if isinstance(item, str)]
    if "version" in words:  # which brings its agent
        by = [item for item in by if not (isinstance(item, str) and item == "agent")]
    lazily = ending is not None  # whoever counts through endings takes clocks step by step
    if ending is None and {"reason", *WORDS} & {*words}:
        ending = endings(calls, vocabulary)
    columns = [key for item in by for key in _keys(calls, item, ending, tz)]
    if not lazily:
        columns = [_whole(column) for column in columns]
    names = [str(key.name) for key in columns]
    twice = sorted({name for name in names if names.count(name) > 1 or name in taken})
    if twice:
        raise ValueError(
            f"the table would have several columns of the name {', '.join(twice)}. "
            "Group by each column once, and rename a Series: series.rename('another name')."
        )
    return columns


def matches(calls: pd.DataFrame, of: By, vocabulary: pd.DataFrame) -> tuple[Mask, str]:
    """Return which calls are of a kind, and what to call them.

    Parameters
    ----------
    calls : DataFrame
    of : str or Series of bool
        An outcome, else a category, an owner, a status or a reason; or a Series with the index of
        the calls, where a missing value counts as no, or a function of the calls that returns one.
    vocabulary : DataFrame

    Raises
    ------
    ValueError
        If nobody knows the value, if it means different calls as a category and as an owner, say,
        or if the Series does not fit the calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> matches(calls, "failed", REASONS)
    (array([False,  True]), 'failed')
    """
    if callable(of):
        of = _called(calls, of)
    if isinstance(of, pd.Series):
        return flags(_aligned(calls, of)), str(of.name or "hits")
    ending = endings(calls, vocabulary)
    (hit,) = lookup(ending.codes, _are(ending, of))
    return hit, spelled(of) or ""


def choose(
    calls: pd.DataFrame, of: By, among: By | None, ending: Endings, taken: Collection[str] = ()
) -> Chosen:
    """Return the calls that a rate is made of: hits `of`, out of the ended calls `among`.

    Calls whose ending nobody knows are not counted, unless it is they who are asked for. Calls that
    are stuck in progress are among them.

    Parameters
    ----------
    calls : DataFrame
    of, among : str, Series of bool, or function of the calls that returns one
        As for `matches`.
    ending : Endings
        How the calls ended.
    taken : collection of str
        Names that the table has for columns of its own; the hits are then called ``hits``.

    Examples
    --------
    >>> from retell_nb.engine.counts import count
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"], "call_status": ["error"]})
    >>> selection = choose(calls, "failed", None, endings(calls))
    >>> counts, attrs = selection.added(count([selection.kind], 1))
    >>> counts.totals["hits"].tolist(), attrs
    ([1], {'in_progress': 0, 'unknown': 0})
    """
    asked_for = [of] if among is None else [of, among]
    items = [_called(calls, item) if callable(item) else item for item in asked_for]
    name = _name_of(items[0], taken)
    series = [item for item in items if isinstance(item, pd.Series)]
    hanging = stuck_key(calls, ending)
    keys = [*ending.keys, *hanging, *(_flag(calls, item) for item in series)]
    cells = cells_of(keys)
    others, size = cells[len(ending.keys) :], len(cells[0])
    of_ending = np.arange(size) // (size // len(ending.reasons))
    of_series = iter(others[len(hanging) :])
    masks = [
        next(of_series) == 0 if isinstance(item, pd.Series) else _are(ending, item)[of_ending]
        for item in items
    ]
    is_stuck = others[0] == 0 if hanging else np.zeros(size, dtype=bool)
    running = ending.are("outcome", "in_progress")[of_ending] & ~is_stuck
    unknown = ending.are("outcome", "unknown")[of_ending] | is_stuck
    among_these = masks[1] if masks[1:] else np.ones(size, dtype=bool)
    ended = among_these & ~running
    whole = any(
        not isinstance(item, pd.Series) and mask.any() and not (mask & ~unknown).any()
        for item, mask in zip(items, masks, strict=True)
    )
    denominator = ended if whole else ended & ~unknown
    kind, of_class = folded(
        "kind",
        keys,
        ended=ended,
        counted=denominator,
        hit=masks[0] & denominator,
        unknown=ended & unknown,
        running=among_these & running,
    )
    return Chosen(name, kind, of_class)


def _name_of(of: By, reserved: Collection[str]) -> str:
    """What the hits are called."""
    if isinstance(of, pd.Series):
        name = str(of.name or "hits")
        return "hits" if name in reserved or name == "unknown" else name
    name = spelled(of) or ""
    if name in _RUNNING:
        raise ValueError(
            f"there is no rate of {name!r}: calls in progress are never counted in one. "
            "Use tally('outcome') or tally('status')."
        )
    return "hits" if name in reserved else name


def stuck_key(calls: pd.DataFrame, ending: Endings) -> list[Key]:
    """Return which calls are stuck as a key, or none where no call is.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> stuck_key(calls, endings(calls))
    []
    """
    rows = stuck_rows(calls, ending)
    codes = cast("Any", Sparse(rows, len(calls)))
    return [Key("stuck", codes, pd.Series([True]))] if len(rows) else []


def flags(column: Column) -> Mask:
    """Return a column of booleans as an array, where a missing value is a no.

    Examples
    --------
    >>> flags(pd.Series([True, None], dtype="boolean"))
    array([ True, False])
    """
    _check_flags(column)
    mask: Mask = column.to_numpy(dtype=bool, na_value=False)
    return mask


def _check_flags(column: Column) -> None:
    if not pd.api.types.is_bool_dtype(column.dtype):
        raise ValueError(
            f"the Series {column.name!r} holds {column.dtype}, not booleans. "
            "Compare it with something, or use series.astype('boolean')."
        )


def _whole(column: Key | Folded) -> Key | Folded:
    """A key whose codes are an array, also where they are read off a clock."""
    if isinstance(column, Folded):  # whose codes are best looked up as they are counted
        return column
    codes: Any = column.codes
    if isinstance(codes, np.ndarray):
        return column
    return column._replace(codes=whole(codes))


def _keys(calls: pd.DataFrame, by: By, ending: Endings | None, tz: str) -> list[Key | Folded]:
    if isinstance(by, pd.Series):
        aligned = _aligned(calls, by)
        return [key(aligned.rename("group") if by.name is None else aligned)]
    if isinstance(by, pd.Grouper):
        return [_of_grouper(calls, by, tz)]
    if callable(by):  # such as business hours
        return _keys(calls, _called(calls, by), ending, tz)
    name = by if isinstance(by, Hashable) else None
    if ending is not None and name in ("reason", *WORDS):
        return [ending.key(str(name))]
    if answers(name, calls.columns) or (name in DIMENSIONS and name not in calls.columns):
        return [*dimension(calls, str(name), tz)]  # which says what the calls lack for it
    if name is not None and name in calls.columns:
        return [key(calls[name])]
    words = ("reason", *WORDS, *DIMENSIONS)
    raise ValueError(
        f"cannot group by {by!r}.{did_you_mean(by, (*words, *calls.columns))} "
        f"Allowed, one by one: the words {', '.join(words)}; the columns "
        f"{', '.join(map(cleaned, calls.columns))}; a Series with the index of the calls, or a "
        "function of the calls that returns one."
    )


def _called(calls: pd.DataFrame, function: Callable[[pd.DataFrame], Any]) -> Column:
    """Return what a function makes of the calls, under its own name where the Series has none."""
    column = function(calls)
    if not isinstance(column, pd.Series):
        column = pd.Series(column, index=calls.index)
    name = getattr(function, "__name__", "<lambda>")
    return column.rename(name) if column.name is None and name != "<lambda>" else column


def _of_grouper(calls: pd.DataFrame, grouper: pd.Grouper, tz: str) -> Key:
    """Return the key of a `pandas.Grouper`: of a column, or of the periods of a column of times."""
    if grouper.key is None:
        raise ValueError("a Grouper needs the name of a column: pandas.Grouper(key='agent_id').")
    require(calls, grouper.key)
    column = calls[str(grouper.key)]
    if grouper.freq is None:
        return key(column)
    edges = period_edges(column, to_offset(grouper.freq).freqstr, tz)
    return Key(str(grouper.key), periods_of(column, edges), pd.Series(edges[:-1]))


def _aligned(calls: pd.DataFrame, column: Column) -> Column:
    if not column.index.equals(calls.index):
        raise ValueError(
            f"the Series {column.name!r} ({len(column)} values) has another index than the calls "
            f"({len(calls)}). Make it from the same frame, or use series.reindex(calls.index)."
        )
    return column


def _flag(calls: pd.DataFrame, column: Column) -> Key:
    """Return a column of booleans as a key, where a missing value is a no."""
    _check_flags(column)
    return Truths(_aligned(calls, column)).key(str(column.name))


def _are(ending: Endings, kind: object) -> Mask:
    """Return which endings are of a kind."""
    value = spelled(kind) or ""
    return ending.are(_word_that_says(value, ending), value)


def _word_that_says(value: str, ending: Endings) -> str:
    """Return the column word of which this is a value: the outcome goes first."""
    vocabulary = ending.vocabulary
    if value in OUTCOMES.index:
        return "outcome"
    named = vocabulary.assign(reason=vocabulary.index)
    rows = pd.concat([part[[*_SEARCHED]] for part in (named, UNPLACED.assign(reason=""))])
    rows_by_word = {name: tuple(rows[name] == value) for name in _SEARCHED}
    rows_by_word = {name: mask for name, mask in rows_by_word.items() if any(mask)}
    if len(set(rows_by_word.values())) > 1:
        ways = " or ".join(f"calls.retell.{name} == {value!r}" for name in rows_by_word)
        raise ValueError(
            f"{value!r} is {' and '.join(rows_by_word)}, of different calls. Pass {ways}."
        )
    if rows_by_word:
        return next(iter(rows_by_word))
    if value in STATUSES:
        return "status"
    if value and value in {*ending.reasons}:
        return "reason"
    raise ValueError(_allowed(value, vocabulary))


def _allowed(value: str, vocabulary: pd.DataFrame) -> str:
    words = {name: vocabulary[name].unique().tolist() for name in ("category", "owner")}
    words |= {"outcome": OUTCOMES.index.tolist(), "status": [*STATUSES]}
    listed = "; ".join(f"{name} {', '.join(values)}" for name, values in words.items())
    names = [*chain.from_iterable(words.values()), *vocabulary.index]
    return (
        f"{value!r} is no kind of call.{did_you_mean(value, names)} "
        f"Allowed: {listed}; a disconnection reason of the "
        "vocabulary or of the calls; or a Series of booleans, as calls['duration_ms'] < 6000."
    )
