"""Telling what a file is: the kind of file by its first bytes, the format by its columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from watchword.cli.importing.copy_rows import read_copy
from watchword.cli.importing.csv_rows import read_csv
from watchword.cli.importing.formats import FORMATS, Format, recognise
from watchword.cli.importing.json_rows import read_json
from watchword.cli.importing.rows import Fault, Row, fold_name
from watchword.cli.importing.wishes import Wishes
from watchword.config import FileError

__all__ = ["Source", "open_source"]

HEAD: Final = 4_096
BOM: Final = b"\xef\xbb\xbf"
DUMPED: Final = (b"--", b"COPY ", b"SET ", b"\\restrict")
"""How a dump of PostgreSQL begins."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of people. ``rows`` reads it from its beginning, each time that it is called."""

    kind: str
    format: Format
    first: Row | None
    rows: Callable[[], Iterator[Row | Fault]]

    @property
    def taken_for(self) -> str:
        """What the file was taken for, in words."""
        return f"{self.format.title} ({self.kind})"


def open_source(path: Path, asked: str | None, wishes: Wishes) -> Source:
    """Look at a file and tell what it is, unless it was said. Raises `FileError`."""
    kind, plain = _kind_of(path)
    if asked in {"csv", "json"} and asked != plain:
        raise FileError(path, f"line 1: this is {kind}, not {asked}")
    rows: Callable[[], Iterator[Row | Fault]]
    if kind == "JSON":
        rows = partial(read_json, path, dumped=asked in {None, "django"})
    elif kind == "CSV":
        rows = partial(read_csv, path)
    else:
        rows = partial(read_copy, path, _hash_columns(wishes))
    first = next((row for row in rows() if isinstance(row, Row)), None)
    name = asked or recognise(() if first is None else first.values, plain)
    return Source(kind, FORMATS[name], first, rows)


def _kind_of(path: Path) -> tuple[str, str]:
    """Return the kind of a file, and the format that it has if it has no system's."""
    if not path.is_file():
        # A pipe would be empty when it is read for the second time.
        raise FileError(path, "is no file" if path.exists() else "there is no such file")
    with path.open("rb") as file:
        head = file.read(HEAD).removeprefix(BOM).lstrip()
    if not head:
        raise FileError(path, "line 1: the file is empty")
    if head.startswith((b"[", b"{")):
        return "JSON", "json"
    return ("a PostgreSQL dump", "csv") if head.startswith(DUMPED) else ("CSV", "csv")


def _hash_columns(wishes: Wishes) -> frozenset[str]:
    """Return the columns by which the table of people is told from the others of a dump."""
    named = wishes.columns.password_hash
    names = [each.columns.password_hash for each in FORMATS.values()] if named is None else [named]
    return frozenset(map(fold_name, names))
