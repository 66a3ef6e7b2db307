"""Calls made ready to be selected from many times: small integer codes, worked out once each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.facts import has_times, when
from retell_nb.engine.codes import Key, key
from retell_nb.engine.counts import count
from retell_nb.engine.periods import CLOCKS, clock_key, milliseconds, period_edges, periods_of
from retell_nb.explorer.text_search import found
from retell_nb.grouping import vocabulary_of
from retell_nb.selection.filters import moment, plain
from retell_nb.selection.matching import applies, column_of, reader_of
from retell_nb.selection.troubles import trouble_in
from retell_nb.tables.findings.findings import findings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from retell_nb.engine.aliases import Mask

    Times: TypeAlias = npt.NDArray[np.datetime64]

__all__ = ["Index"]

_KEPT = 12
"""Filters whose calls are remembered: one bit of a filter is often selected again."""


@dataclass(eq=False, repr=False)
class Index:
    """Calls with what is asked of them again and again.

    Parameters
    ----------
    calls : DataFrame
    tz : str
        Time zone of days, hours, and times that name none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Examples
    --------
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> index.mask({"outcome": "failed"}).tolist()
    [False, True]
    """

    calls: pd.DataFrame
    tz: str = "UTC"
    reasons: pd.DataFrame | None = None
    _keys: dict[str, Key] = field(default_factory=dict, init=False)
    _pairs: dict[tuple[str, ...], pd.DataFrame] = field(default_factory=dict, init=False)
    _masks: OrderedDict[str, Mask] = field(default_factory=OrderedDict, init=False)

    def __len__(self) -> int:
        return len(self.calls)

    @cached_property
    def vocabulary(self) -> pd.DataFrame:
        """The vocabulary to classify by.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
        >>> "dial_busy" in Index(calls).vocabulary.index
        True
        """
        return vocabulary_of(self.reasons)

    @cached_property
    def bare(self) -> pd.DataFrame:
        """The calls without their notes, which pandas would copy at every step.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
        >>> Index(calls).bare.attrs
        {}
        """
        bare = self.calls.copy(deep=False)
        bare.attrs = {}
        return bare

    @cached_property
    def times(self) -> Times:
        """Time of each call in UTC; all of them missing where the calls tell no times.

        Examples
        --------
        >>> Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})).times
        array(['NaT'], dtype='datetime64[ms]')
        """
        if not has_times(self.calls):
            return np.full(len(self.calls), "NaT", dtype="datetime64[ms]")
        naive = when(self.bare).dt.tz_convert("UTC").dt.tz_localize(None)
        return naive.to_numpy()

    @cached_property
    def last(self) -> pd.Timestamp | None:
        """When the day of the last call ends, by the clocks of the time zone; None without a time.

        Examples
        --------
        >>> times = pd.to_datetime(["2026-03-01T10:00Z"], format="ISO8601")
        >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "start_timestamp": times})
        >>> Index(calls).last.isoformat()
        '2026-03-02T00:00:00'
        """
        timed = self.times[~np.isnat(self.times)]
        if not len(timed):
            return None
        last = pd.Timestamp(timed.max(), tz="UTC").tz_convert(self.tz).tz_localize(None)
        return last.floor("D") + pd.Timedelta("1D")

    @property
    def _times(self) -> pd.Series[pd.Timestamp]:
        return pd.Series(self.times, dtype=self.times.dtype).dt.tz_localize("UTC")

    @cached_property
    def ended(self) -> Mask:
        """Calls that are not in progress.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", None]})
        >>> Index(calls.assign(call_status=["error", "ongoing"])).ended.tolist()
        [True, False]
        """
        return ~self._mask_of("outcome", ["in_progress"])

    @cached_property
    def agent(self) -> str | None:
        """By what agents are known: their ids, their names where no call records an id, or nothing.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "agent_name": ["Alma"]})
        >>> Index(calls).agent
        'agent'
        """
        columns = {"agent_id": "agent_id", "agent_name": "agent"}
        recorded = [name for name in columns if name in self.bare and self.bare[name].notna().any()]
        return columns[recorded[0]] if recorded else None

    @cached_property
    def agents(self) -> dict[Any, str]:
        """Names that people gave the agents, as far as each is the name of one agent.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "agent_id": ["a", "b"]})
        >>> Index(calls.assign(agent_name=["Alma", None])).agents
        {'a': 'Alma'}
        """
        if not {"agent_id", "agent_name"} <= set(self.calls.columns):
            return {}
        pairs = self.together("agent_id", "agent_name").dropna()
        pairs = pairs.sort_values("calls", ascending=False, kind="stable")
        pairs = pairs.drop_duplicates("agent_id").drop_duplicates("agent_name", keep=False)
        return dict(zip(pairs["agent_id"], pairs["agent_name"].astype(str), strict=True))

    def findings(self) -> pd.DataFrame:
        """Return what is wrong with the calls, ranked by how many of them it would save.

        Examples
        --------
        >>> Index(pd.DataFrame({"disconnection_reason": []})).findings().empty
        True
        """
        return findings(self.calls, tz=self.tz, reasons=self.reasons)

    def key(self, name: str) -> Key:
        """Return the key of a column word or column: its values, and which each call has.

        Examples
        --------
        >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", None]}))
        >>> index.key("reason").codes.dtype, index.key("reason").codes.tolist()
        (dtype('int8'), [0, -1])
        """
        if name not in self._keys:
            self._keys[name] = self._clock(name) or _small(key(self._column(name)))
        return self._keys[name]

    def _column(self, name: str) -> pd.Series[Any]:
        return column_of(self.bare, name, self.vocabulary, tz=self.tz).rename(name)

    def _clock(self, name: str) -> Key | None:
        """The key of what clocks showed, whose values are known without looking for them."""
        if name not in CLOCKS or not has_times(self.bare):
            return None
        clock = clock_key(milliseconds(self._times), self.tz, name)
        return clock._replace(
            codes=np.asarray(clock.codes[0 : len(self)]), levels=clock.levels.astype("Int16")
        )

    def periods(self, freq: str) -> Key:
        """Return the key of the periods of time; the last of its values is where the last ends.

        Examples
        --------
        >>> times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-02T09:00Z"], format="ISO8601")
        >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "start_timestamp": times})
        >>> Index(calls).periods("D").codes.tolist()
        [0, 1]
        """
        name = f"every {freq}"
        if name not in self._keys:
            edges = period_edges(self._times, freq, self.tz)
            codes = periods_of(self._times, edges)
            self._keys[name] = _small(Key("period", codes, pd.Series(edges)))
        return self._keys[name]

    def together(self, *names: str) -> pd.DataFrame:
        """Return the values of some columns that occur together, with the number of calls.

        Examples
        --------
        >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
        >>> index.together("outcome", "reason")["reason"].tolist()
        ['dial_busy', 'dial_failed']
        """
        if names not in self._pairs:
            counts = count([self.key(name) for name in names], len(self))
            self._pairs[names] = counts.groups().assign(calls=counts.calls)
        return self._pairs[names]

    def mask(self, filters: Mapping[str, Any], but: Collection[str] = ()) -> Mask:
        """Tell of each call whether every filter applies to it, leaving some filters out.

        Parameters
        ----------
        filters : mapping
            As `calls.retell.select` takes them, which chooses the same calls.
        but : collection of str
            Names of filters that are not to be made.

        Examples
        --------
        >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
        >>> index.mask({"outcome": "failed", "owner": "nobody"}, but=["owner"]).tolist()
        [False, True]
        """
        mask = np.ones(len(self), dtype=bool)
        for name, value in plain(filters).items():
            if name not in but:
                mask &= self._mask_of(name, value)
        return mask

    def _mask_of(self, name: str, value: Any) -> Mask:
        cache_key = f"{name}={value!r}"
        if cache_key not in self._masks:
            self._masks[cache_key] = self._applies(name, value)
            while len(self._masks) > _KEPT:
                self._masks.popitem(last=False)
        self._masks.move_to_end(cache_key)
        return self._masks[cache_key]

    def _applies(self, name: str, value: Any) -> Mask:
        """Tell of each call whether one filter applies to it."""
        if name in ("start", "end"):
            at = moment(value, self.tz).tz_convert("UTC").tz_localize(None).to_datetime64()
            return self.times >= at if name == "start" else self.times < at
        if name == "search":
            return found(self, value)
        if name == "trouble":
            return trouble_in(self.bare, value, self.vocabulary)
        if name in ("agent", "duration", "cost") or self.has_ranges(name, value):
            return applies(self.bare, name, value, self.tz, self.vocabulary)
        own = self.key(name)
        values = [one for one in value if one is not None]
        allowed = np.append(own.levels.isin(values).to_numpy(dtype=bool), len(values) < len(value))
        mask: Mask = allowed[own.codes]  # the code -1 of a missing value is the last place
        return mask

    def has_ranges(self, name: str, value: list[Any]) -> bool:
        """Tell whether a filter holds more than values to be equal to.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "duration_ms": [0]})
        >>> Index(calls).has_ranges("duration_ms", ["<10s"])
        True
        """
        if not any(isinstance(one, (str, dict)) for one in value):
            return False
        none = self.bare.head(0)
        return reader_of(name, column_of(none, name, self.vocabulary).dtype, self.tz) is not None


def _small(wide: Key) -> Key:
    """The key with codes of the fewest bytes."""
    return wide._replace(codes=wide.codes.astype(np.min_scalar_type(-len(wide.levels) - 1)))
