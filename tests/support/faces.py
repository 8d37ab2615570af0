"""A face engine that sees what a test wrote into the clip.

It keeps what every engine keeps (``tests/conformance/face_suite.py``), but looks at nothing: a clip
or a photo is a line of text that says what is to be seen in it. A template is the name of whose it
is, and how much like them it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from watchword.core.core import Core
from watchword.core.enrolment import NewFace
from watchword.core.faces import (
    Act,
    FaceBox,
    FaceFault,
    FoundFace,
    Sighting,
    Template,
    Tier,
)
from watchword.core.gallery import Face
from watchword.core.subjects import Audience, Subject

__all__ = [
    "CROWD",
    "EMPTY",
    "NOBODY",
    "NOISE",
    "STRANGER",
    "ScriptedEngine",
    "clip_of",
    "enrol",
    "photo_of",
    "picture_of",
]

EMPTY: Final = b"clip of nobody"
CROWD: Final = b"clip of several"
STRANGER: Final = b"clip of a stranger"
NOISE: Final = b"\x00\x01 no clip at all"
NOBODY: Final = b"photo of nobody"

FAULTS: Final = {
    EMPTY: FaceFault.NO_FACE,
    CROWD: FaceFault.SEVERAL,
}
POOR_QUALITY: Final = 0.1
SIDE: Final = 100
"""Pixels. On a photo of several everybody is as much larger than whoever comes next."""


def clip_of(subject: Subject | str, likeness: float = 0.9, acts: Sequence[Act] = ()) -> bytes:
    """Return a clip of somebody who is so much like their own photos, and does this."""
    doing = " ".join(["", "doing", *acts]) if acts else ""
    return f"clip of {_name(subject)} {likeness}{doing}".encode()


def picture_of(subject: Subject | str) -> bytes:
    """Return a clip of a print of somebody."""
    return f"picture of {_name(subject)}".encode()


def photo_of(*subjects: Subject | str, poor: bool = False) -> bytes:
    """Return a photo of somebody, or of several, the biggest face first."""
    kind = "poor photo" if poor else "photo"
    return f"{kind} of {' '.join(map(_name, subjects))}".encode()


def enrol(core: Core, audience: Audience, *subjects: Subject) -> list[Face]:
    """Let everybody be known by a photo."""
    faces: list[Face] = []
    for subject in subjects:
        photo = photo_of(subject)
        (found,) = core.enrolment.find(photo)
        new = NewFace(audience, subject.id, photo, f"{subject.name}.jpg", found, "login")
        faces.append(core.enrolment.enrol(new))
    return faces


@dataclass
class ScriptedEngine:
    """Sees what it is told; ``shown`` counts the clips it was shown."""

    shown: int = 0
    model: str = sha256(b"a model that reads").hexdigest()
    acts: frozenset[Act] = frozenset(Act)
    tiers: frozenset[Tier] = frozenset({Tier.MOTION, Tier.CHALLENGE})

    def find(self, image: bytes) -> Sequence[FoundFace] | FaceFault:
        """Return the faces of those whom the photo names."""
        match image.decode("utf-8", "replace").split():
            case ["photo", "of", "nobody"]:
                return []
            case ["photo", "of", *names] if names:
                return [self._face(name, len(names) - n, 0.9) for n, name in enumerate(names)]
            case ["poor", "photo", "of", *names] if names:
                return [
                    self._face(name, len(names) - n, POOR_QUALITY) for n, name in enumerate(names)
                ]
            case _:
                return FaceFault.UNREADABLE

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        """Return whom the clip names, and whether they did what they were asked for."""
        self.shown += 1
        if clip in FAULTS:
            return FAULTS[clip]
        match clip.decode("utf-8", "replace").split():
            case ["clip", "of", "a", "stranger"]:
                return self._sighting("stranger", 1.0, done=[], asked=acts)
            case ["picture", "of", name]:
                return Sighting(self.template_of(name), frozenset(), {"motion": 0.0})
            case ["clip", "of", name, likeness]:
                return self._sighting(name, float(likeness), done=[], asked=acts)
            case ["clip", "of", name, likeness, "doing", *done]:
                return self._sighting(name, float(likeness), done=done, asked=acts)
            case _:
                return FaceFault.UNREADABLE

    def likenesses(self, template: Template, others: Sequence[Template]) -> Sequence[float]:
        """Return the smaller of both likenesses where the names are the same."""
        self._require_own([template, *others])
        return [_likeness(template, other) for other in others]

    def blend(self, templates: Sequence[Template]) -> Template:
        """Return the first: all are of the same person."""
        if not templates:
            raise ValueError("nothing to blend")
        self._require_own(templates)
        return templates[0]

    def template_of(self, subject: Subject | str, likeness: float = 1.0) -> Template:
        """Return the template of somebody who is so much like themselves."""
        return Template(self.model, f"{_name(subject)} {likeness}".encode())

    def _face(self, name: str, size: int, quality: float) -> FoundFace:
        box = FaceBox(0, 0, SIDE * size, SIDE * size)
        return FoundFace(box, 0.95, quality, self.template_of(name), f"crop of {name}".encode())

    def _sighting(
        self, name: str, likeness: float, *, done: Sequence[str], asked: Sequence[Act]
    ) -> Sighting:
        steps = iter(done)
        # In this order; what was done in between does not matter.
        obeyed = bool(asked) and all(any(act == step for step in steps) for act in asked)
        tiers = self.tiers if obeyed else self.tiers - {Tier.CHALLENGE}
        return Sighting(self.template_of(name, likeness), tiers, {"motion": 1.0, "identity": 1.0})

    def _require_own(self, templates: Sequence[Template]) -> None:
        if any(each.model != self.model for each in templates):
            raise ValueError("templates of different models are not compared")


def _likeness(one: Template, other: Template) -> float:
    (name, own), (its_name, its_own) = (each.vector.decode().split() for each in (one, other))
    return min(float(own), float(its_own)) if name == its_name else 0.0


def _name(subject: Subject | str) -> str:
    return subject if isinstance(subject, str) else str(subject.id)
