"""The vault in files: large content, sealed, one file each.

Rules of this file:

1. Content is sealed with AES-256-GCM under its data key, bound to its own id; a data key is wrapped
   in the same way under the master key. Both nonces are random: a key seals far fewer than 2³²
   pieces.
2. A file is written under a name that nobody knows, and flushed with its folder before anybody is
   told of it (decision 0308). What a killed process leaves opens to nobody, and is swept.
3. Only ids that this file could have given out become paths.
4. A disk that is full or fails is a storage that does not answer: whoever asked may come back.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from watchword.core.blobs import Blob, BlobId
from watchword.core.errors import NotFoundError, StorageUnavailableError
from watchword.core.ports import Clock
from watchword.core.signing import Algorithm, SigningKey
from watchword.storage.signing import make_private_key, publish, sign

__all__ = ["FileVault"]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
ID_BYTES: Final = 16
ID: Final = re.compile(r"[0-9a-f]{32}")
WRAPPING: Final = b"watchword data key"
SIGNING: Final = b"watchword signing key"
OWNER_ONLY: Final = 0o600
FOLDER_OWNER_ONLY: Final = 0o700


class FileVault:
    """A folder of sealed files. Any number of processes of this host may use it at once."""

    def __init__(
        self, folder: Path, master_key: bytes, clock: Clock, own_key: bytes | None = None
    ) -> None:
        """Make the folder, unless there is one. ``own_key`` is what the operator signs with."""
        self._folder = folder
        self._master = AESGCM(master_key)
        self._clock = clock
        self._own_key = own_key
        with _answering():
            _make(folder)

    def new_key(self) -> bytes:
        """Return a fresh data key, wrapped."""
        return _seal(self._master, secrets.token_bytes(KEY_BYTES), WRAPPING)

    def put(self, wrapped_key: bytes, content: bytes) -> Blob:
        """Seal content and keep it; it is on disk when this returns."""
        cipher = self._unwrap(wrapped_key)
        blob_id = BlobId(secrets.token_hex(ID_BYTES))
        sealed = _encrypt(cipher, content, blob_id.encode())
        with _answering():
            self._write(self._path(blob_id), sealed)
        return Blob(blob_id, len(content), hashlib.sha256(content).hexdigest())

    def get(self, wrapped_key: bytes, blob_id: BlobId) -> bytes:
        """Return content in clear."""
        if not ID.fullmatch(blob_id):
            raise NotFoundError("blob")
        with _answering():
            try:
                sealed = self._path(blob_id).read_bytes()
            except FileNotFoundError:
                raise NotFoundError("blob") from None
        return _open(self._unwrap(wrapped_key), sealed, blob_id.encode())

    def remove(self, blob_id: BlobId) -> None:
        """Remove content, or what a killed process left of it."""
        if not ID.fullmatch(blob_id):
            return
        path = self._path(blob_id)
        with _answering():
            path.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                _flush(path.parent)

    def new_signing_key(self, algorithm: Algorithm) -> SigningKey:
        """Return a pair of keys, the private half wrapped."""
        own = self._own_key if algorithm is Algorithm.ES384 else None
        private = own or make_private_key(algorithm)
        return SigningKey(publish(private), _seal(self._master, private, SIGNING))

    def sign(self, wrapped: bytes, message: bytes) -> bytes:
        """Return the signature of a message."""
        return sign(_open(self._master, wrapped, SIGNING), message)

    def list_older(self, before: datetime) -> Iterator[BlobId]:
        """Yield what was put before then, whole or not."""
        for folder in _entries(self._folder):
            for entry in _entries(Path(folder.path)):
                with suppress(FileNotFoundError):
                    if ID.fullmatch(entry.name) and entry.stat().st_mtime < before.timestamp():
                        yield BlobId(entry.name)

    def _unwrap(self, wrapped_key: bytes) -> AESGCM:
        return AESGCM(_open(self._master, wrapped_key, WRAPPING))

    def _path(self, blob_id: BlobId) -> Path:
        """Spread files over folders: some file systems are slow with very many in one."""
        return self._folder / blob_id[:2] / blob_id

    def _write(self, path: Path, sealed: tuple[bytes, bytes]) -> None:
        _make(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(sealed)
                file.flush()
                at = self._clock().timestamp()
                os.utime(descriptor, (at, at))
                os.fsync(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        _flush(path.parent)


@contextmanager
def _answering() -> Generator[None]:
    """Keep rule 4."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailableError from error


def _seal(cipher: AESGCM, content: bytes, bound_to: bytes) -> bytes:
    return b"".join(_encrypt(cipher, content, bound_to))


def _encrypt(cipher: AESGCM, content: bytes, bound_to: bytes) -> tuple[bytes, bytes]:
    """Return a nonce and what is sealed with it, apart: to join megabytes is to copy them."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, cipher.encrypt(nonce, content, bound_to)


def _open(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], memoryview(sealed)[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise ValueError("this was sealed with another key, or is damaged") from error


def _make(folder: Path) -> None:
    """Make a folder, durably, unless there is one."""
    if folder.is_dir():
        return
    folder.mkdir(mode=FOLDER_OWNER_ONLY, parents=True, exist_ok=True)
    _flush(folder.parent)


def _flush(folder: Path) -> None:
    """Make what was done in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entries(folder: Path) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
