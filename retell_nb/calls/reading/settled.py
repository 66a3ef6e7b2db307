"""Categories that bring no new texts any more, document by document."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.calls.reading.arrays import Codes

    Texts: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
    """The name of each category, and its texts."""

__all__ = ["Settled"]

_MOST = 64
"""A category of more texts is not worth knowing."""


class Settled:
    """Categories of which the last document had no new text, and no earlier one after such a one.

    A decoder that knows the texts of a category makes none of them anew.

    Examples
    --------
    >>> from retell_nb.calls.reading.arrays import Codes
    >>> codes, settled = {"direction": Codes()}, Settled()
    >>> for text in ("inbound", "inbound", "outbound", "outbound"):
    ...     _ = codes["direction"][text]
    ...     settled.look(codes)
    ...     print(settled.texts)
    ()
    (('direction', ('inbound',)),)
    ()
    ()
    """

    def __init__(self) -> None:
        self.texts: Texts = ()
        self._sizes: dict[str, int] = {}
        self._restless: set[str] = set()

    def look(self, codes: Mapping[str, Codes]) -> None:
        """Take note of the texts of all documents so far.

        Examples
        --------
        >>> Settled().look({})
        """
        sizes = {name: len(texts) - 1 for name, texts in codes.items()}
        self._restless |= {name for name, texts in self.texts if sizes[name] > len(texts)}
        self.texts = tuple(
            (name, (*codes[name].texts,))
            for name, size in sizes.items()
            if 0 < size <= _MOST and size == self._sizes.get(name) and name not in self._restless
        )
        self._sizes = sizes
