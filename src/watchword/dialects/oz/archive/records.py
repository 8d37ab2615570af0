"""Folders, media and analyses as they are kept. Values only.

Each says whose it is, so that a right can be judged without a look at its folder.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from watchword.core.blobs import BlobId
from watchword.core.subjects import SubjectId, TenantId
from watchword.dialects.oz.engines import Verdict
from watchword.dialects.oz.profile import AnalysisType
from watchword.dialects.oz.rights import Whose

__all__ = ["Analysis", "AnyCase", "File", "Folder", "Media", "MediaType", "Record", "State"]


class AnyCase(StrEnum):
    """A word that is compared without regard to case (*inferred*, wire contract Oz 1.1)."""

    @classmethod
    def _missing_(cls, value: object) -> "AnyCase | None":
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class State(AnyCase):
    """How far an analysis has come (*documented*, wire contract Oz 8)."""

    PROCESSING = "PROCESSING"
    FAILED = "FAILED"
    FINISHED = "FINISHED"


class MediaType(AnyCase):
    """What a file is to Oz (*inferred*, wire contract Oz 8; the last one *chosen*)."""

    IMAGE_FOLDER = "IMAGE_FOLDER"
    VIDEO_FOLDER = "VIDEO_FOLDER"
    DATA_CONTAINER = "DATA_CONTAINER"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What all have: an id, an owner, two times and free meta data."""

    id: UUID
    owner_id: UUID
    company_id: UUID | None
    created_at: datetime
    modified_at: datetime
    meta_data: dict[str, object] = {}

    @property
    def whose(self) -> Whose:
        """To whom it belongs."""
        company = None if self.company_id is None else TenantId(self.company_id)
        return Whose(SubjectId(self.owner_id), company)


class Folder(Record, frozen=True, kw_only=True):
    """One check of one person: media, and what was made of them.

    ``key`` is the data key, wrapped, under which all of its media are sealed: with the folder it
    goes, and with it whatever a copy of the disk still holds. The statuses follow from the analyses
    and are kept because lists are filtered by them. ``resolution_endpoint`` is an address to call
    when the analyses are done, or empty.
    """

    key: bytes
    media: tuple[UUID, ...] = ()
    analyses: tuple[UUID, ...] = ()
    resolution_status: str
    system_resolution: str
    resolution_endpoint: str = ""


class File(Record, frozen=True, kw_only=True):
    """One file, sealed under the key of what it lies in. ``sha256`` is of the content in clear."""

    media_type: MediaType
    content_type: str
    original_name: str
    tags: tuple[str, ...] = ()
    blob_id: BlobId
    size: int
    sha256: str


class Media(File, frozen=True, kw_only=True):
    """One file of a folder."""

    folder_id: UUID


class Analysis(Record, frozen=True, kw_only=True):
    """A question about media, and its answer.

    ``asked_by`` asked, ``verdict`` is the engine's, ``decision`` an operator's, who is
    ``decided_by``. ``reason`` says why an analysis failed. ``collection_id`` is where to look for
    a face; None is wherever the company has any. ``matches`` are what an engine found there.
    """

    folder_id: UUID
    type: AnalysisType
    source_media: tuple[UUID, ...]
    params: dict[str, object] = {}
    asked_by: UUID
    state: State = State.PROCESSING
    verdict: Verdict | None = None
    results: dict[str, object] = {}
    collection_id: UUID | None = None
    matches: list[dict[str, object]] = []
    reason: str | None = None
    decision: Verdict | None = None
    decided_by: UUID | None = None
