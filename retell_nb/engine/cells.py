"""Cells: what several columns of codes are together, as one number for each row.

The cells of a few keys are all combinations of their codes, also of those that are missing. What
is asked of a row is asked of the cells, which are few, and looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from retell_nb.engine.codes import Key, gather, smallest
from retell_nb.engine.threads import blocks, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Ints, Mask

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]

__all__ = ["Folded", "cells_of", "compressed", "folded", "packed", "sizes_of"]

_WIDEST = 1 << 62  # cells that an integer can number


@dataclass(frozen=True, eq=False)
class Folded:
    """Several columns grouped by as one: a key whose codes are looked up as they are counted.

    Attributes
    ----------
    name : str
    keys : sequence of Key
    cells : array of int
        The code that every cell of the keys stands for, as `cells_of` lays them out.
    levels : Series
        The value of every code.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> number = key(pd.Series([3, 5, None], dtype="Int64"))
    >>> sizes = Folded("size", [number], np.array([-1, 0, 1]), pd.Series(["small", "large"]))
    >>> sizes.codes.tolist()
    [0, 1, -1]
    """

    name: str
    keys: Sequence[Key]
    cells: Codes
    levels: pd.Series[Any]

    @cached_property
    def codes(self) -> Codes:
        """The code of each row.

        Examples
        --------
        >>> from retell_nb.engine.codes import key
        >>> number = key(pd.Series([3, 5]))
        >>> Folded("size", [number], np.array([-1, 0, 0]), pd.Series(["small"])).codes.tolist()
        [0, 0]
        """
        size = len(self.keys[0].codes)
        return np.concatenate(spread(self.part, blocks(size)) or [self.cells[:0]])

    def part(self, rows: slice | Ints) -> Codes:
        """Return the codes of some rows.

        Examples
        --------
        >>> from retell_nb.engine.codes import key
        >>> number = key(pd.Series([3, 5]))
        >>> Folded("size", [number], np.array([-1, 0, 1]), pd.Series(["s", "l"])).part(slice(1, 2))
        array([1])
        """
        return gather(self.cells, packed(self.keys, rows))


def packed(
    keys: Sequence[Key | Folded], rows: slice | Ints = slice(None), *, most: int = 0
) -> Codes:
    """Return the cell that each row falls into, in integers of the smallest type.

    Parameters
    ----------
    keys : sequence of Key or Folded
        At least one. The last one changes fastest; a missing value comes before all others.
    rows : slice or array of int
        Some of the rows only.
    most : int
        The greatest number that the type must hold besides.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> packed([key(pd.Series(["b", None])), key(pd.Series([True, False]))]).tolist()
    [5, 1]
    """
    sizes = sizes_of(keys)
    # The last keys first, as long as they fit into a byte: the smaller, the more at a time.
    shift, stride = 1, sizes[-1]  # codes are from -1
    cell = _codes(keys[-1], rows)
    for key, size in zip(keys[-2::-1], sizes[-2::-1], strict=True):
        shift += stride
        dtype = np.min_scalar_type(-max(stride * size, shift) - 1)
        codes = np.multiply(_codes(key, rows), dtype.type(stride), dtype=dtype, casting="unsafe")
        codes += cell
        cell, stride = codes, stride * size
    dtype = np.min_scalar_type(-max(stride, shift, most) - 1)
    whole: Codes = np.add(cell, dtype.type(shift), dtype=dtype, casting="unsafe")
    return whole


def cells_of(keys: Sequence[Key]) -> list[Codes]:
    """Return, for each key, its code in every cell that the keys make, as `packed` numbers them.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> own = [key(pd.Series(values)) for values in (["a"], [True, False])]
    >>> [codes.tolist() for codes in cells_of(own)]
    [[-1, -1, -1, 0, 0, 0], [-1, 0, 1, -1, 0, 1]]
    """
    return [codes.reshape(-1) - 1 for codes in np.indices(sizes_of(keys), dtype=np.int32)]


def compressed(keys: Sequence[Key | Folded]) -> tuple[Key, list[Codes]]:
    """Return one key of the combinations that occur, and the code of each key in every one.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> both, codes = compressed([key(pd.Series(["b", None])), key(pd.Series([7, 7]))])
    >>> both.codes.tolist(), [own.tolist() for own in codes]
    ([0, 1], [[0, -1], [0, 0]])
    """
    sizes = sizes_of(keys)
    if prod(sizes) > _WIDEST:
        head, codes = compressed(keys[:-1])
        both, (place, last) = compressed([head, keys[-1]])
        return both, [*(own[place] for own in codes), last]
    cell, distinct = pd.factorize(packed(keys))
    both = Key("cell", cell.astype(smallest(len(distinct))), pd.Series(range(len(distinct))))
    places = np.unravel_index(distinct, sizes)
    return both, [place - 1 for place in places]


def folded(name: str, keys: Sequence[Key], **flags: Mask) -> tuple[Folded, dict[str, Mask]]:
    """Return keys as one, by the cells that differ in something, and what each class has of it.

    Parameters
    ----------
    name : str
    keys : sequence of Key
    **flags : array of bool
        Something of every cell of the keys, as `cells_of` lays them out.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> number = key(pd.Series([3, 5, 8]))
    >>> folded("parity", [number], odd=np.array([False, True, True, False]))[0].cells
    array([0, 1, 1, 0], dtype=int8)
    """
    bits = np.zeros(len(next(iter(flags.values()))), dtype=np.int64)
    for place, flag in enumerate(flags.values()):
        bits |= flag.astype(np.int64) << place
    apart, first, classes = np.unique(bits, return_index=True, return_inverse=True)
    levels = pd.Series(range(len(apart)))
    key = Folded(name, *_lean(keys, classes.astype(smallest(len(apart)))), levels)
    return key, {name: flag[first] for name, flag in flags.items()}


def _lean(keys: Sequence[Key], cells: Codes) -> tuple[list[Key], Codes]:
    """Leave the keys out that change nothing, so that they need not be counted."""
    own: list[Key] = list(keys)
    grid: Any = cells.reshape(sizes_of(keys))
    for axis in reversed(range(1, len(keys))):
        if (grid == grid.take([0], axis)).all():
            grid = grid.take(0, axis)
            del own[axis]
    return own, grid.reshape(-1)


def sizes_of(keys: Sequence[Key | Folded]) -> list[int]:
    """Return how many codes each key has, with that of a missing value.

    Examples
    --------
    >>> sizes_of([Key("agent", np.array([0]), pd.Series(["a", "b"]))])
    [3]
    """
    return [len(key.levels) + 1 for key in keys]


def _codes(key: Key | Folded, rows: slice | Ints) -> Codes:
    return key.part(rows) if isinstance(key, Folded) else key.codes[rows]
