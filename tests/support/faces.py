"""A face engine that recognises what a test wrote into the clip.

It keeps what every engine keeps (``tests/conformance/face_suite.py``), but compares nothing: a clip
is a line of text that says what is to be seen in it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from watchword.core.faces import FaceFault, Recognised
from watchword.core.subjects import Audience, Subject, SubjectId

__all__ = ["CROWD", "EMPTY", "NOISE", "STRANGER", "ScriptedEngine", "clip_of", "picture_of"]

EMPTY: Final = b"clip of nobody"
CROWD: Final = b"clip of several"
STRANGER: Final = b"clip of a stranger"
NOISE: Final = b"\x00\x01 no clip at all"

FAULTS: Final = {
    EMPTY: FaceFault.NO_FACE,
    CROWD: FaceFault.SEVERAL,
    STRANGER: FaceFault.NO_MATCH,
}


def clip_of(subject: Subject, likeness: float = 0.9) -> bytes:
    """Return a clip of a subject that is so much like those that it enrolled with."""
    return f"clip of {subject.id} {likeness}".encode()


def picture_of(subject: Subject) -> bytes:
    """Return a clip of a print of a subject."""
    return f"picture of {subject.id}".encode()


@dataclass
class ScriptedEngine:
    """Knows the faces of whom a test has enrolled; ``shown`` counts the clips it was shown."""

    known: dict[Audience, set[SubjectId]] = field(default_factory=dict)
    shown: int = 0

    def enrol(self, audience: Audience, *subjects: Subject) -> None:
        """Learn faces."""
        self.known.setdefault(audience, set()).update(each.id for each in subjects)

    def recognise(
        self, clip: bytes, audience: Audience, claimed: SubjectId | None = None
    ) -> Recognised | FaceFault:
        """Return whom the clip names."""
        self.shown += 1
        if clip in FAULTS:
            return FAULTS[clip]
        match clip.decode("utf-8", "replace").split():
            case ["picture", "of", _]:
                return FaceFault.NOT_LIVE
            case ["clip", "of", name, likeness]:
                return self._compare(name, float(likeness), audience, claimed)
            case _:
                return FaceFault.UNREADABLE

    def enrolled(
        self, audience: Audience, among: Collection[SubjectId] | None = None
    ) -> frozenset[SubjectId]:
        """Return whose faces are known."""
        known = frozenset(self.known.get(audience, ()))
        return known if among is None else known & frozenset(among)

    def _compare(
        self, name: str, likeness: float, audience: Audience, claimed: SubjectId | None
    ) -> Recognised | FaceFault:
        for subject_id in self.known.get(audience, ()):
            if str(subject_id) == name and claimed in {None, subject_id}:
                return Recognised(subject_id, likeness)
        return FaceFault.NO_MATCH
