"""What requests may hold, as the interface describes it itself.

Bodies are read member by member (`watchword.dialects.idscan.members`); these shapes are for the
description alone. What the reading takes beyond them (members in any case, numbers and truth values
as text, null for what is missing) is leniency and no promise.
"""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

__all__ = [
    "Binary",
    "CaptureUpload",
    "DefinitionDraft",
    "DefinitionPatch",
    "EntryDraft",
    "Ids",
    "ItemChange",
    "Search",
]

Binary = Annotated[str, Meta(extra_json_schema={"format": "binary"})]
Base64 = Annotated[str, Meta(extra_json_schema={"contentEncoding": "base64"})]
Ids = Annotated[list[UUID], Meta(min_length=1, max_length=15)]
Word = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[!-~]+$")]
Text = Annotated[str, Meta(max_length=4_096, pattern=r"^[^\x00]*$")]
Order = Annotated[int, Meta(ge=0, lt=10**9)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """What all have in common: a member that may be left out has no value."""


class Named(_Body, frozen=True, kw_only=True):
    """One name with its value."""

    name: Word
    value: Text


class Captured(_Body, frozen=True, kw_only=True):
    """One image: what it is of and its bytes in base64."""

    name: Literal["WhiteImage", "NearInfraredImage", "UltravioletImage", "SelfiePhoto"]
    data: Base64
    image_format: Literal["bmp", "jpeg", "jpg", "png", "pdf"] | UnsetType = UNSET
    input_format: Literal[0, 1] | UnsetType = UNSET


class CaptureUpload(_Body, frozen=True, kw_only=True):
    """What was captured, and of which journey it is a part."""

    input_images: Annotated[list[Captured], Meta(min_length=1, max_length=4)]
    is_document_extracted: bool
    source: Literal[1, 2, 3]
    person_entry_id: UUID | UnsetType = UNSET
    # The vendor's own spelling, on every page.
    identitiy_means_id: UUID | UnsetType = UNSET
    additional_data: Annotated[list[Named], Meta(max_length=200)] | UnsetType = UNSET
    exclude_output_images_from_response: Literal["true", "false"] | UnsetType = UNSET


class Keywords(_Body, frozen=True, kw_only=True):
    """Words to look for."""

    keyword_value: Text | UnsetType | None = UNSET
    keyword_value_for_reference: Text | UnsetType | None = UNSET


class Paging(_Body, frozen=True, kw_only=True):
    """Which of what is found to show."""

    result_items_start_index: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET
    result_items_count: Annotated[int, Meta(ge=0, le=1_000)] | UnsetType = UNSET


class Criteria(_Body, frozen=True, kw_only=True):
    """Which journeys to look for. Dates are day/month/year, with a time of day or without."""

    entry_date_time_min: Text | UnsetType | None = UNSET
    entry_date_time_max: Text | UnsetType | None = UNSET
    high_level_result: (
        Literal["Passed", "Refer", "NotSupported", "NotAccepted", "Expired", "Undefined"]
        | UnsetType
        | None
    ) = UNSET
    scan_reason: Text | UnsetType | None = UNSET
    decision_origin: Text | UnsetType | None = UNSET
    keyword_search_criteria: Keywords | UnsetType | None = UNSET
    person_entry_meta_datas: Annotated[list[Named], Meta(max_length=20)] | UnsetType = UNSET
    additional_data_filters: Annotated[list[Named], Meta(max_length=20)] | UnsetType | None = UNSET
    additional_data_names: Annotated[list[Text], Meta(max_length=50)] | UnsetType = UNSET


class Search(_Body, frozen=True, kw_only=True):
    """What to look for; nothing asked is everything."""

    data_paging_criteria: Paging | UnsetType = UNSET
    evaluated_person_entry_search_criteria: Criteria | UnsetType = UNSET
    user_id: Text | UnsetType | None = UNSET


class ItemChange(_Body, frozen=True, kw_only=True):
    """The value that a configuration item is to have."""

    key: str
    value: str


class EntryDraft(_Body, frozen=True, kw_only=True):
    """A step of a journey definition. ``Type`` counts from FRONTSIDE, 1, to PASSIVE_LIVENESS, 8."""

    journey_definition_id: UUID
    type: Annotated[int, Meta(ge=1, le=8)]
    journey_entry_definition_id: UUID | UnsetType = UNSET
    order: Order | UnsetType = UNSET
    is_optional: bool | UnsetType = UNSET


class Step(_Body, frozen=True, kw_only=True):
    """A step of the journey definition that it stands in."""

    type: Annotated[int, Meta(ge=1, le=8)]
    journey_entry_definition_id: UUID | UnsetType = UNSET
    order: Order | UnsetType = UNSET
    is_optional: bool | UnsetType = UNSET


Steps = Annotated[list[Step], Meta(max_length=32)]
Channel = Annotated[int, Meta(ge=1, le=3)]
Media = Annotated[int, Meta(ge=1, le=4)]


class DefinitionDraft(_Body, frozen=True, kw_only=True):
    """A journey that can be gone through."""

    name: Word
    channel_type: Channel
    capturing_media: Media
    journey_definition_id: UUID | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    entry_definitions: Steps | UnsetType = UNSET


class DefinitionPatch(_Body, frozen=True, kw_only=True):
    """What is to change of a journey definition."""

    journey_definition_id: UUID
    name: Word | UnsetType = UNSET
    channel_type: Channel | UnsetType = UNSET
    capturing_media: Media | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    entry_definitions: Steps | UnsetType = UNSET
