"""`calls.retell.plot`: pictures of the tables, under the tables' names."""

from __future__ import annotations

from retell_nb.pictures.capacity import CapacityPictures
from retell_nb.pictures.change import ChangePictures
from retell_nb.pictures.counts import CountPictures
from retell_nb.pictures.dialing import DialingPictures

__all__ = ["Pictures"]


class Pictures(CountPictures, ChangePictures, DialingPictures, CapacityPictures):
    """Pictures of the tables of some calls, each a method with the name of its table word.

    Examples
    --------
    >>> import retell_nb as rn
    >>> rn.sample_calls(100).retell.plot
    calls.retell.plot: attempts, audit, backoff, bursts, callee_hours, change_points, ...
    """

    def __repr__(self) -> str:
        return f"calls.retell.plot: {', '.join(name for name in dir(self) if name[0] != '_')}"
