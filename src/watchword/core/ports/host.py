"""What the machine offers beside the storage: time, shared numbers, a place for large content."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from watchword.core.blobs import Blob, BlobId
from watchword.core.signing import Algorithm, SigningKey

__all__ = ["Clock", "Stamps", "Vault"]

Clock = Callable[[], datetime]
"""Tells the time: aware, UTC."""


class Stamps(Protocol):
    """A table of 64-bit numbers that every process of this host sees at once.

    Slot 0 changes with every renewal of any slot, slot 1 with none but its own. A renewal gives a
    slot a number that it never had: *renew*, not *increment*, so that two processes that renew at
    once cannot undo each other. `watchword.core.revocation` has the protocol.
    """

    @property
    def table(self) -> Sequence[int]:
        """The live table; reading an element costs no call into the kernel."""
        ...

    @property
    def trusted(self) -> Callable[[], bool] | None:
        """Say whether what was remembered under these numbers may be believed just now.

        None if it always may, since no other host can have the storage.
        """
        ...

    def renew(self, slots: Collection[int]) -> None:
        """Give slot 0, then each of these slots, a new number."""
        ...

    def await_others(self, serial: int) -> None:
        """Return once no other host believes what it knew before an entry of the journal.

        To be called after its commit; it takes seconds at most (`watchword.core.nodes`).
        """
        ...

    def close(self) -> None:
        """Let go of what is held open. Nothing may be renewed or read any more."""
        ...


class Vault(Protocol):
    """Content that is too large for a record, sealed (`watchword.core.blobs`), and keys that sign.

    Every process of this host sees the same content. A data key is handed out *wrapped*: sealed
    under the installation's master key, so that it may lie in a record. Content whose data key is
    gone everywhere is gone.
    """

    def new_key(self) -> bytes:
        """Return a fresh data key, wrapped."""
        ...

    def put(self, wrapped_key: bytes, content: bytes) -> Blob:
        """Seal content and keep it; it is on disk when this returns.

        Raises ``ValueError`` for a key that this vault did not wrap.
        """
        ...

    def get(self, wrapped_key: bytes, blob_id: BlobId) -> bytes:
        """Return content in clear.

        Raises `NotFoundError` (kind ``blob``) if there is none, and ``ValueError`` if the key is
        not the one it was sealed with or if what is there was tampered with.
        """
        ...

    def remove(self, blob_id: BlobId) -> None:
        """Remove content. It is no error if there is none."""
        ...

    def list_older(self, before: datetime) -> Iterable[BlobId]:
        """Yield what was put before then."""
        ...

    def new_signing_key(self, algorithm: Algorithm) -> SigningKey:
        """Return a pair of keys, the private half wrapped: a fresh one, or the operator's own.

        Operators have keys of their own for `Algorithm.ES384` only.
        """
        ...

    def sign(self, wrapped: bytes, message: bytes) -> bytes:
        """Return the signature of a message, as tokens have it (RFC 7518 section 3.4).

        Raises ``ValueError`` for a key that this vault did not wrap.
        """
        ...
