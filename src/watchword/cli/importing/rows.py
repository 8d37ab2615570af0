"""Rows of a file, whatever kind of file it is, and how its lines are read.

A row is read and forgotten: no reader keeps more of a file than the row it is at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from watchword.config import FileError

__all__ = ["LONGEST_ROW", "Fault", "Row", "fold_name", "name_columns", "read_lines", "unreadable"]

LONGEST_ROW: Final = 1_048_576
"""Characters. People are described in less; what is longer is not a file of people."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``values`` are by folded column name; None is a value that is not there."""

    line: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be read; those after it can."""

    line: int
    problem: str


def fold_name(name: str) -> str:
    """Return a column's name as it is compared: ``UserName`` and ``user_name`` are one."""
    return "".join(name.casefold().split()).replace("_", "")


def name_columns(path: Path, line: int, header: list[str]) -> list[str]:
    """Return the folded names of a header. Raises `FileError` if two are the same."""
    names = [fold_name(name) for name in header]
    for index, name in enumerate(names):
        if name and name in names[:index]:
            raise FileError(path, f"line {line}: there are two columns {header[index]!r}")
    return names


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file with their ends. Raises `FileError`, which names the line."""
    try:
        with path.open("rb") as file:
            number = 1
            while raw := file.readline(LONGEST_ROW + 1):
                if len(raw) > LONGEST_ROW:
                    raise FileError(path, f"line {number}: is longer than {LONGEST_ROW} bytes")
                yield _decode(path, number, raw)
                number += 1
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> FileError:
    """Return the fault that a file cannot be read at all."""
    return FileError(path, error.strerror or str(error))


def _decode(path: Path, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise FileError(path, f"line {number}: is not UTF-8") from error
