"""Whether a face moves as no single picture of it does.

Two looks at one picture, however it is shifted, turned, zoomed or tilted, can be laid over each
other: what then is left is noise. Of two looks at a head something is left, since it is no plane
and never quite at rest. Measured (decision 0705): of pictures that are waved about and tilted at
most 0.012 of the likeness is missing; of stretches of three seconds of people who sit and talk,
three in four miss more than 0.013, and those who hold quite still do not.
"""

from collections.abc import Iterator, Sequence
from typing import Final, cast

import cv2
import numpy as np

from watchword.faces.arrays import Numbers, Pixels
from watchword.faces.detection import Face
from watchword.faces.embedding import align

__all__ = ["ENOUGH", "motion_of", "patch_of"]

SIDE: Final = 64
SMOOTH: Final = 1.0
"""Pixels over which noise is averaged out."""
PAIRS: Final = 24
ENOUGH: Final = 0.013
"""How much of the likeness has to be missing between looks at somebody who is there."""
ODD: Final = 0.1
"""The share of the pairs of looks that is left out: a few odd ones prove nothing."""

_STEPS: Final = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
_GAUSS: Final = 3


def _oval() -> Pixels:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (SIDE // 2, SIDE // 2 + 2), (24, 28), 0, 0, 360, (255,), -1)
    return mask


_FACE: Final = _oval()


def patch_of(image: Pixels, face: Face) -> Numbers:
    """Return what is compared of one look: the face alone, grey, small and smooth."""
    grey = cv2.cvtColor(align(image, face, SIDE), cv2.COLOR_BGR2GRAY)
    return cast("Numbers", cv2.GaussianBlur(grey.astype(np.float32), (0, 0), SMOOTH))


def motion_of(patches: Sequence[Numbers]) -> float:
    """Return how much of the likeness is missing between looks at different times."""
    missing = sorted(_missing(patches[i], patches[j]) for i, j in _pairs(len(patches)))
    return missing[int((len(missing) - 1) * (1 - ODD))] if missing else 0.0


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    """Choose looks that are a quarter and half of the clip apart."""
    for gap in {count // 4, count // 2} - {0}:
        starts = np.linspace(0, count - 1 - gap, PAIRS // 2).astype(int)
        yield from sorted({(int(start), int(start) + gap) for start in starts})


def _missing(one: Numbers, other: Numbers) -> float:
    """Return what no plane explains. The dearer fit is asked where the cheaper leaves a doubt."""
    left = _after(one, other, cv2.MOTION_AFFINE)
    return left if left < ENOUGH else min(left, _after(one, other, cv2.MOTION_HOMOGRAPHY))


def _after(one: Numbers, other: Numbers, model: int) -> float:
    """Return what is missing after one look was moved over the other as a model allows."""
    start = np.eye(3 if model == cv2.MOTION_HOMOGRAPHY else 2, 3, dtype=np.float32)
    try:
        likeness, _ = cv2.findTransformECC(one, other, start, model, _STEPS, _FACE, _GAUSS)
    except cv2.error:
        # It found no way to lay one over the other, which says nothing about why.
        return 0.0
    return max(0.0, 1.0 - float(likeness))
