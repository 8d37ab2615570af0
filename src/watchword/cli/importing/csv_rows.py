r"""Rows of a CSV file: a header, then a row for each person.

Commas, semicolons and tabs separate; the header tells which. ``NULL`` and ``\N``, as databases
write them, are no value.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from watchword.cli.importing.rows import Fault, Row, name_columns, read_lines
from watchword.config import FileError

__all__ = ["read_csv"]

SEPARATORS: Final = ",;\t"
NO_VALUE: Final = frozenset({"NULL", "\\N"})


def read_csv(path: Path) -> Iterator[Row | Fault]:
    """Yield the rows. Raises `FileError` for what no row can be read out of."""
    lines = read_lines(path)
    first = next(lines, "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=separator, strict=True)
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not names:
                names = name_columns(path, line, cells)
            elif cells:
                yield _row(line, names, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileError(path, f"line {line}: {error}") from error


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> Row | Fault:
    if len(cells) != len(names):
        return Fault(line, f"has {len(cells)} columns, and the header {len(names)}")
    values = (None if cell in NO_VALUE else cell for cell in cells)
    return Row(line, dict(zip(names, values, strict=True)))
