"""What makes a face this person's: 128 numbers of length one.

The model is SFace. A face is first moved so that eyes, nose and mouth lie where the model has
learned to expect them.
"""

from typing import Final, cast

import cv2
import numpy as np

from watchword.faces.arrays import Numbers, Pixels
from watchword.faces.detection import Face

__all__ = ["SIDE", "Embedder", "align"]

SIDE: Final = 112
PLACES: Final = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
"""Where the model wants the landmarks: the usual places for 112 pixels."""


class Embedder:
    """Turns aligned faces into vectors. For one thread."""

    def __init__(self, weights: bytes) -> None:
        """Load the model."""
        self._net = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))
        self._input = "data"
        try:
            self.embed(np.zeros((SIDE, SIDE, 3), np.uint8))
        except cv2.error:
            # OpenCV 4 knows the input by no name, 5 takes all weights for inputs without one.
            self._input = ""

    def embed(self, aligned: Pixels) -> Numbers:
        """Return the vector of an aligned face."""
        # It was trained on red before green and blue; fed otherwise it errs twice as often.
        blob = cv2.dnn.blobFromImage(aligned, 1.0, (SIDE, SIDE), (0, 0, 0), swapRB=True)
        self._net.setInput(blob, self._input)
        vector = cast("Numbers", self._net.forward()).reshape(-1)
        return vector / max(float(np.linalg.norm(vector)), 1e-6)


def align(image: Pixels, face: Face, side: int = SIDE) -> Pixels:
    """Return a face with its landmarks where the model wants them; it is not bent for it."""
    source, target = face.landmarks, PLACES * (side / SIDE)
    middle, aim = source.mean(axis=0), target.mean(axis=0)
    own, wanted = source - middle, target - aim
    size = max(float((own**2).sum()), 1e-6)
    # The least squares of a similarity transform, in closed form.
    cosine = float((own * wanted).sum()) / size
    sine = float((own[:, 0] * wanted[:, 1] - own[:, 1] * wanted[:, 0]).sum()) / size
    turn = np.array([[cosine, -sine], [sine, cosine]], np.float32)
    transform = np.hstack([turn, (aim - turn @ middle)[:, None]])
    return cast("Pixels", cv2.warpAffine(image, transform, (side, side)))
