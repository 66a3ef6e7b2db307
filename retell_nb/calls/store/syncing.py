"""A store brought up to date with Retell's API."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from retell_nb.calls.api.fetch import moment, or_new
from retell_nb.calls.api.filters import milliseconds
from retell_nb.calls.api.windows import Span, Window, windows
from retell_nb.calls.reading.joining import joined
from retell_nb.calls.schema import warn_of_rejected
from retell_nb.calls.store.adopting import adoption, check_place
from retell_nb.calls.store.errors import RefusedError
from retell_nb.calls.store.manifest import Manifest, is_store
from retell_nb.calls.store.writing import Added, Writer, writing

if TYPE_CHECKING:
    from os import PathLike

    from retell_nb.calls.api.client import Client

__all__ = ["Synced", "sync_calls"]


class Synced(NamedTuple):
    """What a sync did."""

    fetched: int
    """Calls that came."""
    new: int
    """Calls of these that were not in the store."""
    updated: int
    """Calls of these that were, and have changed."""
    total: int
    """Calls in the store."""
    until: pd.Timestamp
    """The latest end of a call in the store."""

    def __str__(self) -> str:
        return (
            f"{self.fetched} calls fetched, {self.new} new, {self.updated} updated; "
            f"{self.total} in the store until {self.until:%Y-%m-%d %H:%M:%S} UTC"
        )


def sync_calls(
    folder: str | PathLike[str],
    *,
    start: str | pd.Timestamp | None = None,
    client: Client | None = None,
    settle: str | pd.Timedelta = "2h",
    progress: bool = True,
    adopt: bool = False,
) -> Synced:
    """Bring a store up to date with Retell's API, and return what came.

    What is fetched is stored window by window. Whatever happens on the way, the store is whole,
    and the next sync goes on from there. `read_calls(folder)` reads it, also meanwhile; `compact`
    makes it small again after many syncs.

    Parameters
    ----------
    folder : path
        Where the store is; the first sync makes it.
    start : str, datetime or Timestamp, optional
        From which end of a call on to store calls; the first sync needs it. One that is earlier
        than that of the store adds the calls before.
    client : Client, optional
        By default one with the key of the environment's RETELL_API_KEY.
    settle : str or Timedelta
        How far to go back behind the latest call of the store, for calls that were told of or
        analysed late.
    progress : bool
        Whether to show a bar on a terminal or in a notebook.
    adopt : bool
        Whether to list all segments of the folder anew before: where `_manifest.json` is lost or
        older than they are, or segments are lost. Each is read, and nothing is changed unless all
        can be. The sync goes on from the latest end of their calls, or, where segments are known
        to be lost, from the first month that lacks one. Should others be lost, a longer `settle`
        brings their calls back.

    Returns
    -------
    Synced
        How many calls were `fetched`, `new`, and `updated`, the `total` of the store, and `until`
        when.

    Raises
    ------
    ValueError
        If the first sync has no `start`, or the folder holds something else; if the manifest or a
        segment is damaged.
    FileNotFoundError
        If a segment is missing that the manifest lists.
    CountError
        If other calls come than the API counts, time after time; the windows before are stored.
    TimeoutError
        If another sync writes to the store.

    Examples
    --------
    >>> import tempfile
    >>> import httpx
    >>> from retell_nb.calls.api.client import Client
    >>> page = {"items": [{"call_id": "call_1", "end_timestamp": 1772323200000}], "total": 1}
    >>> transport = httpx.MockTransport(lambda request: httpx.Response(200, json=page))
    >>> with Client("key", transport=transport) as client, tempfile.TemporaryDirectory() as folder:
    ...     print(sync_calls(folder, start="2026-03-01", client=client))
    ...     print(sync_calls(folder, client=client))
    1 calls fetched, 1 new, 0 updated; 1 in the store until 2026-03-01 00:00:00 UTC
    1 calls fetched, 0 new, 0 updated; 1 in the store until 2026-03-01 00:00:00 UTC
    """
    folder = Path(folder).expanduser()
    back = _milliseconds_of(settle)
    began = None if start is None else int(milliseconds(moment(start, "start")))
    adopted = adoption(folder) if adopt else None
    if adopted is None:
        check_place(folder)  # what cannot be used is told of before a key is looked for
        if began is None and not is_store(folder):
            raise RefusedError(
                f"{folder} is no store yet;",
                "the first sync needs start='2026-01-01'.",
                "the first sync needs --start 2026-01-01.",
            )
    fresh = None if began is None else Manifest(since=began, until=began)
    additions: list[Added] = []
    fetched, rejected = 0, []
    with or_new(client) as retell, writing(folder, fresh, adopted) as writer:
        now = _now()
        spans = _spans(writer.manifest, began, back, now)
        for window in windows(retell, spans, progress=progress):
            additions.append(_store(writer, window, began))
            fetched += window.came
            rejected += window.part.rejected
        writer.note_sync(now)
    _warn(rejected)
    news, updates = (sum(each) for each in zip(*additions, strict=True)) if additions else (0, 0)
    until = pd.Timestamp(writer.manifest.until, unit="ms", tz="UTC")
    return Synced(fetched, news, updates, writer.manifest.calls, until)


def _spans(manifest: Manifest, began: int | None, back: int, now: int) -> list[Span]:
    """The periods to ask for: one before those in the store, and one up to now."""
    if now < manifest.until:
        warnings.warn(
            f"the clock of this machine says {moment(now, 'now')}, but the store has calls until "
            f"{moment(manifest.until, 'until')}. Later calls are not asked for: set the clock.",
            UserWarning,
            stacklevel=3,
        )
    earlier = Span(manifest.since if began is None else began, manifest.since - 1)
    recent = Span(max(manifest.since, manifest.until - back), now)
    return [span for span in (earlier, recent) if span.first <= span.last]


def _store(writer: Writer, window: Window, began: int | None) -> Added:
    now, changes = writer.manifest, {}
    ends = window.part.calls["end_timestamp"].nlargest(1).map(milliseconds)
    changes["until"] = max([now.until, *(min(int(end), window.span.last) for end in ends)])
    if began is not None and window.span.last + 1 == now.since:
        changes["since"] = began  # now all is there from the new start on
    if window.part.calls.empty and not window.part.rejected and "since" not in changes:
        return Added(0, 0)
    return writer.add(joined([window.part]), **changes)


def _now() -> int:
    return int(time.time() * 1000)


def _milliseconds_of(settle: str | pd.Timedelta) -> int:
    try:
        back = pd.Timedelta(settle)
    except ValueError:
        back = pd.Timedelta(-1)
    if not back >= pd.Timedelta(0):
        raise ValueError(f"settle={settle!r} is not a length of time; write it as '2h'.")
    return back // pd.Timedelta("1ms")


def _warn(rejected: list[dict[str, str]]) -> None:
    nothing = pd.DataFrame()
    nothing.attrs["rejected"] = rejected
    warn_of_rejected(nothing)
