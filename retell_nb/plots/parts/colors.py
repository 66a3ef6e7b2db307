"""The colours of groups: those of `OUTCOMES`, or from dark to light, readable in grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

from retell_nb.vocabulary.reasons import OUTCOMES, REASONS, UNPLACED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["apart", "by_outcome", "by_sign", "ink", "on", "outcomes_of", "shading"]

NEUTRAL = "#5b7f9e"
"""The colour of groups that are no outcome."""

REST = "#d0d0d0"
"""The colour of what is folded together, or of what cannot be said."""

QUIET = "#767676"
"""The colour of notes and second thoughts: grey that is still readable."""

NOTES = "notes"
"""By which the small letters under a title are found again."""

FAINT = "#a8a8a8"
"""The colour of what is too little to say."""

ALARM = str(OUTCOMES.loc["failed", "colour"])
"""The colour of a rate that nobody has given one."""

EDGE: dict[str, Any] = {"edgecolor": "#555555", "linewidth": 0.5}
"""A thin edge, so that the light colours hold on white and neighbours part in grey."""

_VOCABULARY = pd.concat([REASONS, UNPLACED])
_COLOURS = {str(name): str(colour) for name, colour in OUTCOMES["colour"].items()}
_MIXED = "mixed"


def _common(outcomes: pd.Series[str]) -> str:
    return str(outcomes.iloc[0]) if len({*outcomes}) == 1 else _MIXED


_OUTCOME_OF = {
    "outcome": {name: name for name in OUTCOMES.index},
    "category": _VOCABULARY.groupby("category", sort=False)["outcome"].agg(_common).to_dict(),
    "reason": _VOCABULARY["outcome"].to_dict(),
    "disconnection_reason": _VOCABULARY["outcome"].to_dict(),
}


def outcomes_of(word: str, groups: Sequence[str]) -> list[str] | None:
    """Outcome of each group of outcomes, categories or reasons; None for any other word.

    A category whose reasons have several outcomes, such as `handover`, is `mixed`; what the
    vocabulary lacks is `unknown`.

    Examples
    --------
    >>> outcomes_of("reason", ["dial_failed", "new_reason"])
    ['failed', 'unknown']
    >>> outcomes_of("category", ["trunk", "handover"])
    ['failed', 'mixed']
    """
    outcome_of = _OUTCOME_OF.get(word)
    return None if outcome_of is None else [outcome_of.get(group, "unknown") for group in groups]


def by_outcome(word: str, groups: Sequence[str]) -> list[str]:
    """Colour of each group: that of its outcome, or the same quiet one where it has none.

    Examples
    --------
    >>> by_outcome("outcome", ["failed", "completed"])
    ['#b92d1c', '#3a8f70']
    >>> by_outcome("agent_id", ["agent_1"])
    ['#5b7f9e']
    """
    outcomes = outcomes_of(word, groups)
    if outcomes is None:
        return [NEUTRAL] * len(groups)
    return [_COLOURS.get(outcome, NEUTRAL) for outcome in outcomes]


def apart(word: str, groups: Sequence[str]) -> list[str]:
    """Colour of each group, no two the same: by outcome, else from dark to light.

    Groups of the same outcome get paler from one to the next.

    Examples
    --------
    >>> apart("outcome", ["failed", "completed"])
    ['#b92d1c', '#3a8f70']
    >>> len(set(apart("category", ["trunk", "billing"])))
    2
    """
    if word not in _OUTCOME_OF:
        places = np.linspace(0, 0.88, max(len(groups), 2))
        return [to_hex(colour) for colour in colormaps["viridis"](places)][: len(groups)]
    paints = pd.Series(by_outcome(word, groups), dtype="object")
    steps = paints.groupby(paints).cumcount()
    return [
        _mixed(paint, "white", 1 - 0.75**step) for paint, step in zip(paints, steps, strict=True)
    ]


def ink(of: str, default: str = NEUTRAL) -> str:
    """Colour for dots and lines that show a rate, dark enough to hold on white.

    Examples
    --------
    >>> ink("failed"), ink("llm_server"), ink("backend")
    ('#b92d1c', '#b92d1c', '#5b7f9e')
    """
    outcome = next(
        (outcome_of[of] for outcome_of in _OUTCOME_OF.values() if of in outcome_of), None
    )
    colour = _COLOURS.get(outcome or "", default)
    return _mixed(colour, "black", 0.35) if _lightness(colour) > 70 else colour


def by_sign(of: str, differences: Iterable[float]) -> list[str]:
    """Colour of each change of a rate: red where it is for the worse, green for the better.

    Examples
    --------
    >>> by_sign("failed", [0.1, -0.1]), by_sign("completed", [0.1])
    (['#b92d1c', '#3a8f70'], ['#3a8f70'])
    """
    rise, fall = ALARM, str(OUTCOMES.loc["completed", "colour"])
    if of == "answered" or ink(of, ALARM) == fall:
        rise, fall = fall, rise
    return [fall if difference < 0 else rise for difference in differences]


def on(colour: str) -> str:
    """Black or white: what can be read on a colour.

    Examples
    --------
    >>> on("#b92d1c"), on("#f5d77c")
    ('white', 'black')
    """
    return "white" if _lightness(colour) < 49.5 else "black"  # where both contrasts are equal


def shading(colour: str) -> LinearSegmentedColormap:
    """Map from nearly white over a colour to nearly black, its lightness falling evenly.

    Examples
    --------
    >>> shading("#b92d1c").N
    256
    """
    stops = [_mixed(colour, "white", 0.93), colour, _mixed(colour, "black", 0.7)]
    light = np.array([_lightness(stop) for stop in stops])
    places = (light[0] - light) / (light[0] - light[-1])
    return LinearSegmentedColormap.from_list("shading", list(zip(places, stops, strict=True)))


def _mixed(colour: str, other: str, part: float) -> str:
    pairs = zip(to_rgb(colour), to_rgb(other), strict=True)
    red, green, blue = ((1 - part) * mine + part * its for mine, its in pairs)
    return to_hex((red, green, blue))


def _lightness(colour: str) -> float:
    """L* of CIELAB."""
    linear = [((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in to_rgb(colour)]
    return float(116 * np.cbrt(np.dot((0.2126, 0.7152, 0.0722), linear)) - 16)
