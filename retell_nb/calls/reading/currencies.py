"""Currencies that cells and headers name, such as "Cost (EUR)"."""

from __future__ import annotations

import re

from retell_nb.calls.schema import Guess

__all__ = ["CURRENCY", "OTHER_CURRENCY", "apart_from_currency", "note_on_currency"]

_DOLLARS = r"(?:US)?\$|USD|dollars?"
OTHER_CURRENCY = (
    r"(?i)(?:[AHNS]|AU|CA|HK|MX|NZ|R)\$|[€£¥₹₽₺₩₪฿₫₱₦]|\bRs\.?|\bkr\.?|zł|EUR|GBP|CAD|AUD|INR|CHF|"
    "JPY|BRL|MXN|SEK|NOK|DKK|PLN|SGD|NZD|ZAR|TRY|AED|HKD|KRW|THB|CNY|PHP|IDR|ILS|CZK|HUF|"
    r"\beuros?\b|\bpounds?\b|\brupees?\b|\breais\b"
)
CURRENCY = re.compile(rf"{OTHER_CURRENCY}|{_DOLLARS}")
_PRICED = re.compile(
    r"(.+?)[\s.-]*(?:\bin\b)?(?:[\s.(\[-]+|(?-i:(?<=[a-z])(?=[A-Z])))"
    rf"({OTHER_CURRENCY.removeprefix('(?i)')}|{_DOLLARS})[)\]\s]*",
    re.IGNORECASE,
)


def apart_from_currency(label: str) -> tuple[str, str | None]:
    """Return a label without the currency behind it, and the currency as it stands there, or USD.

    Examples
    --------
    >>> apart_from_currency("Cost (EUR)"), apart_from_currency("cost_in_$")
    (('Cost', 'EUR'), ('cost', 'USD'))
    >>> apart_from_currency("Cost")
    ('Cost', None)
    """
    parts = _PRICED.fullmatch(label.replace("_", " "))
    if parts is None:
        return label, None
    return parts[1], "USD" if re.fullmatch(_DOLLARS, parts[2], re.IGNORECASE) else parts[2]


def note_on_currency(label: str) -> Guess:
    """Return what is to be said of a column whose header names another currency than dollars.

    Examples
    --------
    >>> note_on_currency("Cost (EUR)")[:50]
    'Cost (EUR) is in another currency than dollars; no'
    """
    return Guess(
        f"{label} is in another currency than dollars; nothing was converted. Where money is "
        "shown, currency= names it."
    )
