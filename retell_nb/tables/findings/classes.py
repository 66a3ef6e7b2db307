"""Classes of calls: all calls of a class are alike in which faults they have, or could have.

That depends on how a call ended, on its direction and channel, on how long the talk was, and for
errors of an LLM server on whether its agent has one. There are a few hundred such classes, however
many the calls are; so each question is asked of the classes, and answered for a call by a look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings
from retell_nb.engine.cells import cells_of, compressed, packed
from retell_nb.engine.codes import Key, key, lookup, smallest
from retell_nb.engine.counts import count
from retell_nb.engine.steps import Bands
from retell_nb.engine.threads import blocks, spread
from retell_nb.tables.outages.exposure import as_far, own_server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.calls.agents import Agents
    from retell_nb.engine.aliases import Codes, Column, Ints, Mask, Rows
    from retell_nb.tables.findings.attributes import Place
    from retell_nb.vocabulary.lookup import Endings

__all__ = ["AGENT", "SHORT", "Classes", "classes_of"]

SHORT = 10
"""Seconds that a talk lasts at least that is not short: as Twilio's Voice Insights has it."""

AGENT = (("agent_id",), ("agent_name",))
"""The columns that an agent can be known by."""

_ANY_TIME = float(np.nextafter(0, 1))  # that a talk lasts at least, in ms
_MOST_CELLS = 1 << 15  # of all that classes differ in; of more, those that occur are told apart


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of calls, those that occur.

    Attributes
    ----------
    codes : array of int
        The cell of each call; `cells` has that of each class.
    sizes : array of int
        Calls of each class.
    now : array of bool
        Whether these are calls that are looked at, not those of a baseline.
    codes_of : mapping of name to array of int
        The code of each class in ``direction`` and ``call_type``, as their keys have it, and in
        ``talk``: 0 for a short one, 1 for a longer one, else -1.
    calls : DataFrame
        One row for each class, as if it were a call, with what tells its direction.
    ended, failed : array of bool
    server : array of bool
        Whether the agents have an LLM server of their own; not asked where none failed.
    reasons : array of str or None
    category, stage : Series
    agents : tuple of array of int
        Classes and agents that occur together.
    """

    codes: Codes
    cells: Ints
    sizes: Ints
    now: Mask
    codes_of: Mapping[str, Codes]
    calls: pd.DataFrame
    ended: Mask
    failed: Mask
    server: Mask
    reasons: npt.NDArray[np.object_]
    category: Column
    stage: Column
    agents: tuple[Ints, Ints]

    def of_calls(self, values: npt.NDArray[Any], rows: Rows | None = None) -> npt.NDArray[Any]:
        """Return what each call, or each of some, has of the values of the classes."""
        table = np.zeros(int(self.cells.max(initial=0)) + 1, dtype=values.dtype)
        table[self.cells] = values
        return lookup(self.codes if rows is None else self.codes[rows], table)[0]

    @property
    def failures(self) -> int:
        """How many of the calls that are looked at failed."""
        return int(self.sizes[self.failed & self.now].sum())

    def agents_of(self, where: Mask) -> Ints:
        """Return the codes of the agents that have calls of some classes, in order."""
        of_class, agent = self.agents
        return np.unique(agent[where[of_class]])

    def exposed(self, hit: Mask) -> Mask:
        """Return the classes of calls that could be hit as those of some classes are.

        As `at_risk` has it, but for directions, of which the hits themselves tell more.
        """
        exposed, _ = as_far(self.stage, hit)
        if hit.any() and (self.category[hit] == "llm_server").all():
            exposed &= self.server
        return exposed | hit


def classes_of(
    calls: pd.DataFrame,
    now: Mask | None,
    vocabulary: pd.DataFrame,
    places: Sequence[Place],
    *,
    them: Agents | None = None,
) -> Classes:
    """Return the classes of calls.

    Parameters
    ----------
    calls : DataFrame
    now : array of bool, optional
        Which calls are looked at, where there is a baseline as well.
    vocabulary : DataFrame
    places : sequence of Place
        The attributes of the calls, as far as they are recorded.
    them : Agents, optional
        The agents of the calls, if they are at hand.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"] * 2})
    >>> classes = classes_of(calls, None, REASONS, [])
    >>> classes.sizes.tolist(), classes.failed.tolist()
    ([2, 2], [True, False])
    """
    ending = endings(calls, vocabulary)
    key_by_columns = {place.columns: place.key for place in places}
    keys = _keys(calls, ending, key_by_columns)
    server = ending.are("category", "llm_server")
    if len(ending.rows(server)):
        keys.append(_flag("server", own_server(calls, vocabulary, them=them)))
    if now is not None:
        keys.append(_flag("now", now))
    codes, cells, sizes, parts = _occurring(keys, len(calls))
    of = dict(zip((key.name for key in keys), parts, strict=True))
    own = of["ending"]
    outcome = ending.word("outcome")[own]
    agent = next((key_by_columns[name] for name in AGENT if name in key_by_columns), None)
    return Classes(
        codes=codes,
        cells=cells,
        sizes=sizes,
        now=of["now"] == 0 if "now" in of else np.ones(len(cells), dtype=bool),
        codes_of=of,
        calls=_as_calls(ending, keys, of),
        ended=np.asarray(outcome != "in_progress"),
        failed=np.asarray(outcome == "failed"),
        server=of.get("server", np.zeros_like(own)) == 0,
        reasons=ending.reasons[own],
        category=pd.Series(ending.word("category")[own]),
        stage=pd.Series(ending.word("stage")[own]),
        agents=_with_agents(codes, cells, agent),
    )


def _keys(
    calls: pd.DataFrame, ending: Endings, key_by_columns: Mapping[tuple[str, ...], Key]
) -> list[Key]:
    """Return what classes differ in whatever the calls: ending, direction, channel and talk."""
    keys = [Key("ending", ending.codes, pd.Series(range(len(ending.reasons))))]
    keys += [
        key_by_columns.get((name,)) or key(calls[name])
        for name in ("direction", "call_type")
        if name in calls.columns
    ]
    if "duration_ms" in calls.columns:
        bands = cast("Any", Bands(calls["duration_ms"], [_ANY_TIME, 1000 * SHORT]))
        keys.append(Key("talk", bands, pd.Series(["short", "long"])))
    return keys


def _flag(name: str, mask: Mask) -> Key:
    return Key(name, mask.view(np.int8) - np.int8(1), pd.Series([True]))


def _occurring(keys: list[Key], rows: int) -> tuple[Codes, Ints, Ints, list[Codes]]:
    """Return the cell of each call, and of the cells that occur how often and with which codes."""
    size = prod(len(key.levels) + 1 for key in keys)
    if size > _MOST_CELLS:
        both, parts = compressed(keys)
        sizes = np.bincount(both.codes, minlength=len(both.levels))
        return both.codes, np.arange(len(sizes)), sizes, parts
    codes = np.empty(rows, dtype=smallest(size))

    def fill(block: slice) -> Ints:
        codes[block] = packed(keys, block)
        return np.bincount(codes[block], minlength=size)

    sizes = np.sum(spread(fill, blocks(rows)) or [np.zeros(size, dtype=np.int64)], axis=0)
    cells = np.flatnonzero(sizes)
    return codes, cells, sizes[cells], [part[cells] for part in cells_of(keys)]


def _as_calls(ending: Endings, keys: Sequence[Key], of: Mapping[str, Codes]) -> pd.DataFrame:
    columns: dict[str, Any] = {"disconnection_reason": ending.reasons[of["ending"]]}
    for one in keys:
        if one.name in ("direction", "call_type"):
            columns[one.name] = one.levels.astype(object).reindex(of[one.name]).to_numpy()
    return pd.DataFrame(columns)


def _with_agents(codes: Codes, cells: Ints, agent: Key | None) -> tuple[Ints, Ints]:
    if agent is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    own = Key("class", codes, pd.Series(range(int(cells.max(initial=0)) + 1)))
    counts = count([own, agent], len(codes))
    of_class, agents = (np.asarray(place, dtype=np.int64) for place in counts.places)
    return np.searchsorted(cells, of_class), agents
