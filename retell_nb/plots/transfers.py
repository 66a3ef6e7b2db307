# ruff: noqa: RUF002 - an interval is written with an en dash, as in print
"""The picture of transfers: what came of them, on the callers' side and on the targets'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.plots.parts import rows, shaping, style
from retell_nb.text import count, interval
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["transfers"]

_SIDES = {
    "asked for": ("connected", "failed_as_success", "failed", "unknown"),
    "legs to the target": ("bridged", "declined", "timed_out", "undecided", "unanswered"),
}
_UNRECORDED = {"asked for": "connected"}
_PARTS = {
    "connected": ("completed", "connected or joined"),
    "bridged": ("completed", "connected or joined"),
    "failed_as_success": ("timed_out", "failed, marked as successful"),
    "failed": ("failed", "failed or declined"),
    "declined": ("failed", "failed or declined"),
    "timed_out": ("in_progress", "timed out"),
    "undecided": ("machine", "declined or timed out"),
    "unanswered": ("not_reached", "never connected"),
    "unknown": ("unknown", "end not recorded"),
}
"""The outcome whose colour a part of a bar has, and what it is called."""


def transfers(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 10
) -> Axes:
    """Bars of transfers by what came of them: one for what was asked for, one for the targets.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.transfers` returns it.
    ax, title
        As for `tally`.
    limit : int, default 10
        Groups to draw; how many there are besides is said under the title.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from retell_nb.tables import transfers as table_of
    >>> ends = ["call_transfer", "transfer_bridged", "transfer_cancelled"]
    >>> transfers(table_of(pd.DataFrame({"disconnection_reason": ends}))).get_title(loc="left")
    '1 transfer connected; joined 50% (9.5–91%) of 2 targets called'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "asked", "connected", "legs", "bridged", "cancelled")
    table = table.assign(**{name: style.numbers(table[name]) for name in table.columns.drop(by)})
    if not table[["connected", "asked", "legs"]].sum().sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, "No transfers on record")
    groups = table.head(limit)
    undecided = groups["cancelled"] - groups[["declined", "timed_out"]].sum(axis=1)
    recorded = not table.attrs.get("not_recorded")
    wide, names = _bars(groups.assign(undecided=undecided), shaping.names(groups, by), recorded)
    ax = style.axes(ax, height=1.8 + 0.34 * len(wide))
    paints = [str(OUTCOMES.loc[_colour(part), "colour"]) for part in wide.columns]
    rows.stacks(ax, wide, paints)
    for words in ax.texts if not recorded else ():  # a share of the successes alone misleads
        words.set_text("" if words.get_text() == "100%" else words.get_text())
    rows.named(ax, names, width=44)
    rows.key(ax, [*wide.columns], paints)
    style.count_axis(ax.xaxis, "transfers asked for, or calls to their targets")
    notes = [table.attrs.get("not_recorded", "").removesuffix(".")]
    notes += [f"groups not drawn: {count(len(table) - len(groups))}"] * (len(table) > len(groups))
    lead = "" if len(groups) == len(table) else "Groups shown: "
    style.headline(ax, title or f"{lead}{_title(groups)}", filter(None, notes))
    return ax


def _bars(
    groups: pd.DataFrame,
    names: list[str],
    recorded: bool,  # noqa: FBT001 - handed on
) -> tuple[pd.DataFrame, list[str]]:
    """Return the bars with their parts, none for a side of which nothing is on record."""
    bars, labels = [], []
    for (_, row), name in zip(groups.iterrows(), names, strict=True):
        for side, parts in _SIDES.items():
            sizes = pd.Series({part: row[part] for part in parts}).fillna(0)
            if sizes.sum() > 0:
                bars.append(sizes.groupby([_PARTS[part][1] for part in parts], sort=False).sum())
                labels.append(f"{name} · {side if recorded else _UNRECORDED.get(side, side)}")
    order = dict.fromkeys(words for _, words in _PARTS.values())
    wide = pd.DataFrame(bars).reindex(columns=[*order]).fillna(0)
    return wide.loc[:, wide.sum() > 0].reset_index(drop=True), labels


def _colour(words: str) -> str:
    return next(outcome for outcome, name in _PARTS.values() if name == words)


def _title(table: pd.DataFrame) -> str:
    """How many of all transfers connected; with the interval where the table bears that of all."""
    sums = table[["asked", "connected", "unknown", "legs", "bridged"]].sum()
    decided = sums["asked"] - sums["unknown"]
    sentences = []
    attrs = table.attrs.get("overall", {})
    for hits, of, words, unit, prefix in (
        ("connected", decided, "connected", "transfer{} asked for", ""),
        ("bridged", sums["legs"], "joined", "target{} called", "bridged_"),
    ):
        if of > 0:
            rate = sums[hits] / of
            whole = attrs.get(hits) == sums[hits] and attrs[f"{prefix}rate"] == rate
            ends = (attrs[f"{prefix}low"], attrs[f"{prefix}high"]) if whole else (np.nan,) * 2
            rate_and_interval = interval(rate, *ends)
            sentences.append(
                f"{words} {rate_and_interval} of {count(of)} {unit.format('' if of == 1 else 's')}"
            )
        elif sums[hits] > 0:
            plural = "" if sums[hits] == 1 else "s"
            sentences.append(f"{count(sums[hits])} transfer{plural} {words}")
    title = "; ".join(sentences) or f"{count(sums['legs'])} transfers"
    return f"{title[0].upper()}{title[1:]}"
