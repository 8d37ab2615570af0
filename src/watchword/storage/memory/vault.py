"""The vault of the reference storage: content in a dictionary. Nothing is sealed but in name."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from types import ModuleType

from watchword.core.blobs import Blob, BlobId
from watchword.core.errors import NotFoundError
from watchword.core.ports import Clock
from watchword.core.signing import Algorithm, SigningKey

__all__ = ["MemoryVault"]


class MemoryVault:
    """Keeps content with the key it was put under, for as long as the process lives."""

    def __init__(self, clock: Clock) -> None:
        """Start empty."""
        self._clock = clock
        self.own_key: bytes | None = None
        self._keys: set[bytes] = set()
        self._signing: dict[bytes, bytes] = {}
        self._kept: dict[BlobId, tuple[bytes, bytes, datetime]] = {}

    def new_key(self) -> bytes:
        """Return a key."""
        key = secrets.token_bytes(32)
        self._keys.add(key)
        return key

    def put(self, wrapped_key: bytes, content: bytes) -> Blob:
        """Keep content."""
        self._require_key(wrapped_key)
        blob_id = BlobId(secrets.token_hex(16))
        self._kept[blob_id] = (wrapped_key, content, self._clock())
        return Blob(blob_id, len(content), hashlib.sha256(content).hexdigest())

    def get(self, wrapped_key: bytes, blob_id: BlobId) -> bytes:
        """Return content."""
        if blob_id not in self._kept:
            raise NotFoundError("blob")
        key, content, _ = self._kept[blob_id]
        if key != wrapped_key:
            raise ValueError("this was put under another key")
        return content

    def remove(self, blob_id: BlobId) -> None:
        """Remove content."""
        self._kept.pop(blob_id, None)

    def list_older(self, before: datetime) -> Iterator[BlobId]:
        """Yield what was put before then."""
        yield from [blob_id for blob_id, (_, _, at) in self._kept.items() if at < before]

    def new_signing_key(self, algorithm: Algorithm) -> SigningKey:
        """Return a pair of keys."""
        signing = _signing()
        own = self.own_key if algorithm is Algorithm.ES384 else None
        wrapped = secrets.token_bytes(32)
        self._signing[wrapped] = own or signing.make_private_key(algorithm)
        return SigningKey(signing.publish(self._signing[wrapped]), wrapped)

    def sign(self, wrapped: bytes, message: bytes) -> bytes:
        """Return the signature of a message."""
        if wrapped not in self._signing:
            raise ValueError("this is no key of this vault")
        signature: bytes = _signing().sign(self._signing[wrapped], message)
        return signature

    def _require_key(self, wrapped_key: bytes) -> None:
        if wrapped_key not in self._keys:
            raise ValueError("this is no key of this vault")


def _signing() -> ModuleType:
    """Return what signs; it is imported late, because every command imports this module."""
    return import_module("watchword.storage.signing")
