"""Masking: what stays of a number, what goes from the frame, and the laws of pseudonyms."""

from __future__ import annotations

import hmac
import random
import re
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

import retell_nb as rn
from retell_nb.calls.masking import country, mask
from retell_nb.calls.phone_numbers.countries import parsed
from retell_nb.calls.phone_numbers.identity import identities
from retell_nb.calls.schema import DTYPES, SCHEMA
from retell_nb.vocabulary import classify

from .plans import examples, near

KEY = "a secret of sixteen bytes"
PSEUDONYM = r"[A-Z]{2}-[a-f][0-9a-f]{11}"
NUMBERS = ["from_number", "to_number", "transfer_destination"]
KINDS = [pd.Series(["text"]).dtype, "object", "string", "category"]
ZEROS = [0x660, 0x966, 0xFF10, 0x1D7CE]
"""The first digits of Arabic and Devanagari, of full width and in bold."""
NOBODY = ["anonymous", "Restricted", "UNKNOWN", "private", "withheld", "+266696687"]

_E164 = st.sampled_from(["+1415555", "+4930123", "+4420794", "+8180123", "+999123"]).flatmap(
    lambda start: st.integers(0, 9999).map(lambda rest: f"{start}{rest:04d}")
)
_CELLS = st.one_of(_E164, st.sampled_from([None, "sip:ann@example.org", *NOBODY]), st.text())


def frames(cells: st.SearchStrategy[str | None] = _CELLS) -> st.SearchStrategy[pd.DataFrame]:
    rows = st.lists(st.tuples(cells, cells, cells), max_size=20)
    return rows.map(lambda cells: pd.DataFrame(cells, columns=NUMBERS, dtype="str"))


def calls_of(numbers: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"from_number": pd.Series(numbers, dtype="str")})


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+14155550100", "US"),
        ("+4930123456", "DE"),
        ("+442079460123", "GB"),
        ("+80012345678", "ZZ"),
        ("+1415555", "ZZ"),
        ("14155550100", "US"),
        ("sip:+14155550100@trunk.example.org", "US"),
        ("Ann Example", "ZZ"),
        ("DE-493012345678", "ZZ"),
        ("US-3f9a0c1b22e4", "ZZ"),
    ],
)
def test_a_number_becomes_its_country_and_a_pseudonym(number: str, region: str) -> None:
    """A number becomes its country and twelve hex digits; what looks like a pseudonym as well."""
    masked = mask(calls_of([number]), KEY)["from_number"][0]
    assert re.fullmatch(PSEUDONYM, masked)
    assert masked.startswith(region)
    assert masked != number


@pytest.mark.parametrize(
    ("number", "pseudonym"),
    [
        ("+14155550100", "US-d958f8b2650b"),
        ("+442079460999", "GB-ca249367df33"),
        ("+4402079460999", "GB-ca249367df33"),
        ("+44 (0)20 7946 0999", "GB-ca249367df33"),
        ("+541152345678", "AR-a014637327d6"),
        ("+5411152345678", "AR-b4f1ee0a08da"),
        ("+3758011234567", "BY-e2edf9ad4791"),
        ("+390612345678", "IT-cff6dcf9231b"),
        ("+80012345678", "ZZ-ed028213ef68"),
        ("+999123456789", "ZZ-c85421f3b0f8"),
        ("+13101234", "CA-c4a1dc3078fc"),
        ("\uff0b12125550100", "US-e9256f8b0757"),
        ("tel:+1-212-555-0100;ext=3", "US-e9256f8b0757"),
        ("14155550100", "US-d958f8b2650b"),
        ("Front desk ", "ZZ-da5fd1e9b880"),
        (" +14155550100\n", "US-d958f8b2650b"),
        ("+4900000000", "DE-a9d79e41428f"),
        ("US-3f9a0c1b22e4", "ZZ-f7e691be64c2"),
        ("+0014155550100", "US-d958f8b2650b"),
        ("+521222123456", "MX-f5f5be035095"),
        ("+49301234567890123456", "ZZ-a59bb7d16c13"),
    ],
)
def test_a_key_gives_the_pseudonyms_that_it_always_gave(number: str, pseudonym: str) -> None:
    """Reports of other days call a number the same, however it is written."""
    assert mask(calls_of([number]), KEY)["from_number"][0] == pseudonym


def test_many_numbers_are_masked_as_one_by_one() -> None:
    """A pseudonym is told by the country and the E.164 form of its number alone."""
    rng = random.Random(8)  # noqa: S311 - numbers to try, no secret
    numbers = [*dict.fromkeys(near(number, rng) for number in rng.sample(examples(), 400))]
    masked = mask(calls_of([*numbers]), KEY)["from_number"]
    assert masked.tolist() == [one_by_one(number) for number in numbers]


def one_by_one(number: str) -> str:
    canonical = identities([number])[0] or ""
    region, _ = parsed(canonical)
    digest = hmac.digest(KEY.encode(), f"number:{canonical}".encode(), "sha256")
    return f"{region}-{'abcdef'[digest[-1] % 6]}{digest.hex()[:11]}"


@pytest.mark.parametrize(
    "spelling", ["+1 415 555 0100", "+1 (415) 555-0100", "tel:+1-415-555-0100", " +14155550100 "]
)
def test_numbers_are_compared_in_canonical_form(spelling: str) -> None:
    """However a number in E.164 is written, its pseudonym is the same in every column."""
    calls = pd.DataFrame({"from_number": [spelling], "transfer_destination": ["+14155550100"]})
    masked = mask(calls, KEY)
    assert masked["from_number"].tolist() == masked["transfer_destination"].tolist()


@pytest.mark.parametrize("word", [*NOBODY, "no-caller_id", " "])
def test_a_word_that_is_withheld_stays(word: str) -> None:
    """What the network sends for a hidden number stays as it is."""
    assert mask(calls_of([word, None]))["from_number"][0] == word


@given(frames())
def test_masking_twice_is_masking_once(calls: pd.DataFrame) -> None:
    """What is masked stays as it is, whatever the key of the second time."""
    once = mask(calls, KEY)
    pd.testing.assert_frame_equal(mask(once, KEY), once)
    pd.testing.assert_frame_equal(mask(once), once)


@given(frames(st.none() | _E164))
def test_masking_keeps_the_sizes_of_groups(calls: pd.DataFrame) -> None:
    """Calls share a pseudonym exactly where they share a number, across columns too."""
    masked = mask(calls, KEY)
    before, after = (frame.melt()["value"] for frame in (calls, masked))
    assert pd.factorize(before)[0].tolist() == pd.factorize(after)[0].tolist()
    pd.testing.assert_frame_equal(masked.isna(), calls.isna())


@given(frames(_E164))
def test_nothing_of_a_number_is_left(calls: pd.DataFrame) -> None:
    """No seven last digits of any number stand in the masked frame."""
    left = mask(calls, KEY).to_csv()
    assert not [number for number in calls.melt()["value"] if number[-7:] in left]


@given(frames())
def test_the_input_is_untouched_and_rows_keep_their_place(calls: pd.DataFrame) -> None:
    """Masking returns a new frame of the same index, columns and kinds."""
    calls.index = pd.Index([7] * len(calls))
    before = calls.copy()
    masked = mask(calls)
    pd.testing.assert_frame_equal(calls, before)
    pd.testing.assert_index_equal(masked.index, calls.index)
    pd.testing.assert_series_equal(masked.dtypes, calls.dtypes)


@given(number=_E164)
def test_only_the_same_key_gives_the_same_pseudonym(number: str) -> None:
    """Frames masked with one key can be joined; with another key, or none, they cannot."""
    first, again, other, random, afresh = (
        mask(calls_of([number]), key)["from_number"][0]
        for key in (KEY, KEY.encode(), KEY + "!", None, None)
    )
    assert first == again
    assert len({first, other, random, afresh}) == 4


@pytest.mark.parametrize("key", ["", "too short", b"fifteen bytes..", 12345678901234567])
def test_a_key_that_can_be_guessed_is_refused(key: object) -> None:
    """A key of fewer than 16 bytes, or of another type, is an error that says so."""
    with pytest.raises(ValueError, match="16 bytes"):
        mask(calls_of([]), key)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_text_stay(kind: Any) -> None:
    """A column of any kind of text, or a categorical one, stays of that kind."""
    calls = calls_of(["+14155550101", None, "+14155550100", "+1 415 555 0100"]).astype(kind)
    masked = mask(calls, KEY)["from_number"]
    assert masked.dtype == kind
    assert masked.nunique() == 2
    assert masked.isna().tolist() == [False, True, False, False]


def test_categories_tell_nothing_of_numbers() -> None:
    """The categories of masked numbers are the pseudonyms in use, in their own order."""
    numbers = [f"+1415555{last:04d}" for last in range(9)]
    calls = calls_of(numbers).astype("category").iloc[:6]
    categories = mask(calls, KEY)["from_number"].cat.categories.tolist()
    assert categories == sorted(categories)
    assert len(categories) == 6


def test_a_category_that_no_row_has_does_not_travel() -> None:
    """The agents of calls that were filtered out are not among the categories."""
    calls = pd.DataFrame({"agent_name": pd.Categorical(["Ann", "Bob"])}).iloc[:1]
    assert mask(calls)["agent_name"].cat.categories.tolist() == ["Ann"]


def test_figures_are_masked_as_text() -> None:
    """Numbers that were read as integers do not escape."""
    masked = mask(pd.DataFrame({"to_number": [14155550100, 14155550101]}), KEY)["to_number"]
    assert masked.str.fullmatch(PSEUDONYM).all()
    assert masked.nunique() == 2


def test_every_column_of_the_schema_stays_and_every_other_goes() -> None:
    """Columns that the library does not know may hold anything, so they go unless asked for."""
    calls = pd.DataFrame(columns=[*SCHEMA, "transcript", "recording_url", "site"]).astype(
        {column: DTYPES[kind] for column, kind in SCHEMA.items()}
    )
    masked = mask(calls, keep=["site"])
    assert masked.columns.tolist() == [*SCHEMA, "site"]
    pd.testing.assert_series_equal(masked.dtypes, calls[masked.columns].dtypes)
    assert "transcript" in mask(calls, keep="transcript").columns


def test_a_column_to_keep_must_be_there() -> None:
    """A name to keep that the calls lack is an error that lists what they have."""
    with pytest.raises(ValueError, match="'sight' to keep; the calls have from_number"):
        mask(calls_of([]), keep=["sight"])


@pytest.mark.parametrize("name", ["from_number", "call_id", None])
def test_numbers_in_the_index_are_hidden(name: str | None) -> None:
    """An index of numbers becomes one of pseudonyms; any other stays as it is."""
    calls = calls_of(["+14155550100"])
    index = pd.Index(["+14155550100"], name=name)
    masked = mask(calls.set_index(index), KEY)
    assert masked.index.tolist() == mask(calls, KEY)["from_number"].tolist()
    assert masked.index.name == name
    both = pd.MultiIndex.from_arrays([["call_1"], ["+14155550100"]], names=["call_id", name])
    labels = mask(calls.set_index(both), KEY).index.tolist()
    assert labels == [("call_1", masked.index[0])]


@pytest.mark.parametrize("word", sorted(set(classify.__all__) - {"spelled"}))
def test_column_words_stay_only_in_the_words_of_the_vocabulary(word: str) -> None:
    """A classified column stays; one of the same name that says anything else goes."""
    reasons = pd.Series(["user_hangup", "dial_busy", "brand_new", None], dtype="str")
    calls = pd.DataFrame({"disconnection_reason": reasons})
    calls[word] = getattr(classify, word)(reasons)
    pd.testing.assert_frame_equal(mask(calls), calls)
    calls[word] = ["Ann Example", "+14155550100", None, None]
    assert word not in mask(calls).columns
    calls[word] = calls[word].astype("category").where([False] * 4)
    assert word not in mask(calls).columns


def test_a_reason_nobody_knows_stays() -> None:
    """Reasons are the API's words, so a new one is shown."""
    calls = pd.DataFrame({"disconnection_reason": ["brand_new"]})
    assert mask(calls)["disconnection_reason"].tolist() == ["brand_new"]


def test_ids_and_names_stay_unless_told_otherwise() -> None:
    """By default calls can still be looked up by id, and agents are called by name."""
    calls = pd.DataFrame({"call_id": ["call_1"], "agent_id": ["agent_1"], "agent_name": ["Ann"]})
    pd.testing.assert_frame_equal(mask(calls), calls)


def test_ids_and_names_become_pseudonyms_on_request() -> None:
    """Masked ids and names keep which are equal, are idempotent, and hide the original."""
    calls = pd.DataFrame(
        {
            "call_id": ["call_1", "call_2", "call_2", None],
            "twilio_call_sid": ["CA1", "CA2", "CA2", None],
            "agent_id": ["agent_1", "agent_2", "agent_2", None],
            "agent_name": ["Ann", "Bob", "Bob", None],
        }
    )
    masked = mask(calls, KEY, keep_ids=False, keep_names=False)
    assert masked["call_id"].str.startswith("call_").tolist()[:3] == [True] * 3
    assert masked["agent_name"].str.fullmatch("agent [0-9a-f]{24}").tolist()[:3] == [True] * 3
    for column in calls:
        assert not set(masked[column].dropna()) & set(calls[column].dropna())
        assert pd.factorize(masked[column])[0].tolist() == [0, 1, 1, -1]
    again = mask(masked, KEY, keep_ids=False, keep_names=False)
    pd.testing.assert_frame_equal(again, masked)


def test_names_go_without_ids_and_ids_without_names() -> None:
    """Each of the two arguments hides its own columns only."""
    calls = pd.DataFrame({"agent_id": ["agent_1"], "agent_name": ["Ann"]})
    assert mask(calls, keep_names=False)["agent_id"].tolist() == ["agent_1"]
    assert mask(calls, keep_ids=False)["agent_name"].tolist() == ["Ann"]


def test_attrs_travel_without_quotes_and_without_numbers() -> None:
    """Counts and periods stay; quotes of cells, and what the library does not know, go."""
    calls = calls_of(["+14155550100"])
    window = ["2026-03-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00"]
    calls.attrs = {
        "duplicates": 2,
        "undated": 1,
        "window": window,
        "rejected": [{"file": "a.csv", "where": 7, "why": "no time: 'Ann +14155550100'", "x": 1}],
        "planted": [{"fault": "burst", "what": "short calls of +14155550100"}],
        "note": "Ann called",
    }
    masked = mask(calls, KEY)
    pseudonym = masked["from_number"][0]
    assert masked.attrs == {
        "duplicates": 2,
        "undated": 1,
        "window": window,
        "rejected": [{"file": "a.csv", "where": 7, "why": "no time"}],
        "planted": [{"fault": "burst", "what": f"short calls of {pseudonym}"}],
        "masked": True,
    }
    assert mask(masked).attrs == masked.attrs
    assert calls.attrs["note"] == "Ann called"


@pytest.mark.parametrize("kind", KINDS)
def test_the_country_of_a_number_and_of_its_pseudonym_are_the_same(kind: Any) -> None:
    """The country can be told before masking and after; of no number it is missing."""
    calls = calls_of(["+14155550100", "+4930123456", "anonymous", "letters", None]).astype(kind)
    regions = country(calls["from_number"])
    assert regions.tolist()[:4] == ["US", "DE", "ZZ", "ZZ"]
    assert regions.isna().tolist() == [False] * 4 + [True]
    assert regions.name == "country"
    pd.testing.assert_series_equal(country(mask(calls)["from_number"]), regions)


def test_no_calls_at_all() -> None:
    """A frame without rows, or without columns, is masked too."""
    assert mask(calls_of([])).empty
    assert mask(pd.DataFrame()).attrs == {"masked": True}
    assert country(calls_of([])["from_number"]).empty


def test_a_key_of_the_environment_gives_the_same_pseudonyms_every_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With RETELL_NB_MASK_KEY two reports call a number the same; without it they do not."""
    calls = pd.DataFrame({"from_number": ["+14155550100"]})
    first, second = (mask(calls)["from_number"].item() for _ in range(2))
    assert first != second
    monkeypatch.setenv("RETELL_NB_MASK_KEY", "a secret of sixteen bytes")
    first, second = (mask(calls)["from_number"].item() for _ in range(2))
    assert first == second == mask(calls, "a secret of sixteen bytes")["from_number"].item()
    monkeypatch.setenv("RETELL_NB_MASK_KEY", "short")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        mask(calls)


PLANTED = [
    "+14155550100", "+1 (415) 555-0100", "14155550100", "415-555-0100", "(415) 555-0100",
    "415.555.0100", "+44 (0)20 7946 0958", "020 7946 0958", "00442079460958", "01 23 45 67 89",
    "+1\xa0415\u202f555\u20110100", "415\u2013555\u20130100",  "415/555/0100",
     "call14155550100", "a+14155550100b",
    "030/1234567", "+49_30_123456", "tel:+14155550100", "sip:anonymous@host;from=+14155550100",
]  # fmt: skip
HARMLESS = [
    "call_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "2026-03-02 10:00:00", "2026-03-02T10:00:00+00:00",
    "02.03.2026 14:03", "1772445600000", "version 12.5", "agent_1", "step 3 of 10",
    "US-d958f8b2650b", "03/02/2026 10:15:00", "ab1234567890cd", "2026/03/02",
    "0b1c2d3e-0000-4000-8000-000000000001", "5e6f7a8b-0171-4234-8567-020794609580",
    "2026-03-02 - 2026-04-02", "rows 100-200 of 3000",
]  # fmt: skip


@pytest.mark.parametrize("number", PLANTED)
def test_a_number_is_hidden_wherever_it_is_planted(number: str) -> None:
    """In ids, names, tags, reasons, words of ours, categories without a row, the index, `attrs`."""
    row = {
        name: f"the line {number}" for name, kind in SCHEMA.items() if kind in ("text", "category")
    }
    calls = pd.DataFrame([row, row | {"call_id": f"call_{number}"}]).astype(
        {name: "category" for name, kind in SCHEMA.items() if kind == "category"}
    )
    calls["reason"] = calls.retell.reason.astype("category")
    calls = calls.set_index(pd.Index([f"a {number}", f"b {number}"], name=f"of {number}"))
    calls.attrs = {
        "planted": [{"what": f"calls of {number}", number: 1}], "left_out": [number],
        "notes": [f"{number} was read"], "window": ["2026-03-02T00:00:00+00:00", None],
        "rejected": [{"file": f"{number}.csv", "where": f"row {number}", "why": f"no: {number}"}],
    }  # fmt: skip
    masked = mask(calls, KEY)
    shown = f"{masked.to_csv()}{masked.attrs}{masked['agent_name'].cat.categories.tolist()}"
    digits = re.sub(r"\D", "", number)[-7:]
    assert digits not in re.sub(r"[ ()./_-]", "", shown)
    assert "2026-03-02T00:00:00+00:00" in masked.attrs["window"]
    pd.testing.assert_frame_equal(mask(masked, KEY), masked)


@pytest.mark.parametrize(
    "number", ["\uff08415\uff09555-0100", "%2B14155550100", "+1\xa0415 555 0100"]
)
def test_a_number_in_other_signs_is_hidden_in_texts(number: str) -> None:
    calls = pd.DataFrame({"agent_name": [f"the line {number} at night"]})
    assert re.fullmatch(
        r"the line [A-Z]{2}-[0-9a-f]{12} at night", mask(calls)["agent_name"].item()
    )


@pytest.mark.parametrize(
    "number",
    [
        *("+4 4 2 0 7 9 4 6 0 9 5 8", "4 4 2 0 7 9 4 6 0 9 5 8", "0 2 0 7 9 4 6 0 9 5 8"),
        *("+44 20 79 46 09 58", "44 20 79 46 09 58", "020-79-46-09-58", "0 20 7946 0958"),
        *("06 12 34 56 78", "06.12.34.56.78", "0 6 1 2 3 4 5 6 7 8", "0612 34 56 78"),
        *("4 1 5 5 5 5 2 6 7 1", "4-1-5-5-5-5-2-6-7-1", "4.1.5.5.5.5.2.6.7.1"),
        *("4 1 5, 5 5 5, 2 6 7 1", "4, 1, 5, 5, 5, 5, 2, 6, 7, 1", "41 55 55 26 71"),
        *("+1 4 1 5 5 5 5 2 6 7 1", "1-4-1-5-5-5-5-2-6-7-1"),
    ],
)
def test_digits_apart_are_hidden_in_texts(number: str) -> None:
    """Singly or in pairs, as they are dictated: not one digit stays."""
    calls = pd.DataFrame({"agent_name": [f"Ann, {number} at night"]})
    assert re.fullmatch(
        r"Ann, [A-Z]{2}-[0-9a-f]{12} at night", mask(calls, KEY)["agent_name"].item()
    )


@pytest.mark.parametrize(
    "number",
    [
        *("+1 (4155) 55-26 71", "0044-20 79460 958", "0044 (0)20 7946 0958", "00 44 20 7946 0958"),
        *("011 44 20 7946 0958", "001 415 5552 671", "1-4155-552-671", "1 41555 52671"),
        *("415 5552671", "(415)5552671", "1(415)555-2671", "415 - 555 - 2671", "1.415.555.2671"),
        *("[415] 555-2671", "+1 [415] 555 2671", "+1*415*555*2671", "+1 415 555\t2671"),
        *("020 794 60 958", "0 2079460958", "02079460958", "0171/23 45 678", "06 12 345 678"),
        *("44 20 7946 0958", "0061 2 9876 5432", "0039 06 1234 5678", "03-1234-5678"),
        *("(11) 91234-5678", "11 91234 5678", "98765-43210"),
    ],
)
def test_a_number_in_uneven_groups_is_hidden_in_texts(number: str) -> None:
    """However the digits are put together, and beside another number: not one of them stays."""
    calls = pd.DataFrame({"agent_name": [f"7 days {number} at night"]})
    assert re.fullmatch(
        r"7 days [A-Z]{2}-[0-9a-f]{12} at night", mask(calls, KEY)["agent_name"].item()
    )


@pytest.mark.parametrize("text", ["lead14155552671", "a14155552671b", "14155552671abc"])
def test_a_number_between_letters_is_hidden(text: str) -> None:
    """Also where the letters could be digits in hex."""
    masked = mask(pd.DataFrame({"agent_name": [text]}), KEY)["agent_name"].item()
    assert "5552671" not in masked


@pytest.mark.parametrize(
    "number",
    [
        *("415·555·2671", "415—555—2671", "(415)\u200b555\u200b2671", "+1%20415%20555%202671"),
        *("415,555,2671", "415\n555\n2671"),
        *(
            "4155552671".translate({48 + digit: zero + digit for digit in range(10)})
            for zero in ZEROS
        ),
        *("415\u202f555\u202f2671", "\u202a+14155552671\u202c", "+1-415-555-2671"),
    ],
)
def test_a_number_in_any_script_and_signs_has_one_pseudonym(number: str) -> None:
    """That of the digits alone, or with the country before them."""
    calls = pd.DataFrame({"agent_name": [f"at {number} now", "4155552671 +14155552671"]})
    hidden, both = mask(calls, KEY)["agent_name"]
    assert any(pseudonym in hidden for pseudonym in both.split())
    assert not re.search(r"\d{3}", re.sub(PSEUDONYM, "", hidden))


def test_many_digits_apart_are_read_piece_by_piece() -> None:
    """A long list holds no number, and of each group only those nearby are asked for."""
    text = "999." * 3_000
    assert mask(pd.DataFrame({"agent_name": [text]}))["agent_name"].item() == text


def test_digits_apart_are_the_number_that_they_are_together() -> None:
    """One pseudonym for one number."""
    spellings = ["+442079460958", "+4 4 2 0 7 9 4 6 0 9 5 8", "4 4 2 0 7 9 4 6 0 9 5 8"]
    masked = mask(pd.DataFrame({"agent_name": [f"at {number}" for number in spellings]}), KEY)
    assert len(set(masked["agent_name"])) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("levels 1 2 3 4 5 6 7 8 9 10", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10", "9 8 7 6 5 4 3 2 1"),
        *("02-03-2026 14 03", "10 20 30 40 50", "v1.2.3.4.5.6.7.8.9.10"),
        *("12:34:56:78:90", "0.12 0.34 0.56 0.78"),
    ],
)
def test_a_list_of_digits_is_no_number(text: str) -> None:
    """What no numbering plan has stays, and so do dates."""
    calls = pd.DataFrame({"agent_name": [text]})
    assert mask(calls, KEY)["agent_name"].item() == text


def test_what_is_no_number_stays_in_texts() -> None:
    """Ids, dates, times, epochs and versions are not taken for numbers."""
    calls = pd.DataFrame({"call_id": HARMLESS, "agent_name": HARMLESS}, index=HARMLESS)
    calls.attrs["notes"] = HARMLESS
    masked = mask(calls, KEY)
    pd.testing.assert_frame_equal(masked, calls)
    assert masked.attrs["notes"] == HARMLESS


@pytest.mark.parametrize("kind", KINDS)
def test_own_numbers_stay_readable_on_request(kind: Any) -> None:
    """The caller of an outbound call and the number that an inbound call reached, by call."""
    ours, theirs = "+14155550100", "+442079460958"
    calls = pd.DataFrame(
        {
            "direction": ["outbound", "inbound", "inbound", None],
            "from_number": [ours, theirs, ours, ours],
            "to_number": [theirs, ours, None, theirs],
        }
    ).astype({"from_number": kind, "to_number": kind})
    masked = mask(calls, KEY, own_numbers=True)
    hidden = mask(calls, KEY)
    assert masked["from_number"].tolist()[0] == masked["to_number"].tolist()[1] == ours
    for column, own in (("from_number", 0), ("to_number", 1)):
        rest = [row for row in range(4) if row != own]
        assert masked[column].iloc[rest].dropna().str.fullmatch(PSEUDONYM).all()
        assert (
            masked[column].iloc[rest].dropna().tolist()
            == hidden[column].iloc[rest].dropna().tolist()
        )
        assert masked[column].dtype == kind
    without = mask(calls.drop(columns="direction"), KEY, own_numbers=True)
    assert without["from_number"].str.fullmatch(PSEUDONYM).all()


def test_notes_quote_no_cell() -> None:
    """A name in a cell that could not be read is in the notes of the calls, not of their copy."""
    rows = {"call_id": ["call_1", "call_2"], "duration_ms": ["Jane Doe, 12 Elm St", "5"]}
    with pytest.warns(UserWarning, match="duration_ms"):
        calls = rn.as_calls(pd.DataFrame({**rows, "disconnection_reason": "user_hangup"}))
    assert "Jane Doe" in str(calls.attrs["notes"])
    notes = mask(calls).attrs["notes"]
    assert any("a cell is not a duration" in note for note in notes)
    assert "Jane" not in str(notes)
    assert any("columns={'its name': 'agent_id'}" in note for note in notes)


def test_an_index_is_masked_as_columns_are() -> None:
    """Ids in the index are hidden with the ids; texts that nobody knows become pseudonyms."""
    calls = rn.sample_calls(3, seed=1)
    masked = mask(calls.set_index("call_id", drop=False), KEY, keep_ids=False)
    assert masked.index.tolist() == masked["call_id"].tolist()
    assert not set(masked.index) & set(calls["call_id"])
    named = calls.set_index(pd.Index(["Jane Doe", "Bob", "Al"], name="customer"))
    hidden = mask(named, KEY).index
    assert hidden.is_unique
    assert hidden.str.startswith("label_").all()
    assert mask(named, KEY, keep="customer", keep_ids=False).index.tolist() == [*named.index]


@pytest.mark.parametrize(
    "number",
    [
        *("1-800-FLOWERS", "1800FLOWERS", "+1 (800) FLOWERS", "(800) FLOWERS", "1-800-flowers"),
        *("1.888.GO.FEDEX", "1-877-KARS-4-KIDS", "0800 REIMANN", "1300 PLUMBER", "13CABS"),
    ],
)
def test_a_number_that_ends_in_letters_is_hidden_in_a_text(number: str) -> None:
    """A phone's keys have letters, and who reads them dials the number."""
    for text in (number, f"Desk {number}", f"Ask at {number}, any day"):
        calls = rn.as_calls([{"call_id": "c1", "end_reason": "dial_busy", "agent_name": text}])
        hidden = str(mask(calls)["agent_name"].iloc[0])
        assert not {*re.findall("[A-Za-z]{4,}", number)} & {*re.findall("[A-Za-z]+", hidden)}
        assert hidden != text


def test_letters_and_digits_of_a_number_have_one_pseudonym() -> None:
    texts = ["1-800-FLOWERS", "+1 800 356 9377", "1-800-FLOWERS2GO"]
    calls = rn.as_calls([{"call_id": t, "end_reason": "x", "agent_name": t} for t in texts])
    assert len({*mask(calls)["agent_name"]}) == 1


@pytest.mark.parametrize(
    "text",
    ["Agent 800 Seconds", "version 13 Beta", "13 May 2026", "1800 seconds", "1300 calls", "13 AM"],
)
def test_words_behind_a_count_are_no_number(text: str) -> None:
    calls = rn.as_calls([{"call_id": "c1", "end_reason": "dial_busy", "agent_name": text}])
    assert mask(calls)["agent_name"].tolist() == [text]
