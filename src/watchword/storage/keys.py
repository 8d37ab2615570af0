"""The master key in a file: 64 hexadecimal digits that only their owner can read."""

import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["has_master_key", "make_master_key", "master_key_mark", "read_master_key"]

KEY_BYTES: Final = 32
WRITTEN: Final = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077
MARK: Final = b"watchword master key"
WAY_OUT: Final = "bring it back, or if it is lost for good: watchword forget-master-key"


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


def master_key_mark(path: Path) -> str:
    """Return what tells the key in a file from others, and tells nobody the key.

    Raises as `read_master_key`.
    """
    return hmac.digest(read_master_key(path), MARK, "sha256").hex()


def has_master_key(path: Path, sealed: Path | None, bound: str | None) -> bool:
    """Say whether there is a key. Where it may have to be made first, ``sealed`` is what it seals.

    ``bound`` is the mark of the key that the database goes with, if it is known. Raises
    ``ValueError`` for a key that is not good, that is another one, or that is gone while what it
    sealed is not.
    """
    if not path.exists():
        if bound is not None:
            raise ValueError(f"the database's master key is not in {path}: {WAY_OUT}")
        if sealed is not None:
            if sealed.exists():
                raise ValueError(
                    f"{path} is gone, and with it what {sealed} holds: bring it back, "
                    f"or if it is lost for good, move that folder away"
                )
            return False
    mark = master_key_mark(path)
    if bound is not None and mark != bound:
        raise ValueError(f"{path} is not the database's master key: {WAY_OUT}")
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
