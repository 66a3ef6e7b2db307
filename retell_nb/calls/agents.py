"""The agent of each call, decided once: keyed by its id, shown by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.schema import DTYPES
from retell_nb.engine.cells import compressed
from retell_nb.engine.codes import Key, key, lookup

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Agents", "agents"]

_NONE = -1


class Agents(NamedTuple):
    """The agent of each call: a code, and for each code the key and the name to show."""

    codes: npt.NDArray[np.int64]
    keys: list[str]
    names: list[str]

    def key(self) -> Key:
        """Return the agents as a key to group by, under the names to show."""
        return Key("agent", self.codes, pd.Series(self.names, dtype=DTYPES["text"]))

    def of_calls(self, labels: list[str]) -> npt.NDArray[np.object_]:
        """Return the label of each call's agent, one of `keys` or `names`; None for none."""
        return np.array([*labels, None], dtype=object)[self.codes]


def agents(calls: pd.DataFrame) -> Agents:
    """Agent of each call, keyed by its id and shown by its name.

    Falls back on the name where a call records no id: on the one id that bears the name in these
    calls, else on the name itself. Two agents of one name show a piece of their id.

    Examples
    --------
    >>> calls = pd.DataFrame({"agent_id": ["a1", "a2", None], "agent_name": ["Ann", "Ben", "Ann"]})
    >>> agents(calls)
    Agents(codes=array([0, 1, 0]), keys=['a1', 'a2'], names=['Ann', 'Ben'])
    """
    recorded = [_recorded(calls, name) for name in ("agent_id", "agent_name")]
    pair, occurring = compressed(recorded)  # each pair of an id and a name once, the first first
    ids, names = (key.levels for key in recorded)
    pairs = pd.DataFrame(dict(zip(("id", "name"), occurring, strict=True)))
    both = pairs[(pairs["id"] >= 0) & (pairs["name"] >= 0)]
    name_of_id = both.drop_duplicates("id", keep="last").set_index("id")["name"]
    ids_of_name = both.groupby("name")["id"].agg(["first", "size"])
    only = ids_of_name["first"][ids_of_name["size"] == 1]
    # A name that no id bears alone is an agent of its own, behind all ids.
    own = np.append(len(ids) + np.arange(len(names)), _NONE)
    own[only.index.to_numpy(dtype=np.intp)] = only.to_numpy()
    codes, used = pd.factorize(
        np.where(pairs["id"] >= 0, pairs["id"], own[pairs["name"]]),
        sort=True,
        use_na_sentinel=False,
    )
    labels = [*map(str, ids), *map(str, names)]
    agent_codes = used[used >= 0]
    keys = [labels[code] for code in agent_codes]
    display_names = [
        str(names.iloc[name_of_id[code]]) if code in name_of_id.index else labels[code]
        for code in agent_codes
    ]
    of_pair = np.append(codes.astype(np.int64) - int(_NONE in used), _NONE)
    return Agents(lookup(pair.codes, of_pair)[0], keys, _apart(display_names, keys))


def _recorded(calls: pd.DataFrame, name: str) -> Key:
    if name in calls.columns:
        return key(calls[name])
    return Key(name, np.full(len(calls), _NONE, dtype=np.int8), pd.Series(dtype=object))


def _apart(names: list[str], keys: list[str]) -> list[str]:
    """Names to show, with the end of the key where another key has the same name.

    Examples
    --------
    >>> _apart(["Ann", "Ann", "Ben"], ["x1_abcdef", "y2_abcdef", "z3"])
    ['Ann (1_abcdef)', 'Ann (2_abcdef)', 'Ben']
    """
    sizes = range(6, 1 + max(map(len, keys), default=6))
    of_name: dict[str, list[str]] = {}
    for name, agent in zip(names, keys, strict=True):
        of_name.setdefault(name, []).append(agent)
    lengths = {
        name: next((n for n in sizes if len({agent[-n:] for agent in own}) == len({*own})), 6)
        for name, own in of_name.items()
    }
    return [
        f"{name} ({agent[-lengths[name] :]})" if len(of_name[name]) > 1 and name != agent else name
        for name, agent in zip(names, keys, strict=True)
    ]
