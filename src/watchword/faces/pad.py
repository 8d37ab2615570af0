"""Whether a face has the look of a person or that of paper and screens.

The models are the two MiniFASNets of Silent-Face, each of which looks at the face with another
share of what surrounds it. An operator has to provide them.
"""

from collections.abc import Sequence
from typing import Final, cast

import cv2
import numpy as np

from watchword.faces.arrays import Numbers, Pixels
from watchword.faces.detection import Face

__all__ = ["SCALES", "Pad"]

SIDE: Final = 80
SCALES: Final = (2.7, 4.0)
"""How much wider than the face each model looks, in the order of their files."""
LIVE: Final = 1
"""Which of the three classes is a person."""


class Pad:
    """Judges single frames. For one thread."""

    def __init__(self, weights: Sequence[bytes]) -> None:
        """Load both models."""
        self._nets = [cv2.dnn.readNetFromONNX(np.frombuffer(w, np.uint8)) for w in weights]

    def live(self, image: Pixels, face: Face) -> float:
        """Return from 0 to 1 how much like a person a face looks."""
        scores = [
            self._one(net, _surroundings(image, face, scale))
            for net, scale in zip(self._nets, SCALES, strict=True)
        ]
        return sum(scores) / len(scores)

    @staticmethod
    def _one(net: cv2.dnn.Net, crop: Pixels) -> float:
        net.setInput(cv2.dnn.blobFromImage(crop, 1.0, (SIDE, SIDE), (0, 0, 0), swapRB=False))
        logits = cast("Numbers", net.forward()).reshape(-1)
        weights = np.exp(logits - logits.max())
        return float(weights[LIVE] / weights.sum())


def _surroundings(image: Pixels, face: Face, scale: float) -> Pixels:
    """Cut out a face with what surrounds it; near an edge it is moved, and shrunk if it must be."""
    height, width = image.shape[:2]
    scale = min(scale, (width - 1) / face.width, (height - 1) / face.height)
    w, h = face.width * scale, face.height * scale
    x, y = face.centre
    left = min(max(x - w / 2, 0.0), width - w)
    top = min(max(y - h / 2, 0.0), height - h)
    crop = image[int(top) : int(top + h) + 1, int(left) : int(left + w) + 1]
    return cast("Pixels", cv2.resize(crop, (SIDE, SIDE)))
