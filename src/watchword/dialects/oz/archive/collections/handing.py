"""What an engine is handed to look for a face: collections, persons, photos.

Rules of this file:

1. A folder of a company is compared with that company's collections and no others; which of them is
   named, or it is all. A folder of no company has none but the one that is named.
2. An engine that keeps a gallery of its own is told the collections' ids alone. Any other is handed
   every photo, so there must not be too many at once: it would have no time to look at them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from watchword.core.index import Query, equals
from watchword.core.ports import Transaction
from watchword.dialects.oz.archive.collections.keeping import COLLECTIONS, IMAGES, PERSONS
from watchword.dialects.oz.archive.collections.records import Collection, Person, PersonImage
from watchword.dialects.oz.archive.records import Analysis

__all__ = ["EMPTY_HANDED", "Gallery", "GalleryError", "Photo", "gallery_of"]

# Chosen: as many as an engine can be handed within its time.
MOST_PHOTOS: Final = 1_000
MOST_COLLECTIONS: Final = 1_000

NO_COLLECTION: Final = "there is no collection to look in"
TOO_MANY: Final = "the collections hold more photos than an engine is handed at once"


@dataclass(eq=False)
class GalleryError(Exception):
    """There is nothing that an engine could be handed. ``reason`` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo, with the key that it is sealed under."""

    image: PersonImage
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gallery:
    """What an engine is told of collections, and the photos that it is handed with it."""

    told: Sequence[dict[str, object]] = ()
    photos: Sequence[Photo] = ()


EMPTY_HANDED: Final = Gallery()


def gallery_of(transaction: Transaction, analysis: Analysis, *, photos: bool) -> Gallery:
    """Return what an engine is to be handed for an analysis. Raises `GalleryError`."""
    collections = _collections(transaction, analysis)
    if not collections:
        raise GalleryError(NO_COLLECTION)
    if not photos:
        return Gallery([_told(each) for each in collections])
    told: list[dict[str, object]] = []
    handed: list[Photo] = []
    for collection in collections:
        persons, found = _inside(transaction, collection, MOST_PHOTOS - len(handed))
        told.append({**_told(collection), "persons": persons})
        handed += found
    return Gallery(told, handed)


def _collections(transaction: Transaction, analysis: Analysis) -> Sequence[Collection]:
    if analysis.collection_id is not None:
        return COLLECTIONS.find_many(transaction, [analysis.collection_id])
    if analysis.company_id is None:
        return ()
    query = Query(
        COLLECTIONS.collection,
        (equals("company_id", str(analysis.company_id)),),
        limit=MOST_COLLECTIONS,
        counted=False,
    )
    return COLLECTIONS.find_many(transaction, transaction.index.search(query).keys)


def _inside(
    transaction: Transaction, collection: Collection, room: int
) -> tuple[Sequence[dict[str, object]], Sequence[Photo]]:
    """Return what is told of the persons in a collection, and their photos."""
    query = Query(
        PERSONS.collection,
        (equals("collection_id", str(collection.id)),),
        limit=room + 1,
        counted=False,
    )
    persons = PERSONS.find_many(transaction, transaction.index.search(query).keys)
    ids = [each for person in persons for each in person.images]
    if max(len(ids), len(persons)) > room:
        raise GalleryError(TOO_MANY)
    images = {image.id: image for image in IMAGES.find_many(transaction, ids)}
    told = [_told_of(person, [images[each] for each in person.images]) for person in persons]
    return told, [Photo(images[each], collection.key) for each in ids]


def _told(collection: Collection) -> dict[str, object]:
    return {
        "collection_id": collection.id,
        "alias": collection.alias,
        "meta_data": collection.meta_data,
    }


def _told_of(person: Person, images: Sequence[PersonImage]) -> dict[str, object]:
    return {
        "person_id": person.id,
        "meta_data": person.meta_data,
        "images": [_told_of_photo(image) for image in images],
    }


def _told_of_photo(image: PersonImage) -> dict[str, object]:
    return {
        "person_image_id": image.id,
        "content_type": image.content_type,
        "tags": image.tags,
        "meta_data": image.meta_data,
        "size": image.size,
        "sha256": image.sha256,
    }
