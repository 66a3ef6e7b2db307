"""The numbers of many structs at once, by way of MessagePack, which has each at a fixed place."""

from __future__ import annotations

import functools
import math
import re
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

__all__ = ["numbers_within"]

_NAN = re.escape(b"\xcb" + struct.pack(">d", math.nan))
_BYTES = 8


class _Layout(NamedTuple):
    """Where the numbers of a struct stand that holds, however deep, nothing else."""

    paths: list[tuple[str, ...]]
    dtype: np.dtype[Any]


def numbers_within(
    structs: Sequence[msgspec.Struct],
) -> list[tuple[tuple[str, ...], npt.NDArray[np.float64]]] | None:
    """Return by path the numbers of structs of one type; None if they hold anything else, or null.

    Examples
    --------
    >>> Part = msgspec.defstruct("Part", [("p50", float | None, math.nan)], frozen=True)
    >>> Whole = msgspec.defstruct("Whole", [("e2e", Part | None, Part())])
    >>> numbers_within([Whole(), Whole(Part(7.5))])
    [(('e2e', 'p50'), array([nan, 7.5]))]
    >>> numbers_within([Whole(), Whole(None)])
    """
    layout = _layout(type(structs[0]))
    if layout is None:
        return None
    packed = msgspec.msgpack.encode(structs)
    begin = len(packed) - len(structs) * layout.dtype.itemsize
    if begin < 1:  # a null is shorter than a number
        return None
    rows = np.frombuffer(packed, layout.dtype, offset=begin)
    return [
        (path, rows[name].astype(np.float64))
        for path, name in zip(layout.paths, layout.dtype.names or (), strict=True)
    ]


@functools.cache
def _layout(kind: type[msgspec.Struct]) -> _Layout | None:
    paths = [*_paths(kind)]
    if None in paths:
        return None
    blank = msgspec.msgpack.encode(kind())
    offsets = [mark.end() - _BYTES for mark in re.finditer(_NAN, blank)]
    names = [".".join(path) for path in paths if path]
    kinds = [">f8"] * len(names)
    fields: Any = {"names": names, "formats": kinds, "offsets": offsets, "itemsize": len(blank)}
    return _Layout([path for path in paths if path], np.dtype(fields))


def _paths(kind: type[msgspec.Struct]) -> Iterator[tuple[str, ...] | None]:
    """Paths to the numbers of a struct, in order, and None for whatever else it holds."""
    for field in msgspec.structs.fields(kind):
        if isinstance(field.default, msgspec.Struct):
            inner = _paths(type(field.default))
            yield from (path and (field.name, *path) for path in inner)
        else:
            yield (field.name,) if field.type == float | None else None
