"""What is wrong with a phone number, told without the number."""

from __future__ import annotations

import re

__all__ = ["malformed"]

_SHAPES = (
    (r"\s*", "it is empty"),
    (r".*[^\W\d_].*", "it holds letters"),
    (r".*\s.*", "it holds blanks"),
    (r"[^+].*", "it does not begin with a plus sign and a country code"),
    (r".*(?:[^+\w\s]|_).*|.+\+.*", "it holds signs other than digits"),
    (r"\+0.*", "its country code begins with 0, as no country code does"),
)


def malformed(number: str) -> list[str]:
    """Return what is wrong with a number that should be in E.164; nothing where it could exist.

    Examples
    --------
    >>> malformed("+14155550100"), malformed("0151 2345")
    ([], ['it holds blanks', 'it does not begin with a plus sign and a country code'])
    """
    wrong = [words for shape, words in _SHAPES if re.fullmatch(shape, number, re.DOTALL)]
    return wrong[:1] if wrong[:1] == ["it is empty"] else wrong or _impossible(number)


def _impossible(number: str) -> list[str]:
    """What the numbering plans of the world have against a number in the right form."""
    import phonenumbers  # noqa: PLC0415 - its metadata would weigh on `import retell_nb`

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        return [f"it cannot be read as a number ({error})"]
    possible = phonenumbers.ValidationResult
    verdict = {
        possible.INVALID_COUNTRY_CODE: "no country has its country code",
        possible.TOO_SHORT: "it is too short for its country",
        possible.TOO_LONG: "it is too long for its country",
        possible.INVALID_LENGTH: "no number of its country has that many digits",
        possible.IS_POSSIBLE_LOCAL_ONLY: "it lacks the area code",
    }.get(phonenumbers.is_possible_number_with_reason(parsed))
    if verdict is None and not phonenumbers.is_valid_number(parsed):
        verdict = "no number of its country begins like this"
    return [verdict] if verdict else []
