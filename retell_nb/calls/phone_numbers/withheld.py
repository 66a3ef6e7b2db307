"""What stands in a number's place and is none: numbers that are not shown, and pseudonyms."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["KEYPAD", "PSEUDONYM", "is_pseudonym", "is_withheld"]

PSEUDONYM = re.compile(r"([A-Z]{2})-[a-f][0-9a-f]{11}")
"""A country and 12 hexadecimal digits. The first of these is a letter, lest a number such as
DE-493012345678 passes for a pseudonym."""


def _without_accents(text: str) -> str:
    return "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)
    )


_WITHHELD = frozenset(
    _without_accents(word.casefold())
    for words in (
        "anonymous private restricted withheld blocked hidden unavailable undisclosed unknown none",
        "unlisted unidentified suppressed redacted masked null undefined nan na n invalid",
        "payphone coinphone coin pay wireless area no not",
        "anonym unbekannt unbekannte unbekannter unterdruckt privat private verborgen gesperrt",
        "kein keine ohne nicht",
        "anonyme inconnu inconnue masque masquee prive privee cache secret sans non",
        "anonimo anonima desconocido desconocida privado privada oculto oculta restringido sin",
        "bloqueado desconhecido desconhecida confidencial sem nao",
        "sconosciuto sconosciuta privato privata nascosto riservato nessun nessuno senza",
        "anoniem onbekend onbekende prive afgeschermd geheim geen",
        "okand okant anonymt skyddat dolt hemligt ukjent ukendt skjult hemmelig hemmeligt",
        "tuntematon salattu salainen anonyymi",
        "nieznany nieznana anonimowy prywatny zastrzezony neznamy neznama nezname neznamy",
        "skryte soukrome ismeretlen rejtett anonim necunoscut ascuns gizli bilinmeyen ozel",
        "неизвестно неизвестныи скрыт скрытыи анонимныи",
        "άγνωστο αγνωστος חסוי אלמוני مجهول خاص محجوب",
        "非通知 公衆電話 匿名 未知 未知号码 私人号码 隐藏号码 不明 表示圈外",
        "발신번호표시제한 발신자표시없음",
    )
    for word in words.split()
)
"""What networks, telephones and tables write in place of a number that is not shown, in the words
of several languages, without accents."""

_BESIDE = frozenset(
    word
    for words in (
        "a of out available avail call caller callers calling cli clir clid id identity name",
        "number phone phonenumber telephone user line customer shown provided disclosed given set",
        "sip sips tel client party the is by",
        "anrufer anruferin nummer rufnummer telefonnummer telefon teilnehmer verfugbar angezeigt",
        "numero appelant identifiant appel disponible disponivel telefono telefone llamada",
        "llamante identificado identificador chiamante chiamata numer telefonu",
        "nummeret numara numarasi",
        "dzwoniacy szam hivo номер абонент без soittaja beller samtal de la le du",
    )
    for word in words.split()
)
"""Words that stand beside these and name nobody either."""

KEYPAD = ("266696687", "2562533", "7378742833", "8656696", "86282452253")
"""ANONYMOUS, BLOCKED, RESTRICTED, UNKNOWN and UNAVAILABLE, spelled on a telephone's keys: carriers
that can send nothing but digits send these.
https://help.twilio.com/articles/223179988"""

_URI = re.compile(r"(?:sips?|tel|client):([^@;]*).*|([^@]*)@.*", re.DOTALL | re.IGNORECASE)
_CROSSED_OUT = re.compile(r"[x\W_]*|(?=.*(?:x|[*•#]){3})\+?[\dx*•#().\s-]*", re.IGNORECASE)
"""No digit is left, or some of them: so are the numbers of many written alike."""


def is_pseudonym(number: str) -> bool:
    """Whether a number is one that `mask` gave.

    Examples
    --------
    >>> is_pseudonym("DE-c3f9a0c1b22e"), is_pseudonym("+14155550100")
    (True, False)
    """
    return PSEUDONYM.fullmatch(number) is not None


def is_withheld(number: str) -> bool:
    """Whether a number is none, but says that it is not shown.

    Examples
    --------
    >>> is_withheld("Anonymous"), is_withheld("no-caller-id"), is_withheld("+14155550100")
    (True, True, False)
    >>> is_withheld("+1415XXX0100"), is_withheld("+1 415 555-0100 x12")
    (True, False)
    >>> is_withheld("sip:anonymous@anonymous.invalid"), is_withheld("+266696687")
    (True, True)
    >>> is_withheld("Número desconocido"), is_withheld("unknown caller 7")
    (True, False)
    """
    if number[:1] == "+" and number[1:].isascii() and number[1:].isdigit() and number[1] != "0":
        return number[1:] in KEYPAD  # as nearly all are written, and ten times as fast
    address = _URI.fullmatch(number.strip())
    name = (address[1] or address[2] or "") if address else number
    if _CROSSED_OUT.fullmatch(name):
        return True
    words = _without_accents(re.sub(r"[\W_]+", " ", name).strip().casefold()).split()
    if any(word in _WITHHELD for word in words):
        return all(word in _WITHHELD or word in _BESIDE for word in words)
    digits = "".join(words)
    return digits in KEYPAD or (digits.isdigit() and not digits.strip("0"))
