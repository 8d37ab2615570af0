"""The master key in a file: 64 hexadecimal digits that only their owner can read."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["has_master_key", "make_master_key", "read_master_key"]

KEY_BYTES: Final = 32
WRITTEN: Final = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077


def read_master_key(path: Path) -> bytes:
    """Return the key in a file.

    Raises ``ValueError`` if there is none, if it is no key, or if others may read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            written = WRITTEN.fullmatch(file.read(1_024))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    if mode & OTHERS:
        raise ValueError(f"{path} is open to others; run: chmod 600 {path}")
    if written is None:
        raise ValueError(f"{path} is no key: 64 hexadecimal digits are expected")
    return bytes.fromhex(written[1].decode())


def has_master_key(path: Path, sealed: Path | None) -> bool:
    """Say whether there is a key. Where it may have to be made first, ``sealed`` is what it seals.

    Raises ``ValueError`` for one that is not good, or that is gone while what it sealed is not.
    """
    if sealed is not None and not path.exists():
        if sealed.exists():
            raise ValueError(f"{path} is gone, and with it what {sealed} holds")
        return False
    read_master_key(path)
    return True


def make_master_key(path: Path) -> None:
    """Make a key, durably, unless somebody else has made one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
