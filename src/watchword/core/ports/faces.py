"""The demand on whoever knows faces. Its conformance suite: ``tests/conformance/face_suite.py``."""

from collections.abc import Collection
from typing import Protocol

from watchword.core.faces import FaceFault, Recognised
from watchword.core.subjects import Audience, SubjectId

__all__ = ["FaceEngine"]


class FaceEngine(Protocol):
    """An engine that compares faces with those of subjects who enrolled at an audience.

    Safe to call from several threads. It keeps nothing of what it is shown; whether a subject may
    be let in at all is not for it to say.
    """

    def recognise(
        self, clip: bytes, audience: Audience, claimed: SubjectId | None = None
    ) -> Recognised | FaceFault:
        """Return whose face a clip shows, or why that cannot be said.

        With ``claimed`` it is compared with that subject's alone. However little the best of all
        is like the face, it may be returned: how alike is enough is decided elsewhere. Whatever the
        bytes are, there is an answer.
        """
        ...

    def enrolled(
        self, audience: Audience, among: Collection[SubjectId] | None = None
    ) -> frozenset[SubjectId]:
        """Return the subjects whose face is known at an audience, of these or of all."""
        ...
