"""Finding the line of a TOML file on which a key stands.

The standard library's parser keeps no positions, so headers are counted and keys are looked for by
their text. What stands inside an inline table is found at that table's key, which is near enough to
look.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from watchword.config import FileError, TableError

__all__ = ["find_line", "placing"]

_HEADER = re.compile(r"^\s*\[(?P<array>\[)?\s*(?P<name>[^\[\]]+?)\s*\]")
_STEP = re.compile(r"(?P<name>[^.\[\]]+)(?:\[(?P<index>\d+)\])?")


@contextmanager
def placing(path: Path | None, at: str = "") -> Generator[None]:
    """Turn a fault in the table ``at`` into a `FileError` that names the line and the key.

    Where there is no file the fault is left as it is.
    """
    try:
        yield
    except TableError as error:
        if path is None:
            raise
        placed = TableError(".".join(key for key in (at, error.key) if key), error.problem)
        line = find_line(path.read_text(encoding="utf-8"), placed.key)
        raise FileError(path, f"line {line}: {placed}") from error


def find_line(text: str, key: str) -> int:
    """Return the number (from 1) of the line where ``a[2].b.c`` stands, or the nearest to it."""
    steps = [(step["name"], step["index"]) for step in _STEP.finditer(key)]
    best, depth = 1, 0
    counts: dict[str, int] = {}
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            name = header["name"].replace('"', "")
            if header["array"]:
                counts[name] = counts.get(name, -1) + 1
            table = _path(name, counts)
            found = _shared(table, steps)
        else:
            written = line.partition("=")[0].replace('"', "").strip()
            found = _shared([*table, *_path(written, {})], steps) if written else 0
            found = found if found > len(table) else 0
        if found > depth:
            best, depth = number, found
    return best


def _path(name: str, counts: dict[str, int]) -> list[str]:
    """Return a header's steps, with the index that each array has reached."""
    parts = [part.strip() for part in name.split(".")]
    steps: list[str] = []
    for end in range(1, len(parts) + 1):
        prefix = ".".join(parts[:end])
        steps.append(f"{parts[end - 1]}[{counts[prefix]}]" if prefix in counts else parts[end - 1])
    return steps


def _shared(path: list[str], steps: list[tuple[str, str | None]]) -> int:
    """Return how many steps both begin with; 0 unless the whole path is among them."""
    if len(path) > len(steps):
        return 0
    for part, (name, index) in zip(path, steps, strict=False):
        # What should be one table may be written as a list of them, and the other way round.
        plain = part.partition("[")[0] if index is None else part
        if plain not in {name, f"{name}[{index}]"}:
            return 0
    return len(path)
