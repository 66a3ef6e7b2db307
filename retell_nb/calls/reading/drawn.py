"""Tables as databases draw them for the eye: cells between bars, or each record by itself."""

from __future__ import annotations

import json
import re

from retell_nb.calls.reading.known_names import surely

__all__ = ["json_of_blocks", "without_lines"]

_HEAD = 1 << 16
_LINES_ABOVE = 30
_RULE = re.compile(
    r"(?=.*[-=\u2500\u2501\u2550]{2})(?=.*[+|\u2500-\u257f])[\s+|:=\-\u2500-\u257f]+"
)
"""A line of dashes and crosses, or of signs of which boxes are drawn."""
_BARS = str.maketrans(dict.fromkeys("\u2502\u2503\u2506\u2507\u250a\u250b\u2551\u254e\u254f", "|"))
_TYPE = re.compile(
    r"(?:var)?char|text|str(?:ing)?|utf8|u?(?:big|huge|small|tiny)?int(?:eger)?\d*|[iuf]\d{1,3}"
    r"|double|float\d*|real|decimal|numeric|bool(?:ean)?|date|time(?:stamp)?(?:tz|_\w+)?"
    r"|timestamp with time zone|datetime|uuid|json|enum|cat|struct|list|object|null",
    re.IGNORECASE,
)
_CUT = re.compile(r"[\s|\xb7.\u2026]*[\xb7\u2026][\s|\xb7.\u2026]*")
"""A line that stands for rows which are not there."""
_COUNT = re.compile(r"(?:\(?[\d,]+ rows?\b|shape: \().*")
_BLOCK = re.compile(r"^(?:-\[ RECORD \d+ \][-+]*|\*+ \d+\. row \*+)[ \r]*$", re.MULTILINE)
_FIELD = re.compile(r"^[ \t]*([^|:\n]*?)[ \t]*[|:] ?(.*?)[ \r]*$", re.MULTILINE)


def without_lines(data: bytes) -> tuple[bytes, list[str]]:
    r"""Return a table without the lines drawn around its cells, and what there is to say of it.

    What is no drawn table is returned as it is.

    Parameters
    ----------
    data : bytes
        Text, in UTF-8.

    Examples
    --------
    >>> without_lines(b"+----+----+\n| id | x  |\n+----+----+\n| 1  |    |\n+----+----+\n(1 row)\n")
    (b'id|x\n1|\n', [])
    >>> without_lines(b"a,b\n-,-\n")
    (b'a,b\n-,-\n', [])
    """
    head = data[:_HEAD].decode("utf-8", "replace").translate(_BARS).splitlines()[:_LINES_ABOVE]
    rules = [at for at, line in enumerate(head) if _RULE.fullmatch(line)]
    barred = (at for at, line in enumerate(head) if "|" in line and at not in rules)
    above = next(barred, _LINES_ABOVE)
    titles = [label for line in head[:above] for label in re.split("[,;\t]", line)]
    if not {above - 1, above + 1, above + 2} & {*rules} or any(map(surely, titles)):
        return data, []
    lines = data.decode("utf-8", "replace").translate(_BARS).splitlines()
    framed = lines[above].lstrip().startswith("|")
    rows: list[str] = []
    cut = False
    for line in lines[above:]:
        cells = _cells(line, framed=framed)
        is_cut = _CUT.fullmatch(line) is not None
        cut |= is_cut
        is_line = is_cut or _RULE.fullmatch(line) or _COUNT.fullmatch(line.strip("| "))
        if not is_line and not (len(rows) == 1 and any(cells) and all(map(_names_type, cells))):
            rows.append("|".join(cells))
    notes = ["The table was printed with some of its rows left out; those are not there."] * cut
    return "\n".join([*rows, ""]).encode(), notes


def _cells(line: str, *, framed: bool) -> list[str]:
    if framed:
        line = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in line.split("|")]


def _names_type(cell: str) -> bool:
    """Whether a cell below a label says of what type the column is, or is a dash of its rule."""
    return cell == "---" or _TYPE.fullmatch(re.sub(r"[\[(].*", "", cell)) is not None


def json_of_blocks(data: bytes) -> bytes | None:
    r"""Return as JSON Lines the records that a database shows one below the other, else None.

    Examples
    --------
    >>> json_of_blocks(b"-[ RECORD 1 ]---\ncall_id | call_1\nfrom    | \n")
    b'{"call_id": "call_1", "from": null}'
    """
    if not _BLOCK.search(data[:_HEAD].decode("utf-8", "replace")):
        return None
    text = data.decode("utf-8", "replace")
    blocks = [block.span() for block in _BLOCK.finditer(text)]
    ends = [*(begin for begin, _ in blocks[1:]), len(text)]
    records = [
        {label: cell or None for label, cell in _FIELD.findall(text, begin, end)}
        for (_, begin), end in zip(blocks, ends, strict=True)
    ]
    return "\n".join(map(json.dumps, records)).encode()
