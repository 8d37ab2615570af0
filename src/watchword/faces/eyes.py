"""How far eyes are open: the gap between the lids, in widths of the eye.

The model is the eye contour of MediaPipe's iris landmarks. Open eyes measured 0.27 to 0.53, closed
ones 0.09 to 0.13.
"""

from typing import Final, cast

import cv2
import numpy as np

from watchword.faces.arrays import Numbers, Pixels
from watchword.faces.detection import Face

__all__ = ["Eyes"]

SIDE: Final = 64
REACH: Final = 0.97
"""The side of what is cut out around an eye, in distances of the eyes."""
OUTPUT: Final = "output_eyes_contours_and_brows"
"""To be named: OpenCV 5 would give another one."""
LOWER: Final = slice(1, 8)
UPPER: Final = slice(9, 16)
CORNERS: Final = (0, 8)
WIDE: Final = 0.2
"""An eye that is so far open is open, whoever's it is."""


class Eyes:
    """Measures eyes. For one thread."""

    def __init__(self, weights: bytes) -> None:
        """Load the model."""
        self._net = cv2.dnn.readNetFromTFLite(np.frombuffer(weights, np.uint8))

    def openness(self, image: Pixels, face: Face) -> float:
        """Return how far the eyes of a face are open: the more open one, since both blink."""
        first = self._one(image, face, 0)
        # Half of the work: the other eye is asked where this one may be closed.
        return first if first >= WIDE else max(first, self._one(image, face, 1))

    def _one(self, image: Pixels, face: Face, which: int) -> float:
        crop = _cut(image, face, which)
        blob = cv2.dnn.blobFromImage(crop, 1 / 255, (SIDE, SIDE), (0, 0, 0), swapRB=True)
        self._net.setInput(blob)
        points = cast("Numbers", self._net.forward(OUTPUT)).reshape(-1, 3)[:, :2]
        width = float(np.linalg.norm(points[CORNERS[0]] - points[CORNERS[1]]))
        gaps = np.linalg.norm(points[LOWER] - points[UPPER], axis=1)
        return float(gaps.mean()) / max(width, 1e-6)


def _cut(image: Pixels, face: Face, which: int) -> Pixels:
    """Return one eye, level; the one that is left on the image as if it were the other."""
    first, second = face.landmarks[:2]
    x, y = (second - first) / max(face.eye_distance, 1e-6)
    scale = SIDE / max(REACH * face.eye_distance, 1e-6)
    turn = np.array([[x, y], [-y, x]], np.float32) * scale
    middle = np.array([SIDE / 2, SIDE / 2], np.float32)
    transform = np.hstack([turn, (middle - turn @ face.landmarks[which])[:, None]])
    crop = cv2.warpAffine(image, transform, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return cast("Pixels", cv2.flip(crop, 1) if which == 0 else crop)
