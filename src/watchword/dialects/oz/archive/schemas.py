"""Folders, media and analyses in Oz's spelling and order of keys.

The names that clients are known to read are *inferred* from those clients (wire contract Oz 8);
the order, and whatever no client is known to read, is *chosen*. All three have times (*documented*,
1.2).
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from watchword.dialects.oz.archive.drafts import LONGEST_TAG, MOST_ANALYSES, MOST_TAGS
from watchword.dialects.oz.drafts import LABEL
from watchword.dialects.oz.settings import Settings, is_api_5

__all__ = [
    "AnalysisBody",
    "AnalysisRequest",
    "DecisionRequest",
    "FolderBody",
    "FolderPage",
    "Free",
    "MediaBody",
    "MediaForm",
    "RecordBody",
    "Tags",
    "TagsRequest",
    "analyses_request",
    "folder_form",
]


class RecordBody(msgspec.Struct, frozen=True, kw_only=True):
    """What all have."""

    technical_meta_data: dict[str, object] = {}
    meta_data: dict[str, object]
    time_created: float
    time_updated: float


class MediaBody(RecordBody, frozen=True, kw_only=True):
    """One file."""

    media_id: UUID
    folder_id: UUID
    media_type: str
    tags: Sequence[str]
    original_name: str
    original_url: str


class AnalysisBody(RecordBody, frozen=True, kw_only=True):
    """One analysis. ``analyse_id`` is so spelt in both generations (wire contract Oz 7).

    The last key is there where faces are looked for; it is null if that is in all collections.
    """

    analyse_id: UUID
    folder_id: UUID
    type: str
    state: str
    resolution: str
    resolution_status: str
    source_media: Sequence[UUID]
    params: dict[str, object]
    results_data: dict[str, object]
    results_media: Sequence[dict[str, object]]
    error_message: str | None
    collection_id: UUID | UnsetType | None = UNSET


class FolderBody(RecordBody, frozen=True, kw_only=True):
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

Tag = Annotated[str, Meta(max_length=LONGEST_TAG, pattern=f"^{LABEL}$")]
Tags = Annotated[Sequence[Tag], Meta(max_length=MOST_TAGS)]
Free = dict[str, object]


class AnalysisRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One analysis to start; without ``source_media`` it is about all media of the folder.

    ``collection_id`` is for those of the kind ``COLLECTION`` alone.
    """

    type: Literal["BIOMETRY", "COLLECTION", "DOCUMENTS", "QUALITY"]
    source_media: Annotated[Sequence[str], Meta(min_length=1)] | None = None
    collection_id: UUID | None = None
    params: Free | None = None
    meta_data: Free | None = None


Asked = Annotated[Sequence[AnalysisRequest], Meta(min_length=1, max_length=MOST_ANALYSES)]


class AnalysesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Analyses to start."""

    analyses: Asked


class AnalysesRequestWithCall(AnalysesRequest, frozen=True, kw_only=True):
    """The same, with an address to call when they are done."""

    resolution_endpoint: str | None = None


def analyses_request(settings: Settings) -> type[AnalysesRequest]:
    """Return the shape of a request for analyses; where no address is allowed it has none."""
    return AnalysesRequestWithCall if settings.resolution_endpoints else AnalysesRequest


class TagsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """New tags of one file."""

    tags: Tags


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator decides."""

    resolution: Literal["SUCCESS", "DECLINED"]


SAID_OF_FILES: Final = {"tags": "media:tags", "free": "media:meta_data"}
SAID_OF_ALL: Final = {**SAID_OF_FILES, "own": "folder:meta_data"}


class MediaPayload(msgspec.Struct, frozen=True, kw_only=True, rename=SAID_OF_FILES):
    """What is said of files, by the names of their parts."""

    tags: dict[str, Tags] | None = None
    free: dict[str, Free | None] | None = None


class FolderPayload5(msgspec.Struct, frozen=True, kw_only=True, rename=SAID_OF_ALL):
    """What is said of a folder and of its files."""

    own: Free | None = None
    tags: dict[str, Tags] | None = None
    free: dict[str, Free | None] | None = None


class FolderPayload(FolderPayload5, frozen=True, kw_only=True, rename=SAID_OF_ALL):
    """The same in API 6, with analyses to start at once."""

    analyses: Asked | UnsetType = UNSET


class MediaForm(msgspec.Struct, frozen=True, kw_only=True):
    """Files, each as a part of any name, and what is said of them."""

    payload: MediaPayload | UnsetType = UNSET


class FolderPayload5WithCall(FolderPayload5, frozen=True, kw_only=True, rename=SAID_OF_ALL):
    """The same, with an address to call when analyses are done."""

    resolution_endpoint: str | None = None


class FolderPayloadWithCall(FolderPayload, frozen=True, kw_only=True, rename=SAID_OF_ALL):
    """The same, with an address to call when analyses are done."""

    resolution_endpoint: str | None = None


class FolderForm(msgspec.Struct, frozen=True, kw_only=True):
    """Files, each as a part of any name, and what is said of them and of the folder."""

    payload: FolderPayload | UnsetType = UNSET


class FolderFormWithCall(msgspec.Struct, frozen=True, kw_only=True):
    """The same, with an address to call when analyses are done."""

    payload: FolderPayloadWithCall | UnsetType = UNSET


class FolderForm5(msgspec.Struct, frozen=True, kw_only=True):
    """Files, each as a part of any name, and what is said of them and of the folder."""

    payload: FolderPayload5 | UnsetType = UNSET


class FolderForm5WithCall(msgspec.Struct, frozen=True, kw_only=True):
    """The same, with an address to call when analyses are done."""

    payload: FolderPayload5WithCall | UnsetType = UNSET


def folder_form(settings: Settings) -> type[msgspec.Struct]:
    """Return the shape of an upload: in the generation that is spoken, with what is allowed."""
    if settings.resolution_endpoints:
        return FolderForm5WithCall if is_api_5(settings) else FolderFormWithCall
    return FolderForm5 if is_api_5(settings) else FolderForm
