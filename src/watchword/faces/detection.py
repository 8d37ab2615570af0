"""Where the faces on an image are, and where their eyes, nose and mouth.

The model is YuNet. Positions are in pixels of the image that was given, whatever size it is looked
at in.
"""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np

from watchword.faces.arrays import Numbers, Pixels

__all__ = ["Detector", "Face"]

LEAST_SCORE: Final = 0.8
"""Measured: below it objects are taken for faces, above it no face of the usual sets is missed."""
OVERLAP: Final = 0.3
MOST_FACES: Final = 50
LANDMARKS: Final = slice(4, 14)
SCORE: Final = 14


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face. ``landmarks`` are both eyes, the nose, and the corners of the mouth.

    Of each pair the one that is left on the image comes first: the person's right.
    """

    left: float
    top: float
    width: float
    height: float
    landmarks: Numbers
    score: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of it."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def eye_distance(self) -> float:
        """How far the eyes are apart."""
        return float(np.linalg.norm(self.landmarks[1] - self.landmarks[0]))

    @property
    def yaw(self) -> float:
        """How far it is turned: to the person's left is above zero, and 0.28 are about 30 degrees.

        The nose's way from the middle of the eyes along their axis, in distances of the eyes.
        """
        first, second, nose = self.landmarks[:3]
        axis = (second - first) / max(self.eye_distance, 1e-6)
        return float((nose - (first + second) / 2) @ axis) / max(self.eye_distance, 1e-6)


class Detector:
    """Finds faces. For one thread."""

    def __init__(self, weights: bytes) -> None:
        """Load the model."""
        nothing = np.zeros(0, np.uint8)
        content = np.frombuffer(weights, np.uint8)
        self._net = cv2.FaceDetectorYN.create(
            "onnx", content, nothing, (320, 320), LEAST_SCORE, OVERLAP, MOST_FACES
        )

    def find(self, image: Pixels, longest: int) -> list[Face]:
        """Return the faces, the biggest first; looks at no more than ``longest`` pixels a side."""
        scale = min(1.0, longest / max(image.shape[:2]))
        width, height = (max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
        small = image
        if scale < 1:
            small = cast("Pixels", cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))
        self._net.setInputSize((width, height))
        _, rows = self._net.detect(small)
        # Typed as always there; None where nothing was found.
        found = cast("Numbers | None", rows)
        if found is None:
            return []
        back = np.array([image.shape[1] / width, image.shape[0] / height], np.float32)
        faces = [_face(row, back) for row in found]
        return sorted(faces, key=lambda face: face.width * face.height, reverse=True)


def _face(row: Numbers, back: Numbers) -> Face:
    left, top = (float(value) for value in row[:2] * back)
    width, height = (float(value) for value in row[2:4] * back)
    landmarks = row[LANDMARKS].reshape(5, 2) * back
    return Face(left, top, width, height, landmarks, min(1.0, float(row[SCORE])))
