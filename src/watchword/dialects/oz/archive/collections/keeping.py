"""Where collections are kept, and finding those that the caller may see or change.

Rules of this file:

1. A person is in the collection that its path names, and a photo with the person: any other is as
   one that is not there.
2. What a collection held is not there any more as soon as the collection is gone, though its
   records go later.
"""

from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.core.index import Facets
from watchword.core.ports import Transaction
from watchword.dialects.oz.archive.collections.records import Collection, Person, PersonImage
from watchword.dialects.oz.archive.keeping import Kind
from watchword.dialects.oz.reading import read_id
from watchword.dialects.oz.rights import Action, require_over, require_sight
from watchword.web.messages import Request

__all__ = [
    "COLLECTIONS",
    "IMAGES",
    "PERSONS",
    "Place",
    "find_image",
    "read_place",
    "require_person",
    "see_person",
]


def _of_collection(collection: Collection) -> Facets:
    return {"alias": collection.alias}


def _of_person(person: Person) -> Facets:
    return {"collection_id": str(person.collection_id)}


COLLECTIONS: Final = Kind("collection", Collection, _of_collection)
PERSONS: Final = Kind("person", Person, _of_person)
IMAGES: Final = Kind("person-image", PersonImage, None)


@dataclass(frozen=True, slots=True)
class Place:
    """The person that a path names, in its collection."""

    collection_id: UUID
    person_id: UUID


def read_place(request: Request) -> Place:
    """Return the person that a path names. Raises `BadFieldError`."""
    return Place(read_id(request, "collection_id"), read_id(request, "person_id"))


def see_person(transaction: Transaction, principal: Principal, place: Place) -> Person:
    """Return a person whom the caller may see. Raises `NotFoundError` or `ForbiddenError`."""
    found = _find_person(transaction, place)
    whose = None if found is None else found.whose
    require_sight(principal, Action.PERSON_READ, whose, PERSONS.name)
    return cast("Person", found)  # nobody can see None


def require_person(transaction: Transaction, principal: Principal, place: Place) -> Person:
    """Return a person whom the caller may change. Raises `ForbiddenError` or `NotFoundError`."""
    found = _find_person(transaction, place)
    whose = None if found is None else found.whose
    require_over(principal, Action.COLLECTION_CREATE, whose, PERSONS.name)
    return cast("Person", found)  # nobody has a right over None


def find_image(transaction: Transaction, person: Person, image_id: UUID) -> PersonImage:
    """Return a photo of a person. Raises `NotFoundError`."""
    if image_id not in person.images:
        raise NotFoundError(IMAGES.name)
    return IMAGES.get(transaction, image_id)


def _find_person(transaction: Transaction, place: Place) -> Person | None:
    found = PERSONS.find(transaction, place.person_id)
    if found is None or found.collection_id != place.collection_id:
        return None
    return found if COLLECTIONS.find(transaction, place.collection_id) is not None else None
