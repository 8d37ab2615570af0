"""What ``watchword faces`` lists, exports and removes, on the host itself."""

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from watchword.cli.naming import require_subject
from watchword.config import Configuration
from watchword.core.audit import Entry
from watchword.core.blobs import BlobId
from watchword.core.core import Core
from watchword.core.enrolment import Opened
from watchword.core.errors import NotFoundError
from watchword.core.gallery import Face, find_faces, find_owner, list_faces
from watchword.core.revocation import record
from watchword.core.subjects import Subject
from watchword.seal import data_folder
from watchword.sight import blindness, open_engine

__all__ = [
    "FORMAT",
    "Enrolled",
    "current_model",
    "export",
    "list_enrolled",
    "remove",
    "show_table",
    "to_json",
    "write_record",
]

FORMAT: Final = "watchword face record 1"
OWNER_ONLY: Final = 0o600
MARK_BYTES: Final = 24
"""Of what is sealed, as much as it takes to know it again, and as opens nothing."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One face, and whose it is. ``outdated``: another model made its template."""

    face: Face
    subject: Subject | None
    outdated: bool


def current_model(configuration: Configuration) -> str | None:
    """Return the model that faces are compared by now, or None where nobody compares any."""
    engine = None if blindness(configuration.face) else open_engine(configuration)
    return None if engine is None else engine.model


def list_enrolled(core: Core, login: str | None, model: str | None) -> Sequence[Enrolled]:
    """Return the faces of everybody, or of one, the oldest first. Raises `NotFoundError`."""
    only = None if login is None else require_subject(core, login)
    with core.storage.read() as transaction:
        faces = list_faces(transaction, None)
        subjects = {s.id: s for s in transaction.subjects.find_many({f.subject_id for f in faces})}
    return [
        Enrolled(face, subjects.get(face.subject_id), model not in {None, face.model})
        for face in faces
        if only is None or face.subject_id == only.id
    ]


def show_table(rows: Iterable[Enrolled]) -> Iterator[str]:
    """Yield a line for each face."""
    for row in rows:
        face, consent = row.face, row.face.consent
        until = "without end" if consent.until is None else f"until {_shown(consent.until)}"
        kept = "photo kept" if face.photo is not None else "no photo"
        yield (
            f"{face.id}  {face.audience}  {_name(row.subject)}  since {_shown(face.created_at)}  "
            f"for {consent.purpose} by {consent.by or 'the owner of the host'} {until}  {kept}"
            f"{'  RE-ENROL' if row.outdated else ''}"
        )


def to_json(rows: Iterable[Enrolled]) -> str:
    """Return the faces as a JSON array; times are those of ISO 8601, in UTC."""
    told = [
        {
            **_known(row.face),
            "login": None if row.subject is None else row.subject.name,
            "photo_kept": row.face.photo is not None,
            "re_enrol": row.outdated,
        }
        for row in rows
    ]
    return json.dumps(told, indent=2)


def export(core: Core, configuration: Configuration, login: str) -> Mapping[str, Any]:
    """Return all that is kept of a subject's faces, in clear, for its owner.

    With it goes what it takes to look for remains later (``marks``). Raises `NotFoundError`.
    """
    subject = require_subject(core, login)
    with core.storage.read() as transaction:
        owner = find_owner(transaction, subject.id)
        if owner is None:
            raise NotFoundError("face")
        faces = find_faces(transaction, list(owner.faces))
    _note(core, subject, len(faces))
    folder = data_folder(configuration)
    return {
        "format": FORMAT,
        "exported_at": core.clock().isoformat(),
        "subject_id": str(subject.id),
        "logins": list(subject.logins),
        "full_name": subject.full_name,
        "key_mark": owner.key[:MARK_BYTES].hex(),
        "faces": [_record(core.enrolment.open(face), folder) for face in faces],
    }


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write a record to a new file that its owner alone can read. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2)
        file.write("\n")


def remove(core: Core, login: str, face_id: str | None) -> int:
    """Remove the faces of a subject, or one of them; return how many. Raises `NotFoundError`."""
    subject = require_subject(core, login)
    if face_id is None:
        return len(core.enrolment.remove_all(subject.id))
    with core.storage.read() as transaction:
        owner = find_owner(transaction, subject.id)
    own = {} if owner is None else {str(each): where for each, where in owner.faces.items()}
    if face_id not in own:
        raise NotFoundError("face")
    core.enrolment.remove(own[face_id], face_id)
    return 1


def _note(core: Core, subject: Subject, faces: int) -> None:
    """Tell the audit trail that somebody has a subject's faces in clear."""
    entry = Entry(
        core.clock(),
        "face.export",
        "done",
        subject_id=subject.id,
        login=subject.name,
        tenant_id=subject.tenant_id,
        details={"faces": str(faces)},
    )
    with core.storage.write() as transaction:
        record(transaction, entry)


def _record(opened: Opened, folder: Path) -> Mapping[str, Any]:
    face = opened.face
    return {
        **_known(face),
        "template": _text(opened.template),
        "photo": _text(opened.photo),
        "thumbnail": _text(opened.thumbnail),
        "blobs": list(face.blobs),
        "marks": [mark.hex() for blob_id in face.blobs if (mark := _mark(folder, blob_id))],
    }


def _known(face: Face) -> dict[str, Any]:
    consent, box = face.consent, face.box
    until = None if consent.until is None else consent.until.isoformat()
    return {
        "face": face.id,
        "audience": face.audience,
        "subject_id": str(face.subject_id),
        "created_at": face.created_at.isoformat(),
        "modified_at": face.modified_at.isoformat(),
        "photo_name": face.photo_name,
        "frame": [box.left, box.top, box.right, box.bottom],
        "model": face.model,
        "consent": {
            "by": consent.by,
            "at": consent.at.isoformat(),
            "purpose": consent.purpose,
            "until": until,
        },
    }


def _mark(folder: Path, blob_id: BlobId) -> bytes:
    """Return how a sealed file begins."""
    for path in folder.rglob(blob_id):
        with path.open("rb") as file:
            return file.read(MARK_BYTES)
    return b""


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _name(subject: Subject | None) -> str:
    return "-" if subject is None else subject.name


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
