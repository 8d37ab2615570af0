r"""Rows of a PostgreSQL dump in plain text: what stands between ``COPY … FROM stdin;`` and ``\.``.

*Documented* in PostgreSQL's manual under COPY, "Text Format". Of the tables in a dump, the first
that has a wanted column is read, and the others are passed over.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from watchword.cli.importing.rows import Fault, Row, name_columns, read_lines
from watchword.config import FileError

__all__ = ["read_copy"]

_COPY: Final = re.compile(r"COPY [^\s(]+ \((?P<columns>[^()]*)\) FROM stdin;\s*")
_END: Final = "\\."
_NULL: Final = "\\N"
_ESCAPE: Final = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read_copy(path: Path, wanted: Collection[str]) -> Iterator[Row | Fault]:
    """Yield the rows of the first table with one of the ``wanted`` columns. Raises `FileError`."""
    names: list[str] | None = None
    number = 0
    for number, raw in enumerate(read_lines(path), start=1):
        text = raw.rstrip("\r\n")
        if names is None:
            names = _begun(path, number, text, wanted)
        elif text == _END:
            return
        else:
            yield _row(number, names, text)
    problem = "ends within its table" if names else "has no table of people with passwords"
    raise FileError(path, f"line {max(number, 1)}: {problem}")


def _begun(path: Path, number: int, text: str, wanted: Collection[str]) -> list[str] | None:
    found = _COPY.fullmatch(text)
    if found is None:
        return None
    header = [name.strip().strip('"') for name in found["columns"].split(",")]
    names = name_columns(path, number, header)
    return names if any(name in wanted for name in names) else None


def _row(number: int, names: Sequence[str], text: str) -> Row | Fault:
    cells = text.split("\t")
    if len(cells) != len(names):
        return Fault(number, f"has {len(cells)} columns, and the table {len(names)}")
    values = (None if cell == _NULL else _ESCAPE.sub(_unescaped, cell) for cell in cells)
    return Row(number, dict(zip(names, values, strict=True)))


def _unescaped(found: re.Match[str]) -> str:
    octal, hexadecimal, other = found.groups()
    if other is not None:
        return _LETTERS.get(str(other), str(other))
    code = int(octal, 8) if octal is not None else int(hexadecimal, 16)
    return chr(code & 0xFF)
