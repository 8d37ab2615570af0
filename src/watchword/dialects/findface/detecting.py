"""Looking for faces on photos, and remembering which is which (wire contract FindFace 2.8).

The vendor's client uploads a photo to ``/detect``, lets its user pick a face, and uploads the same
photo again with the picked face's reference (*documented*). So nothing has to be kept of the photo
but what it takes to know it again: a digest, and where the faces are. That is what this file keeps,
for some minutes, by the user who asked.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watchword.core.access import Principal
from watchword.core.errors import FaceRefusedError
from watchword.core.faces import FaceBox, FoundFace
from watchword.core.ports import Transaction
from watchword.core.subjects import SubjectId
from watchword.dialects.findface.bodies import DetectForm, Form
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.forms import file_in, read_parts
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["DETECT", "DETECTION", "detect", "faces_on", "pick_detected"]

KIND: Final = "detection"
DETECTION: Final = "detection:"
"""What a reference begins with (*documented*)."""
LIFE: Final = timedelta(minutes=10)
"""*Chosen*: for how long a face can be picked."""
MOST: Final = 50
"""Faces that are remembered for one user; the oldest are forgotten first."""
ID_BYTES: Final = 10
"""*Observed*: ids of detections have twenty signs."""


class BBox(msgspec.Struct, frozen=True):
    """Where a face is, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


class DetectedFace(msgspec.Struct, frozen=True):
    """A face on a photo. *Observed* (a client's notes); that ``features`` are empty is *chosen*."""

    id: str
    bbox: BBox
    detection_score: float
    low_quality: bool
    features: Mapping[str, object]


class Detected(msgspec.Struct, frozen=True):
    """What was found on a photo: objects by their kind. *Observed*.

    ``orientation`` is always 1 (*chosen*): boxes are those of the photo as it is shown.
    """

    orientation: int
    objects: Mapping[str, Sequence[DetectedFace]]


class _Remembered(msgspec.Struct, frozen=True):
    id: str
    photo: str
    box: BBox
    until: datetime


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[_Remembered]).decode


def detect(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /detect``"""
    caller = caller_of(desk, request, principal)
    caller.require("change_user")
    photo = file_in(read_parts(request), "photo").content
    found = faces_on(desk, photo, "photo")
    ids = _remember(desk, caller.subject.id, photo, found)
    faces = [_to_detected(face_id, face) for face_id, face in zip(ids, found, strict=True)]
    return json_reply(200, Detected(1, {"face": faces}))


def faces_on(desk: Desk[Settings], photo: bytes, param: str) -> Sequence[FoundFace]:
    """Return the faces on a photo, the biggest first.

    Raises `BadFieldError`, about this field, for what is no photo, or where nothing here looks for
    any face.
    """
    if desk.core.enrolment.engine is None:
        raise BadFieldError(param, FieldFault.BAD_VALUE, "no photo")
    try:
        return desk.core.enrolment.find(photo)
    except FaceRefusedError as error:
        raise BadFieldError(param, FieldFault.BAD_VALUE, "image") from error


def pick_detected(
    desk: Desk[Settings], subject_id: SubjectId, reference: str, photo: bytes
) -> FaceBox | None:
    """Return where on a photo the face is that a reference names, or None if it names none.

    It names none on another photo, for another user, or after some minutes.
    """
    with desk.core.storage.read() as transaction:
        remembered = _living(transaction, subject_id, desk.core.clock())
    name, digest = reference.removeprefix(DETECTION), _digest(photo)
    for each in remembered:
        if (each.id, each.photo) == (name, digest):
            return FaceBox(each.box.left, each.box.top, each.box.right, each.box.bottom)
    return None


def _remember(
    desk: Desk[Settings], subject_id: SubjectId, photo: bytes, found: Sequence[FoundFace]
) -> Sequence[str]:
    now, digest = desk.core.clock(), _digest(photo)
    fresh = [
        _Remembered(secrets.token_hex(ID_BYTES), digest, _to_box(face), now + LIFE)
        for face in found
    ]
    with desk.core.storage.write() as transaction:
        _forget_others(transaction, now)
        kept = [*_living(transaction, subject_id, now), *fresh][-MOST:]
        transaction.documents.put(AUDIENCE, KIND, str(subject_id), _encode(kept))
    return [each.id for each in fresh]


def _living(
    transaction: Transaction, subject_id: SubjectId, now: datetime
) -> Sequence[_Remembered]:
    document = transaction.documents.find(AUDIENCE, KIND, str(subject_id))
    return [each for each in _decode(document or b"[]") if now <= each.until]


def _forget_others(transaction: Transaction, now: datetime) -> None:
    """Forget users whose last photo was a while ago: as many are left as pick faces right now."""
    for key, document in transaction.documents.list_of(AUDIENCE, KIND):
        if all(each.until < now for each in _decode(document)):
            transaction.documents.remove(AUDIENCE, KIND, key)


def _digest(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()


def _to_box(face: FoundFace) -> BBox:
    return BBox(face.box.left, face.box.top, face.box.right, face.box.bottom)


def _to_detected(face_id: str, face: FoundFace) -> DetectedFace:
    return DetectedFace(face_id, _to_box(face), round(face.score, 6), not face.is_good, {})


DETECT: Final = About("Find faces in a photo", DetectForm, Detected, media=Form)
