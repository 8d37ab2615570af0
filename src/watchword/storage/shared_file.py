"""Files that all processes of this host have mapped into their memory.

Such a file is this user's alone, on a local file system. A number in it is stored as one aligned
machine word, so nobody can read half of one.
"""

import mmap
import os
import secrets
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

__all__ = ["WORD_BYTES", "Identity", "boot_of_host", "create_whole", "map_words", "open_own"]

WORD_BYTES: Final = 8
OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

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
        create_whole(path, lambda file: array("Q", initial()).tofile(file))
    descriptor = open_own(path, count * WORD_BYTES)
    try:
        found = os.fstat(descriptor)
        return mmap.mmap(descriptor, found.st_size), (found.st_dev, found.st_ino)
    finally:
        os.close(descriptor)


def create_whole(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Put a whole file in place at once; whoever comes second finds the first one's."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            fill(file)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def open_own(path: Path, size: int, magic: bytes = b"") -> int:
    """Return the descriptor of a file of this size that begins so. Raises as `map_words` does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        _require_own(path, descriptor, size, magic)
        # On a full disk, whoever writes into a hole of what is mapped is killed by the kernel.
        os.posix_fallocate(descriptor, 0, size)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _require_own(path: Path, descriptor: int, size: int, magic: bytes) -> None:
    found = os.fstat(descriptor)
    if found.st_size != size or os.pread(descriptor, len(magic), 0) != magic:
        message = f"{path} is not what it should be"
        raise ValueError(message)
    if found.st_uid != os.geteuid() or found.st_mode & OTHERS:
        message = f"{path} belongs to another user or is open to others"
        raise ValueError(message)


def boot_of_host() -> bytes:
    """Return sixteen bytes that are others after each start of the host; zeros if none are told."""
    with suppress(OSError, ValueError):
        return UUID(BOOT_ID.read_text(encoding="ascii").strip()).bytes
    return bytes(16)
