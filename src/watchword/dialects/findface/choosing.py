"""Choosing the face that is meant, of all that are on a photo (wire contract FindFace 2.8)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from watchword.core.faces import FaceBox, FoundFace
from watchword.core.subjects import SubjectId
from watchword.dialects.findface.detecting import DETECTION, faces_on, pick_detected
from watchword.dialects.findface.forms import LONGEST_FILE
from watchword.dialects.findface.reading import Body
from watchword.dialects.findface.settings import Settings
from watchword.web.errors import BadFieldError, BodyTooLargeError, FieldFault
from watchword.web.multipart import Part
from watchword.web.operation import Desk

__all__ = ["Picked", "choose_face", "frame_in"]

SOURCE: Final = "source_photo"
SELECTORS: Final = ("reject", "biggest")
"""*Documented*: what is done with several faces; the first is the default."""
EDGES: Final = ("left", "top", "right", "bottom")
SAME: Final = 0.5
"""*Chosen*: what two boxes have to share, of what they cover together, to be about one face."""
FURTHEST: Final = 1_000_000
"""Pixels; no photo is so large."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A photo with the face on it that is meant."""

    photo: bytes = field(repr=False)
    name: str
    found: FoundFace


def choose_face(
    desk: Desk[Settings], subject_id: SubjectId, said: Body, source: Part | None
) -> Picked:
    """Return the face that a form means.

    A reference that is no detection's names an event or an object, of which there are none here.
    Raises `BadFieldError` or `BodyTooLargeError`.
    """
    reference = said.text("create_from", blank=True) if "create_from" in said else ""
    if reference and not reference.startswith(DETECTION):
        raise BadFieldError("create_from", FieldFault.BAD_VALUE, "pk", reference)
    photo, name = _photo(source)
    meant = frame_in(said, None)
    if reference:
        meant = pick_detected(desk, subject_id, reference, photo)
        if meant is None:
            raise BadFieldError("create_from", FieldFault.BAD_VALUE, "pk", reference)
    selector = _selector(said)
    return Picked(photo, name, _choose(faces_on(desk, photo, SOURCE), meant, selector))


def frame_in(said: Body, before: FaceBox | None) -> FaceBox | None:
    """Return the frame that a form gives, what it leaves out as it was before; None for none.

    Raises `BadFieldError`.
    """
    keys = {edge: f"frame_coords_{edge}" for edge in EDGES}
    given = {edge: _edge(said, key) for edge, key in keys.items() if key in said}
    if not given or (before is None and len(given) < len(EDGES)):
        return None
    usual = {edge: getattr(before, edge, 0) for edge in EDGES}
    frame = FaceBox(**{**usual, **given})
    if frame.right <= frame.left or frame.bottom <= frame.top:
        raise BadFieldError("frame_coords_right", FieldFault.WRONG_TYPE, "integer")
    return frame


def _edge(said: Body, key: str) -> int:
    number = said.number(key)
    if abs(number) > FURTHEST:
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "integer")
    return number


def _photo(source: Part | None) -> tuple[bytes, str]:
    """Return a photo with its name. *Observed*: the text where there is none."""
    if source is None or source.file_name is None or not source.size:
        raise BadFieldError(SOURCE, FieldFault.BAD_VALUE, "source photo")
    if source.size > LONGEST_FILE:
        raise BodyTooLargeError(LONGEST_FILE)
    return source.content, source.file_name


def _selector(said: Body) -> str:
    selector = said.text("mf_selector") if "mf_selector" in said else SELECTORS[0]
    if selector not in SELECTORS:
        raise BadFieldError("mf_selector", FieldFault.BAD_VALUE, "choice", selector)
    return selector


def _choose(found: Sequence[FoundFace], meant: FaceBox | None, selector: str) -> FoundFace:
    """Return one of the faces, the biggest first. *Observed*: the texts of the refusals."""
    if meant is not None:
        found = [face for face in found if _shared(face.box, meant) >= SAME][:1]
    good = [face for face in found if face.is_good]
    if not good:
        raise BadFieldError(SOURCE, FieldFault.BAD_VALUE, "good photo")
    if len(found) > 1 and selector == SELECTORS[0]:
        raise BadFieldError(SOURCE, FieldFault.BAD_VALUE, "one object", str(len(found)))
    return good[0]


def _shared(one: FaceBox, other: FaceBox) -> float:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(0, width) * max(0, height)
    return both / (one.area + other.area - both)
