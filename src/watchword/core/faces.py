"""What is said of faces: what an engine saw, why it saw nobody, and what a face is good for.

Records only. This module must never know how faces are found or compared.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

__all__ = [
    "GOOD_QUALITY",
    "PASSWORD_ONLY",
    "Act",
    "EntryPolicy",
    "FaceBox",
    "FaceFault",
    "Factors",
    "FoundFace",
    "Sighting",
    "Template",
    "Tier",
]

GOOD_QUALITY: Final = 0.5
"""From here on a face is good enough to enrol with (`FoundFace.quality`)."""


class FaceFault(StrEnum):
    """Why nobody was recognised in a photo or a clip."""

    UNREADABLE = "unreadable"
    """It is nothing that the engine can read."""
    TOO_LARGE = "too-large"
    """It says that it has more pixels, frames or seconds than are looked at."""
    NO_FACE = "no-face"
    SEVERAL = "several-faces"
    POOR = "poor-quality"
    """There is a face, but too small, too blurred, or on too few frames to say anything of it."""
    CHANGED = "face-changed"
    """It was one person's face, and then another's."""
    NOT_LIVE = "not-live"
    """There is a face, but nobody whose it is: a print, a screen, a mask."""
    NO_MATCH = "no-match"
    """There is one living face, and it is nobody's who is known (or not the one that was meant)."""

    @property
    def is_attempt(self) -> bool:
        """Whether somebody tried to pass for somebody: an empty chair guesses at nothing."""
        return self in {FaceFault.CHANGED, FaceFault.NOT_LIVE, FaceFault.NO_MATCH}


class Act(StrEnum):
    """What somebody is asked to do before the camera; left and right are their own."""

    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    BLINK = "blink"


class Tier(StrEnum):
    """One way of telling a person from a picture of them. None is certain."""

    MOTION = "motion"
    """One face throughout, and it moves as no single picture does."""
    CHALLENGE = "challenge"
    """It did what it was asked for, in that order."""
    PAD = "pad"
    """It has the look of skin, not that of paper or of a screen."""


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where a face is, in pixels of the photo as it is shown: turned as its EXIF data says."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """How wide it is."""
        return self.right - self.left

    @property
    def area(self) -> int:
        """How large it is; of several faces this says which is the biggest."""
        return self.width * (self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class Template:
    """A face as its model sees it. A secret: it is as good as the face, and nobody can change it.

    ``model`` is the SHA-256 of the embedding model in hexadecimal; templates of two models have
    nothing to say to each other. ``vector`` are little-endian 32-bit floats of length one.
    """

    model: str
    vector: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face on a photo.

    ``score`` says how surely it is one, ``quality`` how good it is to enrol with: large, sharp and
    frontal enough from `GOOD_QUALITY` on. Both are from 0 to 1. ``thumbnail`` is a small JPEG.
    """

    box: FaceBox
    score: float
    quality: float
    template: Template
    thumbnail: bytes = field(default=b"", repr=False)

    @property
    def is_good(self) -> bool:
        """Whether it is good enough to enrol with."""
        return self.quality >= GOOD_QUALITY


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person before a camera.

    ``tiers`` are those that were passed. ``liveness`` holds what that was judged by, from 0 to 1
    and by its name, for the audit trail: "motion", "identity", "turn", "blink", "pad".
    """

    template: Template
    tiers: frozenset[Tier]
    liveness: Mapping[str, float]

    def lacks(self, required: AbstractSet[Tier]) -> frozenset[Tier]:
        """Return which of the required tiers were not passed; motion is always required."""
        return frozenset({Tier.MOTION, *required}) - self.tiers


class Factors(StrEnum):
    """What it takes to be let in at an audience."""

    PASSWORD = "password"
    FACE = "face"
    EITHER = "either"
    BOTH = "both"
    """A face first, for which there is a proof; then the password, with that proof."""


@dataclass(frozen=True, slots=True)
class EntryPolicy:
    """Which factors an audience takes.

    ``least_likeness`` is how alike two faces of one person are. ``proof_life`` is how long a proof
    can be redeemed.
    """

    factors: Factors = Factors.PASSWORD
    least_likeness: float = 1.0
    proof_life: timedelta = timedelta(minutes=5)

    @property
    def takes_password(self) -> bool:
        """Whether a password is any use here."""
        return self.factors is not Factors.FACE

    @property
    def takes_face(self) -> bool:
        """Whether a face is any use here."""
        return self.factors is not Factors.PASSWORD

    @property
    def face_suffices(self) -> bool:
        """Whether a face alone opens the door."""
        return self.factors in {Factors.FACE, Factors.EITHER}

    @property
    def wants_proof(self) -> bool:
        """Whether a password opens the door only together with a proof."""
        return self.factors is Factors.BOTH


PASSWORD_ONLY: Final = EntryPolicy()
"""What an audience has that says nothing of faces."""
