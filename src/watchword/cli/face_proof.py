"""``watchword faces prove-deleted``: looking for what should be gone, byte by byte.

What to look for stands in the record that was exported before: templates and images in clear, as
they would stand in a file, in hexadecimal and in Base64; how the sealed files and the wrapped key
began; and the names of records and content. That nothing was found is written into the audit chain.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from watchword.bootstrap import sqlite_file
from watchword.cli.face_records import FORMAT
from watchword.config import Configuration, FileError
from watchword.core.audit import Entry
from watchword.core.blobs import BlobId
from watchword.core.core import Core
from watchword.core.gallery import find_faces, find_owner
from watchword.core.revocation import record
from watchword.core.subjects import SubjectId
from watchword.seal import data_folder

__all__ = ["Needle", "Proof", "needles_of", "prove_deleted", "read_record", "search"]

BLOCK: Final = 8 * 2**20
SHORTEST: Final = 16
"""Bytes; of less than that copies are everywhere."""
WINDOW: Final = 48
"""Of a long image so many bytes at its beginning, in its middle and at its end are looked for: who
finds none of them finds no image that can be read."""
PACKED: Final = (
    b"\x1f\x8b\x08",  # gzip
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",  # Zstandard
    b"\x04\x22\x4d\x18",  # LZ4
    b"7z\xbc\xaf\x27\x1c",
    b"PK\x03\x04",
    b"PGDMP",  # pg_dump's own format, which it packs unless it is told not to
)
"""How files begin whose content stands in none of their bytes."""
ACTION: Final = "face.prove-deleted"


class FaceRecord(msgspec.Struct, frozen=True):
    """What is looked for of one face."""

    face: str
    template: bytes
    blobs: tuple[str, ...]
    marks: tuple[str, ...]
    photo: bytes | None = None
    thumbnail: bytes | None = None


class Record(msgspec.Struct, frozen=True):
    """What is looked for of one subject. Read from what ``watchword faces export`` wrote."""

    format: str
    subject_id: UUID
    key_mark: str
    faces: tuple[FaceRecord, ...]


@dataclass(frozen=True, slots=True)
class Needle:
    """Bytes that should be nowhere, and what they are."""

    what: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and what was found there. ``remains`` are records that are there yet."""

    report: Mapping[str, Any]
    remains: Sequence[str]
    found: Sequence[str]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.remains and not self.found


def read_record(path: Path) -> Record:
    """Return what to look for. Raises `FileError`."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Record)
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FileError(path, "is no record of faces") from error
    if found.format != FORMAT:
        raise FileError(path, "is no record of faces")
    return found


def prove_deleted(
    core: Core, configuration: Configuration, wanted: Record, also: Iterable[Path]
) -> Proof:
    """Look everywhere, write into the audit chain what came of it, and return that.

    Raises `FileError` for a place that is not there, or that is packed: nothing would be found in
    it.
    """
    named = [_require_legible(path) for path in _files_in(map(_require_there, also))]
    remains = list(_remains(core, wanted))
    files = sorted({*_own_files(configuration), *named})
    needles = list(needles_of(wanted))
    found = [f"{path}: {what}" for path in files for what in search(path, needles)]
    now = core.clock()
    report: dict[str, Any] = {
        "looked_at": now.isoformat(),
        "subject_id": str(wanted.subject_id),
        "faces": [face.face for face in wanted.faces],
        "needles": sorted(hashlib.sha256(each.content).hexdigest() for each in needles),
        "files": [str(path) for path in files],
        "bytes": sum(path.stat().st_size for path in files if path.exists()),
        "database_files_searched": sqlite_file(configuration.database.url) is not None,
        "records_left": remains,
        "found": found,
        "gone": not (remains or found),
    }
    digest = hashlib.sha256(json.dumps(report, sort_keys=True).encode()).hexdigest()
    details = {
        "faces": str(len(wanted.faces)),
        "files": str(len(files)),
        "found": str(len(found) + len(remains)),
        "report": digest,
    }
    result = "gone" if report["gone"] else "found"
    entry = Entry(now, ACTION, result, subject_id=SubjectId(wanted.subject_id), details=details)
    with core.storage.write() as transaction:
        record(transaction, entry)
        head = transaction.audit.head().hex()
    return Proof({**report, "report_sha256": digest, "audit_head": head}, remains, found)


def needles_of(wanted: Record) -> Iterator[Needle]:
    """Yield everything that should be nowhere, in the forms in which it could be somewhere."""
    mark = bytes.fromhex(wanted.key_mark)
    yield Needle("the wrapped key", mark)
    yield Needle("the wrapped key, in hexadecimal", wanted.key_mark.encode())
    # A dump of PostgreSQL writes the record in hexadecimal that has the key so already.
    yield Needle("the wrapped key, in a dump", wanted.key_mark.encode().hex().encode())
    for face in wanted.faces:
        yield from _forms(f"the template of face {face.face}", face.template)
        for name, image in (("photo", face.photo), ("thumbnail", face.thumbnail)):
            for window in _windows(image or b""):
                yield from _forms(f"the {name} of face {face.face}", window)
        for sealed in face.marks:
            yield Needle(f"sealed content of face {face.face}", bytes.fromhex(sealed))


def search(path: Path, needles: Sequence[Needle]) -> Iterator[str]:
    """Yield what of all that is in a file. One that goes meanwhile has nothing in it."""
    longest = max((len(each.content) for each in needles), default=1)
    found: set[str] = set()
    try:
        with path.open("rb") as file:
            tail = b""
            while block := file.read(BLOCK):
                seen = tail + block
                found |= {each.what for each in needles if each.content in seen}
                tail = seen[-longest:]
    except FileNotFoundError:
        return
    yield from sorted(found)


def _forms(what: str, content: bytes) -> Iterator[Needle]:
    if len(content) < SHORTEST:
        return
    yield Needle(what, content)
    yield Needle(f"{what}, in hexadecimal", content.hex().encode())
    # What is before it decides how its bytes fall into groups of three.
    for shift in range(3):
        text = base64.b64encode(b"\x00" * shift + content)
        yield Needle(f"{what}, in Base64", text[4 if shift else 0 : len(text) // 4 * 4 - 4])


def _windows(image: bytes) -> Iterator[bytes]:
    if len(image) <= WINDOW:
        yield image
        return
    for start in (0, (len(image) - WINDOW) // 2, len(image) - WINDOW):
        yield image[start : start + WINDOW]


def _remains(core: Core, wanted: Record) -> Iterator[str]:
    """Yield the records and content that are there yet."""
    names = [face.face for face in wanted.faces]
    blobs = [BlobId(blob_id) for face in wanted.faces for blob_id in face.blobs]
    with core.storage.read() as transaction:
        owner = find_owner(transaction, SubjectId(wanted.subject_id))
        faces = find_faces(transaction, names)
        known = transaction.blobs.known(blobs)
    if owner is not None and owner.key.hex().startswith(wanted.key_mark):
        yield "the key"
    yield from (f"face {face.id}" for face in faces)
    yield from (f"content {blob_id}" for blob_id in sorted(known))


def _own_files(configuration: Configuration) -> Iterator[Path]:
    """Yield the files of the data folder and, of a SQLite database, those of the database."""
    yield from _files_in([data_folder(configuration)])
    database = sqlite_file(configuration.database.url)
    if database is not None:
        yield from _files_in(database.parent.glob(f"{database.name}*"))


def _require_there(place: Path) -> Path:
    if not place.exists():
        raise FileError(place, "is not there to be looked into")
    return place


def _require_legible(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            begins = file.read(max(map(len, PACKED)))
    except FileNotFoundError:
        return path
    if begins.startswith(PACKED):
        raise FileError(path, "is packed, so nothing can be seen in it: unpack it first")
    return path


def _files_in(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from (path for path in [place, *place.rglob("*")] if path.is_file())
