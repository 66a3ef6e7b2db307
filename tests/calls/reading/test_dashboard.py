"""The export of Retell's dashboard: known by its header, so that nothing in it is a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from retell_nb import as_calls, read_calls

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "Time,Call Duration,Type,Cost,Call ID,Disconnection Reason,Call Status,User Sentiment,From,To,"
    "direction,Call Successful,End to End Latency,Agent Name,Agent ID,Public Log URL,Transcript,"
    "mood,callAnalysis.callSummary,call_summary,Transcript With Tool Calls"
)
TALK = (
    "05/04/2026 08:15,1:07,phone_call,$0.215,call_one,agent_hangup,ended,Positive,+13035550184,"
    "+13035550185,inbound,Successful,1543.75,Clinic,agent_c,https://example.org,User: Hi,fine,"
    "She called,She called,[]"
)
LEFT = (
    "05/04/2026 08:20,,phone_call,{cost},call_two,user_hangup,ended,Unknown,+13035550186,"
    "+13035550185,outbound,Unsuccessful,,Clinic,agent_c,https://example.org,,,,,"
)


@pytest.fixture(params=["$0.000", ""], ids=["no cost", "cost left out"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "export_0a1b.csv"
    text = "\n".join([HEADER, TALK, LEFT.format(cost=request.param)])
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_nothing_in_it_is_a_guess(export: Path) -> None:
    """The month comes first without a warning, and a note names the zone that was assumed."""
    calls = read_calls(export, tz="America/Denver")
    row = calls.iloc[0]
    assert row["start_timestamp"] == pd.Timestamp("2026-05-04T14:15Z")
    assert (row["duration_ms"], row["e2e_latency_p50"]) == (67_000, 1543.75)
    assert row["combined_cost"] == pytest.approx(21.5)
    assert calls["call_successful"].tolist() == [True, False]
    assert not calls.attrs["rejected"]
    *_, zone, abandoned = calls.attrs["notes"]
    assert zone.startswith("Times in start_timestamp without a time zone were read as Ame")
    assert abandoned.startswith("1 call was abandoned before starting: without a duration,")


def test_personal_fields_stay_out_under_each_of_their_names(export: Path) -> None:
    """A second spelling of a field is left out like the first; the user's own fields stay."""
    calls = read_calls(export)
    assert not [name for name in calls.columns if "ummary" in name or "ranscript" in name]
    assert calls["mood"].tolist()[0] == "fine"
    assert "call_summary" in calls.attrs["left_out"]
    kept = read_calls(export, keep=("call_summary",))
    assert kept["call_summary"].tolist()[0] == "She called"


@pytest.mark.parametrize(
    "label", ["callAnalysis.callSummary", "call.call_analysis.call_summary", "Transcript.1",
              "body.call.transcript", "metadata.patient", "call_analysis.custom_analysis_data.age"],
)  # fmt: skip
def test_a_personal_field_stays_out_wherever_it_was(label: str) -> None:
    """Flattened, in other letters, or there for the second time."""
    df = pd.DataFrame({"disconnection_reason": ["x"], "transcript": ["Hi"], label: ["Ann"]})
    calls = as_calls(df)
    assert "Ann" not in calls.astype(str).to_numpy()


def test_a_call_that_never_began_is_no_answered_call(export: Path) -> None:
    """Reason and status stay as recorded; no key figure takes it for a talk."""
    calls = read_calls(export)
    assert calls["disconnection_reason"].tolist() == ["agent_hangup", "user_hangup"]
    assert calls["call_status"].tolist() == ["ended", "ended"]
    figures = calls.retell.kpis().set_index("kpi")
    assert figures.loc["ASR", "value"] == 0
    assert figures.loc["ACD", "value"] == 67


def test_evidence_in_its_own_dates_wins() -> None:
    """An export that a spreadsheet wrote again with the day first is read so."""
    columns = HEADER.split(",")
    df = pd.DataFrame([TALK.split(","), TALK.split(",")], columns=columns)
    df["Time"] = ["25/04/2026 08:15", "05/04/2026 08:15"]
    df["Call ID"] = ["a", "b"]
    calls = as_calls(df)
    assert calls["start_timestamp"].dt.month.tolist() == [4, 4]
