"""Why Retell AI voice calls end, which of it is a fault, whose, and what changed.

>>> import retell_nb as rn
>>> calls = rn.sample_calls(2_000, seed=7)
>>> calls.retell.tally("outcome").columns.tolist()
['outcome', 'calls', 'share']
"""

from typing import Any as _Any

from retell_nb import accessors as _accessors
from retell_nb import report
from retell_nb.calls.api.errors import RetellError
from retell_nb.calls.api.fetch import fetch_calls
from retell_nb.calls.business_hours import business_hours
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.sample.world import sample_calls
from retell_nb.calls.store.compacting import compact
from retell_nb.calls.store.syncing import sync_calls
from retell_nb.diagnosis.diagnosis import diagnose
from retell_nb.engine.explain import explain_counts
from retell_nb.scanning import scan_calls
from retell_nb.selection.loading import load_calls
from retell_nb.tables.export import save_tables
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS
from retell_nb.vocabulary.thresholds import THRESHOLDS

__all__ = [
    "OUTCOMES",
    "REASONS",
    "THRESHOLDS",
    "Client",
    "RetellError",
    "as_calls",
    "business_hours",
    "compact",
    "diagnose",
    "explain_counts",
    "fetch_calls",
    "load_calls",
    "read_calls",
    "report",
    "sample_calls",
    "save_tables",
    "scan_calls",
    "sync_calls",
]

del _accessors


def __getattr__(name: str) -> _Any:
    """`Client` comes in when it is first used, as httpx takes its time; the version too."""
    if name == "Client":
        from retell_nb.calls.api.client import Client  # noqa: PLC0415

        return Client
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415

        return version("retell_nb")
    raise AttributeError(f"module 'retell_nb' has no attribute {name!r}")
