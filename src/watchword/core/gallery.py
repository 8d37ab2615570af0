"""The gallery: faces that subjects enrolled, and how they lie in the storage.

Rules of this file:

1. A subject has one data key for all of its faces at all audiences. It lies, wrapped, in the record
   of its owner, which goes with the last of them: from then on nothing of them can be read.
2. Templates, photos and thumbnails are content of the vault, sealed under that key and noted in the
   ledger. Here they are names only.
3. What changes the templates of an audience changes its mark, in the same unit of work: whoever
   keeps templates at hand knows by it that they are old (`watchword.core.matching`).
4. Everything runs in the caller's unit of work. What is returned as ``blobs`` is for the caller to
   remove from the vault after the commit; what a killed process leaves is swept.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NewType
from uuid import UUID

from watchword.core.blobs import BlobId
from watchword.core.faces import FaceBox
from watchword.core.index import Facets, Query, equals, instant
from watchword.core.ports import Transaction
from watchword.core.subjects import Audience, SubjectId

__all__ = [
    "FACES",
    "Consent",
    "Face",
    "FaceId",
    "Owner",
    "drop_faces",
    "find_face",
    "find_faces",
    "find_owner",
    "find_owners",
    "list_faces",
    "mark_of",
    "put_face",
    "replace_face",
]

FaceId = NewType("FaceId", str)
"""Decimal digits, as long ones as FindFace's (wire contract FindFace 2.8); later ones are larger.
"""

OURS: Final = Audience("watchword")
FACE: Final = "face"
OWNER: Final = "face-owner"
MARK: Final = "face-mark"
FACES: Final = "watchword/face"
"""The collection of the index in which faces are found by what is known of them."""


@dataclass(frozen=True, slots=True)
class Consent:
    """That somebody's face may be kept: who said so and when, for what, and until when.

    ``by`` is a login; ``until`` None is without end.
    """

    by: str
    at: datetime
    purpose: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One photo that a subject enrolled with. ``model`` is the one that made the template.

    ``photo`` and ``thumbnail`` are None where photos are not kept.
    """

    id: FaceId
    audience: Audience
    subject_id: SubjectId
    number: int
    """The subject's own."""
    created_at: datetime
    modified_at: datetime
    photo_name: str
    box: FaceBox
    model: str
    template: BlobId
    consent: Consent
    photo: BlobId | None = None
    thumbnail: BlobId | None = None

    @property
    def blobs(self) -> Sequence[BlobId]:
        """All that the vault holds of it."""
        kept = (self.template, self.photo, self.thumbnail)
        return [each for each in kept if each is not None]


@dataclass(frozen=True, slots=True)
class Owner:
    """A subject in the gallery: its data key, wrapped, and its faces with their audiences."""

    subject_id: SubjectId
    key: bytes = field(repr=False)
    faces: Mapping[FaceId, Audience] = field(default_factory=dict[FaceId, Audience])

    def at(self, audience: Audience) -> tuple[FaceId, ...]:
        """Return the faces at one audience, the oldest first."""
        return tuple(sorted(each for each, where in self.faces.items() if where == audience))

    def is_outdated_by(self, current: "Owner | None", audience: Audience) -> bool:
        """Say whether a face that was sealed and compared for this owner has to be so once more.

        The key is another one, or there is a face now at an audience that had none to compare with.
        """
        if current is None:
            return bool(self.faces)
        first = bool(current.at(audience)) and not self.at(audience)
        return first or current.key != self.key


def find_owner(transaction: Transaction, subject_id: SubjectId) -> Owner | None:
    """Return what the gallery knows of a subject, or None."""
    document = transaction.documents.find(OURS, OWNER, str(subject_id))
    return None if document is None else _read_owner(subject_id, document)


def find_owners(
    transaction: Transaction, subject_ids: Collection[SubjectId]
) -> Mapping[SubjectId, Owner]:
    """Return what the gallery knows of those of the subjects that it knows."""
    found = transaction.documents.find_many(OURS, OWNER, [str(each) for each in subject_ids])
    owners = (_read_owner(SubjectId(UUID(key)), document) for key, document in found.items())
    return {each.subject_id: each for each in owners}


def find_face(transaction: Transaction, audience: Audience, face_id: str) -> Face | None:
    """Return a face of an audience, or None."""
    document = transaction.documents.find(OURS, FACE, face_id)
    face = None if document is None else _read_face(document)
    return face if face is not None and face.audience == audience else None


def find_faces(transaction: Transaction, face_ids: Collection[str]) -> Sequence[Face]:
    """Return those of the faces that are there, the oldest first."""
    found = transaction.documents.find_many(OURS, FACE, face_ids)
    return [_read_face(found[key]) for key in sorted(found)]


def list_faces(
    transaction: Transaction, audience: Audience | None, limit: int | None = None
) -> Sequence[Face]:
    """Return the faces of an audience or of all, up to so many."""
    where = () if audience is None else (equals("audience", audience),)
    query = Query(FACES, where, limit=limit, counted=False)
    return find_faces(transaction, transaction.index.search(query).keys)


def mark_of(transaction: Transaction, audience: Audience) -> bytes | None:
    """Return what stands for the templates of an audience as they are now (rule 3)."""
    return transaction.documents.find(OURS, MARK, audience)


def put_face(transaction: Transaction, owner: Owner, face: Face) -> None:
    """Add a face to those of its owner. What the vault holds of it is noted in the ledger."""
    for blob_id in face.blobs:
        transaction.blobs.add(blob_id)
    _put_owner(
        transaction, Owner(owner.subject_id, owner.key, {**owner.faces, face.id: face.audience})
    )
    replace_face(transaction, face)
    _mark(transaction, face.audience, f"+{face.template}")


def replace_face(transaction: Transaction, face: Face) -> None:
    """Replace what is known of a face, but for what it is known by."""
    transaction.documents.put(OURS, FACE, face.id, _write_face(face))
    transaction.index.put(FACES, face.id, _facets(face))


def drop_faces(
    transaction: Transaction, subject_id: SubjectId, which: Collection[FaceId] | Audience | None
) -> Sequence[Face]:
    """Drop some faces of a subject, those at an audience, or (None) all, and return them.

    With the last one its data key goes (rule 1).
    """
    owner = find_owner(transaction, subject_id)
    if owner is None:
        return []
    gone = find_faces(transaction, list(_meant(owner, which)))
    for face in gone:
        _drop(transaction, face)
    left = {each: where for each, where in owner.faces.items() if each not in {f.id for f in gone}}
    if left:
        _put_owner(transaction, Owner(subject_id, owner.key, left))
    else:
        transaction.documents.remove(OURS, OWNER, str(subject_id))
    return gone


def _meant(owner: Owner, which: Collection[FaceId] | Audience | None) -> Iterator[FaceId]:
    for face_id, audience in owner.faces.items():
        if which is None or (audience == which if isinstance(which, str) else face_id in which):
            yield face_id


def _drop(transaction: Transaction, face: Face) -> None:
    for blob_id in face.blobs:
        transaction.blobs.remove(blob_id)
    transaction.documents.remove(OURS, FACE, face.id)
    transaction.index.remove(FACES, face.id)
    _mark(transaction, face.audience, f"-{face.template}")


def _mark(transaction: Transaction, audience: Audience, change: str) -> None:
    """Keep rule 3. A template is put once and dropped once, so no mark comes twice."""
    transaction.documents.put(OURS, MARK, audience, json.dumps(change).encode())


def _put_owner(transaction: Transaction, owner: Owner) -> None:
    document = {"key": owner.key.hex(), "faces": dict(owner.faces)}
    transaction.documents.put(OURS, OWNER, str(owner.subject_id), json.dumps(document).encode())


def _read_owner(subject_id: SubjectId, document: bytes) -> Owner:
    read: dict[str, Any] = json.loads(document)
    return Owner(subject_id, bytes.fromhex(read["key"]), read["faces"])


def _facets(face: Face) -> Facets:
    until = face.consent.until
    return {
        "id": face.id,
        "audience": face.audience,
        "subject": str(face.subject_id),
        "number": face.number,
        "model": face.model,
        "created": instant(face.created_at),
        "until": None if until is None else instant(until),
    }


def _write_face(face: Face) -> bytes:
    consent, box = face.consent, face.box
    document = {
        "id": face.id,
        "audience": face.audience,
        "subject": str(face.subject_id),
        "number": face.number,
        "created": _time(face.created_at),
        "modified": _time(face.modified_at),
        "photo_name": face.photo_name,
        "box": [box.left, box.top, box.right, box.bottom],
        "model": face.model,
        "template": face.template,
        "photo": face.photo,
        "thumbnail": face.thumbnail,
        "consent": {
            "by": consent.by,
            "at": _time(consent.at),
            "purpose": consent.purpose,
            "until": None if consent.until is None else _time(consent.until),
        },
    }
    return json.dumps(document).encode()


def _read_face(document: bytes) -> Face:
    read: dict[str, Any] = json.loads(document)
    given: dict[str, Any] = read["consent"]
    until = given["until"]
    return Face(
        FaceId(read["id"]),
        Audience(read["audience"]),
        SubjectId(UUID(read["subject"])),
        read["number"],
        datetime.fromisoformat(read["created"]),
        datetime.fromisoformat(read["modified"]),
        read["photo_name"],
        FaceBox(*read["box"]),
        read["model"],
        BlobId(read["template"]),
        Consent(
            given["by"],
            datetime.fromisoformat(given["at"]),
            given["purpose"],
            None if until is None else datetime.fromisoformat(until),
        ),
        None if read["photo"] is None else BlobId(read["photo"]),
        None if read["thumbnail"] is None else BlobId(read["thumbnail"]),
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
