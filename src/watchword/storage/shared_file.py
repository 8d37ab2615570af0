"""A file of 64-bit numbers that all processes of this host have mapped into their memory.

Each number is stored as one aligned machine word, so nobody can read half of one. The file is this
user's alone, on a local file system.
"""

import mmap
import os
import secrets
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["Identity", "map_words"]

WORD_BYTES: Final = 8
OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077

Identity = tuple[int, int]
"""What tells a file from another one that takes its place."""


def map_words(
    path: Path, count: int, initial: Callable[[], Iterable[int]]
) -> tuple[mmap.mmap, Identity]:
    """Map the file at ``path``; the first process to come makes it, with ``initial`` in it.

    Raises ``ValueError`` for a file that is of another size or that others may change, and
    ``OSError`` where no file can be made or mapped.
    """
    if not path.exists():
        _create(path, initial)
    return _map(path, count * WORD_BYTES)


def _create(path: Path, initial: Callable[[], Iterable[int]]) -> None:
    """Put a whole file in place at once; whoever comes second finds the first one's."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            array("Q", initial()).tofile(file)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _map(path: Path, size: int) -> tuple[mmap.mmap, Identity]:
    """Map a file that is what it should be."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        found = os.fstat(descriptor)
        if found.st_size != size:
            message = f"{path} is not what it should be: {found.st_size} bytes instead of {size}"
            raise ValueError(message)
        if found.st_uid != os.geteuid() or found.st_mode & OTHERS:
            message = f"{path} belongs to another user or is open to others"
            raise ValueError(message)
        return mmap.mmap(descriptor, size), (found.st_dev, found.st_ino)
    finally:
        os.close(descriptor)
