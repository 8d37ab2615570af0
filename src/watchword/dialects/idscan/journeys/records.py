"""Journeys as they are kept. Values only."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.blobs import BlobId
from watchword.dialects.idscan.engines import CaptureKind

__all__ = [
    "JOURNEY",
    "Action",
    "Field",
    "Finding",
    "Format",
    "HighLevelResult",
    "Image",
    "Journey",
    "Pair",
    "Reading",
    "Role",
    "Scan",
]

JOURNEY: Final = "journey"
"""The kind of the documents, and what a refusal calls one."""


class Format(StrEnum):
    """What an image is by its first bytes. *Observed* names (wire contract IDscan 2.1)."""

    JPG = "jpg"
    PNG = "png"
    BMP = "bmp"
    PDF = "pdf"


class Role(StrEnum):
    """What an uploaded image shows. *Documented* (wire contract IDscan 2.1)."""

    WHITE = "WhiteImage"
    INFRARED = "NearInfraredImage"
    ULTRAVIOLET = "UltravioletImage"
    SELFIE = "SelfiePhoto"


class Action(StrEnum):
    """A step of a journey, and what is asked of a client next. *Documented* (2.1)."""

    FRONTSIDE = "FRONTSIDE"
    BACKSIDE = "BACKSIDE"
    SELFIE = "SELFIE"
    ADDRESSDOCUMENT = "ADDRESSDOCUMENT"
    LIVENESS = "LIVENESS"
    NFC = "NFC"
    PASSIVE_LIVENESS = "PASSIVE_LIVENESS"
    NONE = "NONE"


class HighLevelResult(StrEnum):
    """What came of a capture or a journey, the worst first. *Documented* names (2.1).

    Their order is *chosen*: a journey is as good as the worst of its captures.
    """

    ABORTED = "Aborted"
    NOT_ACCEPTED = "NotAccepted"
    EXPIRED = "Expired"
    NOT_SUPPORTED = "NotSupported"
    TCC_DISAGREE = "TCCDisagree"
    REFER = "Refer"
    UNDEFINED = "Undefined"
    PASSED = "Passed"


class Reading(StrEnum):
    """How far a scan has come with its engine."""

    NONE = "none"
    """There is no engine for it."""
    ASKED = "asked"
    DONE = "done"
    FAILED = "failed"
    """There was an engine, and it never answered."""


class Pair(msgspec.Struct, frozen=True):
    """One name with its value, as a client gave them."""

    name: str
    value: str


class Image(msgspec.Struct, frozen=True):
    """One image. ``sha256`` is of the content in clear."""

    role: str
    format: Format
    blob_id: BlobId
    size: int
    sha256: str


class Field(msgspec.Struct, frozen=True):
    """One field that an engine read. *Documented* parts (wire contract IDscan 2.2)."""

    name: str
    value: str = ""
    ocr_value: str = ""
    local_value: str = ""
    ocr_local_value: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine said of a scan. Nothing of it is ever made up here."""

    result: HighLevelResult
    details: tuple[str, ...] = ()
    required_action: str = ""
    country_code: str = ""
    country_name: str = ""
    state_name: str = ""
    category: str = ""
    type: str = ""
    name: str = ""
    side: str = ""
    face_match: float | None = None
    fields: tuple[Field, ...] = ()


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What one upload brought: a page of a document, or a face.

    ``means_id`` is that of the document, which binds its pages: the id of the first of them.
    ``attempt`` counts captures of the same side of the same document. ``outputs`` are images that
    an engine made.
    """

    id: UUID
    means_id: UUID
    kind: CaptureKind
    action: Action
    attempt: int
    source: int
    extracted: bool
    at: datetime
    user_name: str
    images: tuple[Image, ...]
    outputs: tuple[Image, ...] = ()
    reading: Reading = Reading.NONE
    finding: Finding | None = None


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one person.

    ``key`` is the data key, wrapped, under which all of its images are sealed: with the journey it
    goes, and with it whatever a copy of the disk still holds. ``steps`` are those that its
    definition had when it began.
    """

    id: UUID
    tenant_id: UUID | None
    created_at: datetime
    modified_at: datetime
    reference: str
    key: bytes
    tolerance: str = "default"
    definition_id: str = ""
    definition_name: str = ""
    steps: tuple[Action, ...] = ()
    additional: tuple[Pair, ...] = ()
    technical: tuple[Pair, ...] = ()
    scans: tuple[Scan, ...] = ()
    active: bool = True

    def said(self, *names: str) -> str:
        """Return what a client said under the first of these names, in any case; else nothing."""
        said = {pair.name.lower(): pair.value for pair in self.additional}
        return next((said[name.lower()] for name in names if name.lower() in said), "")

    def scan(self, scan_id: UUID) -> Scan | None:
        """Return a scan by its id, or None."""
        return next((scan for scan in self.scans if scan.id == scan_id), None)
