"""A vault that is opened when it is first used: many a server never keeps large content."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from watchword.core.blobs import Blob, BlobId
from watchword.core.ports import Vault
from watchword.core.signing import Algorithm, SigningKey

__all__ = ["LateVault"]


class LateVault:
    """Stands for a vault that ``open_it`` returns; it is asked once, and again if it raised.

    ``begun`` says whether anything was ever put there: where not, there is nothing to list.
    """

    def __init__(self, open_it: Callable[[], Vault], begun: Callable[[], bool]) -> None:
        """Open nothing yet."""
        self._open_it: Final = open_it
        self._begun: Final = begun
        self._opening: Final = threading.Lock()
        self._opened: Vault | None = None

    def new_key(self) -> bytes:
        """Return a fresh data key, wrapped."""
        return self._vault().new_key()

    def put(self, wrapped_key: bytes, content: bytes) -> Blob:
        """Seal content and keep it."""
        return self._vault().put(wrapped_key, content)

    def get(self, wrapped_key: bytes, blob_id: BlobId) -> bytes:
        """Return content in clear."""
        return self._vault().get(wrapped_key, blob_id)

    def remove(self, blob_id: BlobId) -> None:
        """Remove content."""
        self._vault().remove(blob_id)

    def list_older(self, before: datetime) -> Iterable[BlobId]:
        """Yield what was put before then."""
        return self._vault().list_older(before) if self._begun() else ()

    def new_signing_key(self, algorithm: Algorithm) -> SigningKey:
        """Return a pair of keys, the private half wrapped."""
        return self._vault().new_signing_key(algorithm)

    def sign(self, wrapped: bytes, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self._vault().sign(wrapped, message)

    def _vault(self) -> Vault:
        with self._opening:
            if self._opened is None:
                self._opened = self._open_it()
            return self._opened
