"""Rows of a JSON file: a list of objects, or one object after the other.

Read piece by piece, since a whole file of people may not fit into memory. What Django's
``dumpdata`` writes is told by its shape: ``model`` and ``fields`` in every object. *Documented* in
Django's manual under "Serialization formats".
"""

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from watchword.cli.importing.rows import LONGEST_ROW, Fault, Row, fold_name, unreadable
from watchword.config import FileError

__all__ = ["read_json"]

PIECE: Final = 65_536
SPACE: Final = " \t\r\n"


def read_json(path: Path, *, dumped: bool = True) -> Iterator[Row | Fault]:
    """Yield the rows. ``dumped``: records of a Django dump are taken for what they stand for.

    Raises `FileError` for what no row can be read out of.
    """
    dump = _Dump()
    try:
        with path.open("rb") as file:
            for line, found in _Scanner(path, file).elements():
                row: Row | Fault | None = _row(line, found)
                if dumped and isinstance(row, Row) and {"model", "fields"} <= row.values.keys():
                    row = dump.read(row)
                if row is not None:
                    yield row
    except OSError as error:
        raise unreadable(path, error) from error


@dataclass(frozen=True, slots=True)
class _Ambiguous:
    """An object in which a name stands twice: nobody can say which of its values is meant."""

    name: str


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object] | _Ambiguous:
    values: dict[str, object] = {}
    for name, value in pairs:
        if name in values:
            return _Ambiguous(name)
        values[name] = value
    return values


def _row(line: int, found: object) -> Row | Fault:
    if isinstance(found, _Ambiguous):
        return Fault(line, f"there are two values {found.name!r}")
    if not isinstance(found, dict):
        return Fault(line, "expected an object")
    values: dict[str, object] = {}
    for name, value in cast("dict[str, object]", found).items():
        folded = fold_name(name)
        if folded in values:
            return Fault(line, f"there are two values {name!r}")
        values[folded] = value
    return Row(line, values)


class _Dump:
    """What was seen of a Django dump: the names of groups, which come before their members."""

    def __init__(self) -> None:
        self._groups: dict[object, str] = {}

    def read(self, row: Row) -> Row | Fault | None:
        """Return a user as a row of its own; None for a record of something else."""
        fields = _row(row.line, row.values["fields"])
        if isinstance(fields, Fault):
            return Fault(row.line, f"fields: {fields.problem}")
        model, key = str(row.values["model"]), row.values.get("pk")
        if model.endswith(".group") and isinstance(key, int | str):
            self._groups[key] = str(fields.values.get("name"))
        if "password" not in fields.values:
            return None
        groups = fields.values.get("groups")
        if isinstance(groups, list):
            named = [self._name(each) for each in cast("list[object]", groups)]
            return Row(row.line, {**fields.values, "groups": named})
        return fields

    def _name(self, group: object) -> str:
        """Return a group's name, be it meant by its key or, a *natural* key, by its name."""
        if isinstance(group, list):
            return ".".join(str(part) for part in cast("list[object]", group))
        known = self._groups.get(group) if isinstance(group, int | str) else None
        return str(group) if known is None else known


class _Scanner:
    """One pass over the objects of a file, of which it holds a piece or two."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder(object_pairs_hook=_object)
        self._text, self._at, self._line, self._over = "", 0, 1, False

    def elements(self) -> Iterator[tuple[int, object]]:
        """Yield each element with its line. Raises `FileError`."""
        if self._next() != "[":
            while self._next():
                yield self._line, self._element()
            return
        self._move(self._at + 1)
        more = self._next() != "]"
        while more:
            yield self._line, self._element()
            more = self._next() == ","
            if more:
                self._move(self._at + 1)
                self._next()
        if self._next() != "]":
            raise self._fault("expected , or ]")
        self._move(self._at + 1)
        if self._next():
            raise self._fault("there is something behind the list")

    def _next(self) -> str:
        """Return the next character that is no white space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in SPACE:
                    return self._text[self._at]
                self._move(self._at + 1)
            if not self._more():
                return ""

    def _element(self) -> object:
        while True:
            try:
                found, end = cast("tuple[object, int]", self._scan.raw_decode(self._text, self._at))
            except json.JSONDecodeError as error:
                # It may be whole once more of the file was read.
                if len(self._text) - self._at > LONGEST_ROW:
                    raise self._fault(f"is longer than {LONGEST_ROW} characters") from error
                if not self._more():
                    raise self._fault(error.msg, error.pos) from error
            except (ValueError, RecursionError) as error:
                raise self._fault("is no description of a person") from error
            else:
                self._move(end)
                return found

    def _move(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to

    def _more(self) -> bool:
        """Read one more piece. Returns False at the end of the file."""
        raw = b"" if self._over else self._file.read(PIECE)
        if self._over:
            return False
        self._over = not raw
        try:
            piece = self._decode.decode(raw, final=self._over)
        except UnicodeDecodeError as error:
            before = raw[: error.start].count(b"\n")
            at = self._line + self._text.count("\n", self._at) + before
            raise FileError(self._path, f"line {at}: is not UTF-8") from error
        self._text, self._at = self._text[self._at :] + piece, 0
        return True

    def _fault(self, problem: str, at: int | None = None) -> FileError:
        line = self._line + self._text.count("\n", self._at, at if at is not None else self._at)
        return FileError(self._path, f"line {line}: {problem}")
