"""Large content at rest, such as images: what is known of a piece of it. Records only.

The content lies in the `watchword.core.ports.Vault`, sealed under a data key. Whoever refers to a
blob keeps its id and the wrapped data key in a record of its own, and notes the id in the ledger
(``transaction.blobs``) in the unit of work that stores that record. A blob that no ledger knows is
swept after a while: it was written by somebody who never came to commit.
"""

from dataclasses import dataclass
from typing import NewType

__all__ = ["Blob", "BlobId"]

BlobId = NewType("BlobId", str)


@dataclass(frozen=True, slots=True)
class Blob:
    """One piece of content. ``size`` and ``sha256`` are those of the content in clear."""

    id: BlobId
    size: int
    sha256: str
