"""Names under which other tables keep the columns of a call, and the fields left out of a frame."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ALIASES",
    "ASIDE",
    "DURATIONS",
    "FORMERLY",
    "NESTED",
    "READERS",
    "RECORDED_AT",
    "SECRETS",
    "STATUSES",
    "UNITS",
    "UNMAPPED",
    "Alias",
    "plain",
]

ASIDE = (
    "call_summary",
    "collected_dynamic_variables",
    "custom_analysis_data",
    "custom_sip_headers",
    "knowledge_base_retrieved_contents_url",
    "metadata",
    "post_session_transcript_with_tool_calls",
    "pre_session_transcript_with_tool_calls",
    "product_costs",
    "public_log_url",
    "recording_multi_channel_url",
    "recording_url",
    "retell_llm_dynamic_variables",
    "scrubbed_post_session_transcript_with_tool_calls",
    "scrubbed_pre_session_transcript_with_tool_calls",
    "scrubbed_recording_multi_channel_url",
    "scrubbed_recording_url",
    "scrubbed_transcript_with_tool_calls",
    "transcript",
    "transcript_object",
    "transcript_with_tool_calls",
)
"""Fields that are personal or heavy: loaded only when `keep=` names them, as text or JSON text."""

UNMAPPED = " (unmapped)"
"""What is put behind a column's name when another column is the one of that name."""

SECRETS = ("access_token",)
"""Fields that are never loaded."""

_LATENCIES = ("e2e", "asr", "llm", "llm_websocket_network_rtt", "tts", "knowledge_base", "s2s")

NESTED: Mapping[str, tuple[str, ...]] = {
    "combined_cost": ("call_cost", "combined_cost"),
    "billed_seconds": ("call_cost", "total_duration_seconds"),
    "product_costs": ("call_cost", "product_costs"),
    **{
        f"{part}_latency_{rank}": ("latency", part, rank)
        for part in _LATENCIES
        for rank in ("p50", "p95")
    },
    "call_summary": ("call_analysis", "call_summary"),
    "user_sentiment": ("call_analysis", "user_sentiment"),
    "call_successful": ("call_analysis", "call_successful"),
    "in_voicemail": ("call_analysis", "in_voicemail"),
    "custom_analysis_data": ("call_analysis", "custom_analysis_data"),
    "llm_token_usage_average": ("llm_token_usage", "average"),
    "llm_token_usage_num_requests": ("llm_token_usage", "num_requests"),
    "twilio_call_sid": ("telephony_identifier", "twilio_call_sid"),
}
"""Where a call record of the API holds the columns that it nests."""

FORMERLY: Mapping[str, tuple[str, ...]] = {
    f"{part}_latency_{rank}": (f"{part}_latency", rank)
    for part in ("e2e", "llm")
    for rank in ("p50", "p95")
}
"""Where records from before November 2024 hold the same."""

READERS: Mapping[str, str] = {
    **dict.fromkeys(
        ("call_type", "call_status", "disconnection_reason", "direction", "data_storage_setting"),
        "name",
    ),
    **{name: "duration" for name in NESTED if "_latency_" in name},
    "duration_ms": "duration",
    "combined_cost": "cost",
    "user_sentiment": "sentiment",
}
"""How a column's cells are read, where its kind in the schema does not say it all."""


class Alias(NamedTuple):
    """What a column of another name is.

    Examples
    --------
    >>> ALIASES[plain("Call Duration")]
    Alias(name='duration_ms', scale=1000.0, sure=True)
    """

    name: str
    """The column of the schema."""
    scale: float
    """What one of a bare number under that name is in the API's unit."""
    sure: bool
    """False where in another table the name may mean something else."""


DURATIONS = (
    *("duration", "call duration", "call length", "conversation duration"),
    *("dauer", "anrufdauer", "gesprächsdauer", "durée", "durée appel", "duración", "duração"),
    *("durata", "durata chiamata", "duur", "gespreksduur"),
    *("talk time?", "call time?", "elapsed?", "elapsed time?", "length?", "talk duration?"),
    *("total duration?", "recording duration?", "call duration total?"),
)
"""Names of durations, the surest first."""

_SECONDS = "s sec secs second seconds sek sekunden secondes segundos secondi seconden"


def _in_units(units: str) -> str:
    """The names of durations with a unit behind them, the surest first; "(s)" is plainly "s"."""
    ends = [f"{between}{unit}" for between in (" ", " in ") for unit in units.split()]
    return ", ".join(
        f"{name.removesuffix('?')}{end}{'?' * name.endswith('?')}"
        for name in DURATIONS
        for end in ends
    )


_OTHER_NAMES: tuple[tuple[str, float, str], ...] = (
    (
        "call_id",
        1,
        (
            "session id, retell call id, retell id, call uuid, anruf id, id appel, id llamada, id "
            "da chamada, id chiamata, id?, uuid?"
        ),
    ),
    ("call_type", 1, "channel type, retell call type, channel?, type?"),
    ("call_status", 1, "session status, retell call status, call state, status?, state?"),
    (
        "disconnection_reason",
        1,
        (
            "end reason, ended reason, disconnected reason, disconnect reason, retell "
            "disconnection reason, call disconnection reason, call end reason, call ended "
            "reason, end call reason, hangup reason, hang up reason, hangup cause, "
            "termination reason, auflegegrund, beendigungsgrund, trennungsgrund, motif de fin, "
            "raison de fin, motivo de fin, motivo de finalización, motivo de desconexión, motivo "
            "da desconexão, motivo di disconnessione, reason?, grund?, motif?, raison?, motivo?"
        ),
    ),
    ("direction", 1, "call direction, anrufrichtung, richtung, dirección, direção, direzione"),
    ("agent_id", 1, "retell agent id, assistant id, bot id"),
    ("agent_name", 1, "retell agent name, assistant name, bot name, agent?, assistant?, bot?"),
    ("agent_version", 1, "retell agent version, assistant version"),
    (
        "from_number",
        1,
        (
            "from phone number, from phone, caller number, caller phone number, caller phone, "
            "calling number, ani, número de origen, numero appelant, caller id?, caller?, from?, "
            "anrufer?, von?, appelant?, origen?, origem?"
        ),
    ),
    (
        "to_number",
        1,
        (
            "to phone number, to phone, callee number, called number, dialed number, dialled "
            "number, destination number, recipient number, callee?, recipient?, to?, customer "
            "phone number?, customer phone?, customer number?, phone number?, phone?, mobile?, "
            "an?, angerufener?, rufnummer?, telefonnummer?, telefon?, téléphone?, teléfono?, "
            "telefone?, telefono?, destino?, para?"
        ),
    ),
    (
        "start_timestamp",
        1,
        (
            "started at, start time, call started at, call start time, call start, start ts, "
            "start time ms, start timestamp ms, start datetime, "
            "startzeit, anrufbeginn, heure de début, date de début, fecha de inicio, "
            "hora de inicio, data de início, ora di inizio, time?, call time?, call datetime?, "
            "datetime?, date time?, timestamp?, start?, started?, when?, call date?, date?, "
            "datum?, fecha?, uhrzeit?, zeit?, hora?, heure?, orario?, "
            "ora?, beginn?, début?, inicio?, inizio?, ts?, created at?, created?, received at?, "
            "inserted at?, logged at?"
        ),
    ),
    (
        "end_timestamp",
        1,
        (
            "ended at, end time, call ended at, call end time, call end, end ts, end time ms, "
            "end timestamp ms, end datetime, "
            "finished at, endzeit, anrufende, heure de fin, date de fin, fecha de fin, hora de "
            "fin, data de fim, ora di fine, end?, completed at?, ende?, fin?, fim?, fine?"
        ),
    ),
    ("transfer_destination", 1, "transferred to, transfer number"),
    ("duration_ms", 1, f"{_in_units('ms msec millis milliseconds')}, hs call duration"),
    (
        "duration_ms",
        1e3,
        (
            f"{', '.join(DURATIONS)}, {_in_units(_SECONDS)}, "
            f"{_in_units('hmmss hhmmss mmss hms hhmm hmm')}, call seconds, seconds?, secs?"
        ),
    ),
    (
        "duration_ms",
        6e4,
        f"{_in_units('min mins minute minutes minuten minutos minuti')}, call minutes?, minutes?",
    ),
    ("duration_ms", 3.6e6, _in_units("h hr hrs hour hours std stunden heures horas ore uren")),
    (
        "combined_cost",
        100,
        (
            "cost, call cost, total cost, cost total, kosten, coût, costo, costo total, custo, "
            "price?, preis?, prix?"
        ),
    ),
    ("combined_cost", 1, "cost cents, cost in cents, call cost cents, total cost cents"),
    (
        "e2e_latency_p50",
        1,
        "end to end latency, e2e latency, latency e2e, end to end latency ms, e2e latency ms",
    ),
    ("e2e_latency_p50", 1e3, "end to end latency s, e2e latency s, e2e latency seconds"),
    ("llm_latency_p50", 1, "llm latency, latency llm"),
    ("user_sentiment", 1, "sentiment, caller sentiment, customer sentiment"),
    ("call_successful", 1, "session outcome, call success, successful?, success?"),
    ("in_voicemail", 1, "reached voicemail, is voicemail, voicemail detected, voicemail?"),
    ("twilio_call_sid", 1, "twilio sid, call sid"),
    ("call_summary", 1, "summary, retell call summary"),
    ("transcript", 1, "call transcript, full transcript, transcription, transcript text"),
    ("recording_url", 1, "recording, recording link, call recording url, call recording"),
    ("retell_llm_dynamic_variables", 1, "dynamic variables"),
)
"""Column, what one of a bare number is in its unit, and its other names, the surest first.

A question mark stands behind a name that in another table may mean something else.
"""

RECORDED_AT = frozenset(
    ("createdat", "created", "timestamp", "ts", "receivedat", "insertedat", "loggedat")
)
"""Plain labels of when a record was made, which is the time of a call that tells none."""

UNITS: Mapping[str, Mapping[str, float]] = {
    "duration": {"ms": 1, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7},
    "time": {"ms": 1, "s": 1e3},
    "cost": {"cents": 1, "USD": 100},
}
"""By how a column is read: what one of a unit that `columns=` may name is in the API's unit."""

_STATUSES: Mapping[str, str] = {
    "ended": (
        "completed, complete, finished, done, hung up, hangup, call ended, terminated, "
        "disconnected, success, successful, succeeded, answered"
    ),
    "ongoing": "in progress, active, live, running, in call, call started, started",
    "registered": (
        "queued, initiated, pending, created, ringing, dialing, dialling, scheduled, waiting"
    ),
    "not_connected": (
        "no answer, busy, unanswered, missed, rejected, not answered, canceled, cancelled, declined"
    ),
    "error": "failed, failure, errored",
}


@functools.lru_cache(1024)
def plain(label: object) -> str:
    """Return a column label in small letters without accents, blanks, underscores or other marks.

    Examples
    --------
    >>> plain("End Reason") == plain("end_reason")
    True
    """
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", str(label)).lower())


ALIASES: Mapping[str, Alias] = {
    **{plain("_".join(path)): Alias(name, 1, sure=True) for name, path in NESTED.items()},
    **{
        plain(label): Alias(name, scale, not label.endswith("?"))
        for name, scale, labels in _OTHER_NAMES
        for label in labels.split(", ")
    },
}
"""What a column is whose plain label is not that of a column of the schema, the surest first."""

STATUSES: Mapping[str, str] = {
    plain(word): status for status, words in _STATUSES.items() for word in words.split(", ")
}
"""The API's status for each that other programs write for it, in plain letters."""
