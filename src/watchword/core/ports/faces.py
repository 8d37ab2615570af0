"""The demand on whoever knows faces. Its conformance suite: ``tests/conformance/face_suite.py``."""

from collections.abc import Sequence
from typing import Protocol

from watchword.core.faces import (
    Act,
    FaceFault,
    FoundFace,
    Sighting,
    Template,
    Tier,
)

__all__ = ["FaceEngine"]


class FaceEngine(Protocol):
    """An engine that finds faces and compares them. It knows nobody and keeps nothing.

    Safe to call from several threads. Whatever the bytes are, there is an answer; more work than
    it will queue is refused with `OverloadedError`.

    How alike two faces are is a number from 0 to 1 that grows in step with the cosine of their
    templates (decision 0700): 0.714 for a cosine of 0.45, 0.74 for 0.50, 0.766 for 0.55, so that
    0.0416 on this scale are 0.08 on that one.
    """

    @property
    def model(self) -> str:
        """The SHA-256 of the model that its templates are made by."""
        ...

    @property
    def acts(self) -> frozenset[Act]:
        """What it can tell that somebody does."""
        ...

    @property
    def tiers(self) -> frozenset[Tier]:
        """What it can judge; a clip can pass no others."""
        ...

    def find(self, image: bytes) -> Sequence[FoundFace] | FaceFault:
        """Return the faces on a photo (JPEG, PNG, WebP), the biggest first; there may be none."""
        ...

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        """Return who is seen in a clip (MP4, WebM), or why that cannot be said.

        ``acts`` are what was asked for: without any nobody passes `Tier.CHALLENGE`. Which tiers are
        enough, and whose face it is, is decided elsewhere.
        """
        ...

    def likenesses(self, template: Template, others: Sequence[Template]) -> Sequence[float]:
        """Return how alike a face is to each of others.

        Raises ``ValueError`` for templates that are not of this engine's model.
        """
        ...

    def blend(self, templates: Sequence[Template]) -> Template:
        """Return what several templates of one person have in common.

        Raises ``ValueError`` for none at all, or for any that is not of this engine's model.
        """
        ...
