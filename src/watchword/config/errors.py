"""What can be wrong with a file of settings."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileError", "TableError"]


@dataclass(eq=False)
class TableError(Exception):
    """A table is wrong. ``key`` is the path to the place, with dots; ``problem`` says what."""

    key: str
    problem: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.key}: {self.problem}" if self.key else self.problem


@dataclass(eq=False)
class FileError(Exception):
    """A file cannot be read as TOML, or cannot be read at all."""

    path: Path
    problem: str

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.path}: {self.problem}"
