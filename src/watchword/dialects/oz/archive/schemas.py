"""Folders, media and analyses in Oz's spelling and order of keys.

The names that clients are known to read are *inferred* from those clients (wire contract Oz 8);
the order, and whatever no client is known to read, is *chosen*. All three have times (*documented*,
1.2).
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "AnalysesRequest",
    "AnalysisBody",
    "AnalysisRequest",
    "DecisionRequest",
    "FolderBody",
    "FolderForm",
    "FolderPage",
    "FolderPayload",
    "MediaBody",
    "MediaForm",
    "MediaPayload",
    "TagsRequest",
]


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    technical_meta_data: dict[str, object] = {}
    meta_data: dict[str, object]
    time_created: float
    time_updated: float


class MediaBody(_Body, frozen=True, kw_only=True):
    """One file."""

    media_id: UUID
    folder_id: UUID
    media_type: str
    tags: Sequence[str]
    original_name: str
    original_url: str


class AnalysisBody(_Body, frozen=True, kw_only=True):
    """One analysis. ``analyse_id`` is so spelt in both generations (wire contract Oz 7)."""

    analyse_id: UUID
    folder_id: UUID
    type: str
    state: str
    resolution: str
    resolution_status: str
    source_media: Sequence[UUID]
    params: dict[str, object]
    results_data: dict[str, object]
    error_message: str | None


class FolderBody(_Body, frozen=True, kw_only=True):
    """One folder. Its analyses are there only if they were asked for."""

    folder_id: UUID
    user_id: UUID
    company_id: UUID | None
    resolution_status: str
    system_resolution: str
    media: Sequence[MediaBody]
    analyses: Sequence[AnalysisBody] | UnsetType = UNSET


class FolderPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of folders; `watchword.dialects.oz.lists` writes it."""

    offset: int
    limit: int
    total_count: int | None
    items: Sequence[FolderBody]


# What is sent. Bodies are read field by field (`drafts`), so that a refusal can name the field;
# these tell the OpenAPI document what will be read.


class AnalysisRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One analysis to start; without ``source_media`` it is about all media of the folder."""

    type: str
    source_media: Sequence[str] | None = None
    params: dict[str, object] | None = None
    meta_data: dict[str, object] | None = None


class AnalysesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Analyses to start."""

    analyses: Sequence[AnalysisRequest]


class TagsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """New tags of one file."""

    tags: Sequence[str]


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator decides."""

    resolution: str


class MediaPayload(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"tags": "media:tags", "meta_data": "media:meta_data"},
):
    """What is said of files, by the names of their parts."""

    tags: dict[str, Sequence[str]] | None = None
    meta_data: dict[str, dict[str, object] | None] | None = None


class FolderPayload(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={
        "folder_meta_data": "folder:meta_data",
        "tags": "media:tags",
        "meta_data": "media:meta_data",
    },
):
    """What is said of a folder and of its files."""

    folder_meta_data: dict[str, object] | None = None
    tags: dict[str, Sequence[str]] | None = None
    meta_data: dict[str, dict[str, object] | None] | None = None
    analyses: Sequence[AnalysisRequest] | None = None


class MediaForm(msgspec.Struct, frozen=True, kw_only=True):
    """Files, under any names, and what is said of them."""

    payload: MediaPayload | None = None


class FolderForm(msgspec.Struct, frozen=True, kw_only=True):
    """Files, under any names, and what is said of them and of the folder."""

    payload: FolderPayload | None = None
