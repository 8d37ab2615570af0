"""The two kinds of arrays that the looking half speaks of."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Numbers", "Pixels"]

Pixels: TypeAlias = NDArray[np.uint8]
"""An image: rows, columns, and blue, green and red; or rows and columns of greys."""
Numbers: TypeAlias = NDArray[np.float32]
