"""What a face is asked to do so that a clip of it cannot have been made before. Records only.

How challenges are posed and met: `watchword.core.challenging`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watchword.core.faces import Act
from watchword.core.subjects import Audience
from watchword.core.tokens import TokenDigest

__all__ = ["Challenge", "ChallengeFault", "Posed"]


class ChallengeFault(StrEnum):
    """Why a challenge is not good: results in the audit log."""

    UNKNOWN = "challenge-unknown"
    """It was never posed, or so long ago that it is forgotten."""
    FOREIGN = "challenge-foreign"
    """It was posed at another door."""
    WRONG_DEVICE = "challenge-wrong-device"
    REPLAYED = "challenge-replayed"
    LATE = "challenge-late"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge at the one moment at which its nonce is known.

    The acts are to be done in this order, in a clip that has arrived by the ``deadline``.
    """

    nonce: str = field(repr=False)
    acts: tuple[Act, ...]
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Posed:
    """A challenge as the server remembers it. ``source`` is whom it was posed to, as a key."""

    digest: TokenDigest = field(repr=False)
    audience: Audience
    device_key: str
    source: str
    acts: tuple[Act, ...]
    deadline: datetime
    redeemed: bool = False
