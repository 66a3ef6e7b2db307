"""Look-ups in a table of reasons: only the distinct values of a column are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.vocabulary.reasons import STATUSES, UNPLACED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retell_nb.engine.aliases import Codes, Column


__all__ = ["categories", "coded", "flagged", "on_record", "positions", "rows", "said", "spelled"]

_RUNNING = (STATUSES.index("registered"), STATUSES.index("ongoing"))


def spelled(value: object) -> str | None:
    """Return a reason as the API spells it; None for a blank or missing one.

    Examples
    --------
    >>> spelled(" Dial no answer ")
    'dial_no_answer'
    """
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - the test for NaN
        return None
    return re.sub(r"[\s_-]+", "_", str(value).strip().lower()) or None


def rows(reasons: Column, recorded: Column | None, vocabulary: pd.DataFrame) -> Codes:
    """Return the row of each reason in the vocabulary followed by `UNPLACED`.

    Examples
    --------
    >>> vocabulary = pd.DataFrame(index=["dial_busy", "dial_failed"])
    >>> rows(pd.Series(["dial_failed", "brand_new", None]), None, vocabulary).tolist()
    [1, 2, 3]
    """
    codes, values = coded(reasons)
    names = [spelled(value) for value in values]
    unknown, missing, in_progress = (np.int16(len(vocabulary) + place) for place in range(3))
    known = positions(names, vocabulary.index)
    places = [
        missing if name is None else unknown if row < 0 else row
        for name, row in zip(names, known, strict=True)
    ]
    placed = np.array([*places, missing], dtype=np.int16)[codes]
    if recorded is None:
        return placed
    running = np.isin(on_record(recorded), _RUNNING)
    return np.where((placed == missing) & running, in_progress, placed)


def on_record(recorded: Column) -> Codes:
    """Return the position in `STATUSES` of each recorded status; -1 for none that is known.

    Examples
    --------
    >>> on_record(pd.Series(["ended", "Not connected", "hung"])).tolist()
    [0, 1, -1]
    """
    codes, values = coded(recorded)
    known = positions([spelled(value) for value in values], STATUSES[:-1])
    return np.append(known, np.int16(-1))[codes]


def positions(values: Iterable[str | None], among: Iterable[str]) -> Codes:
    """Return the position of each value, small enough for many calls; -1 for none.

    Examples
    --------
    >>> positions(["b", None], ["a", "b"]).tolist()
    [1, -1]
    """
    return pd.Index(list(among)).get_indexer(pd.Index(list(values))).astype(np.int16)


def coded(column: Column) -> tuple[Codes, list[object]]:
    """Return codes and the distinct values they stand for; a missing value has the code -1.

    Examples
    --------
    >>> codes, values = coded(pd.Series(["b", "a", None, "b"]))
    >>> codes.tolist(), values
    ([0, 1, -1, 0], ['b', 'a'])
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes), column.cat.categories.tolist()
    codes, values = pd.factorize(column)
    return codes, list(values)


def said(
    word: str,
    reasons: Column,
    recorded: Column | None,
    vocabulary: pd.DataFrame,
    dtype: pd.CategoricalDtype | None = None,
) -> Column:
    """Return what the vocabulary says in a column of texts of each reason, as a category.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> said("owner", pd.Series(["dial_failed"]), None, REASONS).tolist()
    ['number']
    """
    values = [*vocabulary[word], *UNPLACED[word]]
    dtype = dtype or pd.CategoricalDtype(list(dict.fromkeys(values)))
    codes = positions(values, dtype.categories)[rows(reasons, recorded, vocabulary)]
    return categories(reasons, codes, dtype, word)


def flagged(
    word: str, reasons: Column, recorded: Column | None, vocabulary: pd.DataFrame
) -> Column:
    """Return what the vocabulary says in a column of truth values of each reason.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> flagged("answered", pd.Series(["dial_failed"]), None, REASONS).tolist()
    [False]
    """
    flags = pd.array([*vocabulary[word], *UNPLACED[word]], dtype="boolean")
    cells = flags.take(rows(reasons, recorded, vocabulary))
    return pd.Series(cells, index=reasons.index, name=word)


def categories(reasons: Column, codes: Codes, dtype: pd.CategoricalDtype, name: str) -> Column:
    """Return codes as a column of categories, aligned to the reasons.

    Examples
    --------
    >>> answers = pd.CategoricalDtype(["no", "yes"])
    >>> categories(pd.Series(["dial_busy"]), np.array([1]), answers, "busy").tolist()
    ['yes']
    """
    cells = pd.Categorical.from_codes(codes, dtype=dtype)
    return pd.Series(cells, index=reasons.index, name=name)
