"""The segments behind a rise of a rate, from counts now and of a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.engine.chance import largest_scores, p_value
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.scores import Counts
from retell_nb.engine.segments import Leaves, candidates, named, rolled_up, score

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from retell_nb.engine.aliases import Codes, Floats
    from retell_nb.engine.segments import Candidate, Segment

__all__ = ["FIGURES", "NOT_RECORDED", "explain_counts", "explained"]

NOT_RECORDED = "not recorded"
"""The value that stands for a missing one."""

_MEASURES = ("calls", "failed", "baseline_calls", "baseline_failed")
FIGURES = (
    *("segment", "depth", "calls", "failed", "rate", "low", "high"),
    *("baseline_calls", "baseline_failed", "baseline_rate", "baseline_low", "baseline_high"),
    *("excess", "share_of_excess", "rate_without", "score", "p_value", "runner_up"),
)
"""The columns of an explanation besides its attributes."""
_ALPHA = 0.05
_ROUNDING = 1 + 1e-9  # that averages may be off by


class _Explanation(NamedTuple):
    """A segment, how much speaks for it, how likely that is by chance, and the next best."""

    segment: Segment
    score: float
    p_value: float
    runner_up: Segment | None


def explain_counts(
    leaves: pd.DataFrame, attributes: Sequence[str], *, max_depth: int = 3, top: int = 5
) -> pd.DataFrame:
    """Segments whose rate of failed calls rose most, the best explanation first.

    A segment is all calls with certain values of at most `max_depth` attributes; "everywhere" is
    one too, with none. The one for which most speaks is taken, an attribute is dropped while the
    calls around rose as well, and its calls are set aside before the next one is looked for.

    Parameters
    ----------
    leaves : DataFrame
        The columns of `attributes` and `calls`, `failed`, `baseline_calls` and `baseline_failed`:
        calls and failed calls now and in the baseline, which may be fractions, as averages are.
        Rows with the same values add up; one call a row is fine. A missing value of an attribute
        is a value of its own, the same as the text "not recorded".
    attributes : sequence of str
        Columns that may explain a rise, of any type.
    max_depth : int
        The most attributes of a segment.
    top : int
        The most explanations.

    Returns
    -------
    DataFrame
        A row for each explanation. The columns of `attributes` say which values a segment has,
        missing where any (a value that was not recorded is the text "not recorded"); `segment`
        says it in words; `depth` is the number of attributes. `calls`, `failed`, `rate`, `low` and
        `high` are of all its calls now, with Wilson's 95% interval, and the same with `baseline_`
        before. `excess` is how many calls failed beyond its baseline's rate (the overall one where
        the baseline has none of its calls), `share_of_excess` its share of the overall excess,
        missing where the overall rate has not risen. `rate_without` is the overall rate without
        its calls, missing where there are no others. `score` is a log-likelihood ratio less a
        penalty for depth, of the calls not set aside before. `p_value` is the chance of a score as
        high anywhere if nothing changed. `runner_up` is the best other segment, neither wider nor
        narrower, in words.

        Empty where nothing rose. The first explanation is returned however likely chance is, so
        look at its `p_value`; further ones have p < 0.05.

    Raises
    ------
    ValueError
        If a column is missing, counts are impossible, or the baseline has no calls.

    Notes
    -----
    The scores are described in `retell_nb.engine.scores`, the p-values in
    `retell_nb.engine.chance`. Among values that go together, so that the calls are the same, the
    first of `attributes` is named. A segment has at least two failed calls, now and before.

    Examples
    --------
    >>> leaves = pd.DataFrame(
    ...     {
    ...         "agent": ["A", "A", "B", "B"],
    ...         "hour": [9, 10, 9, 10],
    ...         "calls": [100, 100, 100, 100],
    ...         "failed": [5, 40, 6, 4],
    ...         "baseline_calls": [500, 500, 500, 500],
    ...         "baseline_failed": [25, 24, 26, 25],
    ...     }
    ... )
    >>> best = explain_counts(leaves, ["agent", "hour"])
    >>> best[["agent", "hour", "segment", "rate", "baseline_rate", "rate_without"]].round(3)
      agent  hour              segment  rate  baseline_rate  rate_without
    0     A    10  agent A and hour 10   0.4          0.048          0.05
    """
    return explained(leaves, attributes, max_depth=max_depth, top=top)


def explained(
    leaves: pd.DataFrame,
    attributes: Sequence[str],
    *,
    max_depth: int,
    top: int,
    unnamed: Collection[str] = (),
    phrases: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return what `explain_counts` returns, where some missing values can be no explanation.

    Parameters
    ----------
    leaves, attributes, max_depth, top
        As of `explain_counts`.
    unnamed : collection of str
        Attributes whose missing values have no name: the value may be missing because the call
        failed. Such calls are in no segment of that attribute, and tell nothing of its values.
    phrases : mapping of str to str, optional
        What stands before a value in words, if it is not the name of the attribute.
    """
    _check(leaves, attributes, max_depth, top)
    counts = _counts(leaves)
    failed = counts.failed + counts.baseline_failed
    columns = {
        name: _encoded(leaves[name], failed, names_missing=name not in unnamed)
        for name in attributes
    }
    cells = Leaves(
        [codes for codes, _ in columns.values()],
        [len(values) for _, values in columns.values()],
        counts,
    )
    values = {name: values for name, (_, values) in columns.items()}
    return _table(cells, _explanations(cells, max_depth, top), values, phrases or {})


def _check(leaves: pd.DataFrame, attributes: Sequence[str], max_depth: int, top: int) -> None:
    """Raise an error where no answer could be trusted."""
    missing = [name for name in (*attributes, *_MEASURES) if name not in leaves]
    if missing:
        raise ValueError(
            f"The leaves have no column {', '.join(map(repr, missing))}. They need the columns of "
            f"the attributes and {', '.join(_MEASURES)}; they have {', '.join(map(str, leaves))}."
        )
    wrong = [name for name in attributes if name in FIGURES or list(attributes).count(name) > 1]
    if wrong:
        raise ValueError(
            f"{wrong[0]!r} cannot be an attribute: each is listed once, and none is called as a "
            f"column of the result ({', '.join(FIGURES)}). Rename that column of the leaves."
        )
    if max_depth < 0 or top < 1:
        raise ValueError(
            f"max_depth={max_depth} and top={top} explain nothing: max_depth is 0 or more, top 1 "
            "or more."
        )
    calls, failed, before, failed_before = _counts(leaves)
    fits = [
        (part >= 0) & (part <= whole * _ROUNDING) & np.isfinite(whole)
        for part, whole in ((failed, calls), (failed_before, before))
    ]
    if not np.all(fits):
        raise ValueError(
            "Some leaves have counts that cannot be: failed calls are from 0 to the calls, now and "
            "in the baseline, and none is missing. Give 0 where there were no calls."
        )
    if calls.any() and not before.any():
        raise ValueError(
            "The baseline has no calls, so nothing can have risen. Give baseline_calls and "
            "baseline_failed of a time before, or of what was expected."
        )


def _counts(leaves: pd.DataFrame) -> Counts:
    return Counts(*(leaves[name].to_numpy(np.float64, na_value=np.nan) for name in _MEASURES))


def _encoded(
    column: pd.Series[Any], failed: Floats, *, names_missing: bool
) -> tuple[Codes, pd.Index[Any]]:
    """Codes of a column's values that can be named, and those values.

    The next code is of values too rare to be named; the one after it of missing values that may
    not be.
    """
    codes, distinct = pd.factorize(column)
    values = pd.Index(distinct)
    missing = codes < 0
    if missing.any() and not names_missing:
        codes[missing] = len(values)
        places, names = named(codes, len(values) + 1, failed * ~missing)
        apart = np.where(missing, len(names) + 1, places)
        return apart.astype(np.min_scalar_type(len(names) + 1)), values[names]
    if missing.any():
        unrecorded = values.get_indexer([NOT_RECORDED])[0]
        if unrecorded < 0:
            unrecorded = len(values)
            values = values.astype(object).append(pd.Index([NOT_RECORDED], dtype=object))
        codes[missing] = unrecorded
    places, names = named(codes, len(values), failed)
    return places, values[names]


def _explanations(leaves: Leaves, max_depth: int, top: int) -> list[_Explanation]:
    """The best segment of the calls that are not in a better one, again and again."""
    explanations: list[_Explanation] = []
    largest: Floats | None = None
    rest = leaves
    while len(explanations) < top and rest.total.failed and rest.total.baseline_calls:
        ranked = candidates(rest, max_depth)
        if not ranked:
            break
        if largest is None:
            largest = largest_scores(leaves, max_depth)
        segment = rolled_up(rest, ranked[0].segment)
        points = score(rest, segment)
        chance = p_value(points, largest)
        if explanations and chance >= _ALPHA:
            break
        explanations.append(_Explanation(segment, points, chance, _runner_up(segment, ranked)))
        rest = rest.without(segment)
    return explanations


def _runner_up(segment: Segment, ranked: Sequence[Candidate]) -> Segment | None:
    """The best candidate that is neither wider nor narrower."""
    pairs = segment.items()
    others = (
        one.segment
        for one in ranked
        if not (one.segment.items() <= pairs or one.segment.items() >= pairs)
    )
    return next(others, None)


def _table(
    leaves: Leaves,
    explanations: Sequence[_Explanation],
    values: Mapping[str, pd.Index[Any]],
    phrases: Mapping[str, str],
) -> pd.DataFrame:
    """Explanations as a frame, with the figures of all calls of each."""
    segments = [one.segment for one in explanations]
    parts = [leaves.within(segment) for segment in segments]
    measures = (np.concatenate(measure) for measure in zip(*parts, strict=True))
    part = Counts(*measures) if parts else Counts(*np.empty((4, 0)))
    names = list(values)

    def words(segment: Segment | None) -> str | None:
        return None if segment is None else _words(segment, phrases, values)

    return pd.DataFrame(
        {
            **{
                name: _column([segment.get(place, -1) for segment in segments], values[name])
                for place, name in enumerate(names)
            },
            "segment": pd.Series([words(one) for one in segments], dtype=object),
            "depth": np.array([len(one) for one in segments], dtype=np.int64),
            **_figures(part, leaves.total),
            "score": np.array([one.score for one in explanations], dtype=np.float64),
            "p_value": np.array([one.p_value for one in explanations], dtype=np.float64),
            "runner_up": pd.Series([words(one.runner_up) for one in explanations], dtype=object),
        }
    )


def _figures(part: Counts, whole: Counts) -> dict[str, Floats]:
    """Rates of segments and their intervals, and what share of the rise each has."""
    calls, failed, before, failed_before = part
    overall = ratio(whole.baseline_failed, whole.baseline_calls)
    usual = np.where(before > 0, ratio(failed_before, before), overall)
    excess = failed - calls * usual
    total = whole.failed - whole.calls * overall
    low, high = wilson(failed, calls)
    low_before, high_before = wilson(failed_before, before)
    return {
        "calls": calls,
        "failed": failed,
        "rate": ratio(failed, calls),
        "low": low,
        "high": high,
        "baseline_calls": before,
        "baseline_failed": failed_before,
        "baseline_rate": ratio(failed_before, before),
        "baseline_low": low_before,
        "baseline_high": high_before,
        "excess": excess,
        "share_of_excess": ratio(excess, total),
        "rate_without": ratio(whole.failed - failed, whole.calls - calls),
    }


def _column(codes: Sequence[int], values: pd.Index[Any]) -> pd.Series[Any]:
    """Values of segments, missing where any, in the type of the leaves as far as that can miss."""
    kinds = pd.Series(values)
    if isinstance(kinds.dtype, np.dtype) and kinds.dtype.kind in "iub":
        kinds = kinds.astype("boolean" if kinds.dtype.kind == "b" else "Int64")
    return kinds.reindex(np.array(codes, dtype=np.int64)).reset_index(drop=True)


def _words(
    segment: Segment, phrases: Mapping[str, str], values: Mapping[str, pd.Index[Any]]
) -> str:
    """A segment in words, its attributes in the order of the leaves'."""
    parts = []
    for place, code in segment.items():
        name, level = [*values][place], [*values.values()][place][code]
        phrase = phrases.get(name, name) or (name if level == NOT_RECORDED else "")
        parts.append(f"{phrase} {level}".strip())
    *others, last = parts or ["everywhere"]
    return f"{', '.join(others)} and {last}" if others else last
