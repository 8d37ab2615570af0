"""Collections, persons and photos in Oz's spelling and order of keys.

``collection_id``, ``alias`` and ``person_id`` are *documented* (wire contract Oz 8),
``person_image_id`` is *observed*; the order, and whatever else is shown, is *chosen*.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from watchword.dialects.oz.archive.schemas import Free, RecordBody, Tags
from watchword.dialects.oz.bodies import Label

__all__ = ["CollectionBody", "ImagesForm", "NewCollection", "PersonBody", "PersonForm", "PhotoBody"]


class CollectionBody(RecordBody, frozen=True, kw_only=True):
    """One collection."""

    collection_id: UUID
    alias: str
    company_id: UUID


class PersonBody(RecordBody, frozen=True, kw_only=True):
    """One person; photos have a list of their own."""

    person_id: UUID
    collection_id: UUID


class PhotoBody(RecordBody, frozen=True, kw_only=True):
    """One photo."""

    person_image_id: UUID
    person_id: UUID
    collection_id: UUID
    media_type: str
    tags: Sequence[str]
    original_name: str
    original_url: str


class NewCollection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection to make. The company may be left out by those who belong to one."""

    alias: Label
    company_id: UUID
    meta_data: Free | UnsetType | None = UNSET


SAID_OF_PHOTOS: Final = {"tags": "media:tags", "free": "media:meta_data"}


class ImagesPayload(msgspec.Struct, frozen=True, kw_only=True, rename=SAID_OF_PHOTOS):
    """What is said of photos, by the names of their parts."""

    tags: dict[str, Tags] | None = None
    free: dict[str, Free | None] | None = None


class PersonPayload(
    ImagesPayload, frozen=True, kw_only=True, rename={**SAID_OF_PHOTOS, "own": "person:meta_data"}
):
    """The same, and what is said of the person."""

    own: Free | None = None


class ImagesForm(msgspec.Struct, frozen=True, kw_only=True):
    """Photos, each as a part of any name, and what is said of them."""

    payload: ImagesPayload | UnsetType = UNSET


class PersonForm(msgspec.Struct, frozen=True, kw_only=True):
    """Photos, each as a part of any name, and what is said of them and of the person."""

    payload: PersonPayload | UnsetType = UNSET
