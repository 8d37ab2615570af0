"""What is said of faces: whom an engine recognised, why it did not, and what a face is good for.

Records only. This module must never know how faces are compared.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from watchword.core.subjects import SubjectId

__all__ = ["PASSWORD_ONLY", "EntryPolicy", "FaceFault", "Factors", "Recognised"]


class FaceFault(StrEnum):
    """Why nobody was recognised in a clip."""

    UNREADABLE = "unreadable"
    """It is no clip that the engine can read."""
    NO_FACE = "no-face"
    SEVERAL = "several-faces"
    NOT_LIVE = "not-live"
    """There is a face, but nobody whose it is: a print, a screen, a mask."""
    NO_MATCH = "no-match"
    """There is one living face, and it is nobody's who is known (or not the one that was meant)."""

    @property
    def is_attempt(self) -> bool:
        """Whether somebody tried to pass for somebody: an empty chair guesses at nothing."""
        return self in {FaceFault.NOT_LIVE, FaceFault.NO_MATCH}


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose face it is, as far as the engine can tell; ``likeness`` from 0 to 1."""

    subject_id: SubjectId
    likeness: float


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
