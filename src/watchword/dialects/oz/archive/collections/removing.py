"""Removing photos, persons and collections, with the bytes that they stand for.

Rules of this file:

1. With a collection goes its key, at once: nobody can read what it held, and nobody finds it. Its
   records go in the background, since there may be many.
2. Content whose removal was cut off is known to no ledger any more, so the core sweeps it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.audit import Entry
from watchword.core.blobs import BlobId
from watchword.core.core import Core
from watchword.core.errands import NotYetError
from watchword.core.index import Query, equals
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import TenantId
from watchword.dialects.oz.archive.bookkeeping import audit, forget
from watchword.dialects.oz.archive.collections.keeping import (
    COLLECTIONS,
    IMAGES,
    PERSONS,
    Place,
    find_image,
    require_person,
)
from watchword.dialects.oz.archive.collections.records import Collection, Person
from watchword.dialects.oz.archive.reach import Caller, require_record
from watchword.dialects.oz.rights import Action
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.web.operation import Desk

__all__ = [
    "EMPTY",
    "empty",
    "purge_collections",
    "remove_collection",
    "remove_image",
    "remove_person",
]

EMPTY: Final = "oz.empty-collection"
"""The kind of job that removes what a collection held."""

BATCH: Final = 100


class _Order(msgspec.Struct, frozen=True):
    """What a job of that kind is about."""

    collection_id: UUID


def remove_collection(core: Core, caller: Caller, collection_id: UUID) -> None:
    """Remove a collection with all that is in it. Raises `ForbiddenError` or `NotFoundError`."""
    action = Action.COLLECTION_CREATE
    with core.storage.write() as transaction:
        found = require_record(transaction, caller.principal, action, COLLECTIONS, collection_id)
        _remove_collection(transaction, found, core)
        said = {"collection": found.id}
        audit(transaction, caller, "collection.remove", core.clock(), said)


def remove_person(core: Core, caller: Caller, place: Place) -> None:
    """Remove a person with all photos. Raises `ForbiddenError` or `NotFoundError`."""
    with core.storage.write() as transaction:
        found = require_person(transaction, caller.principal, place)
        blobs = _remove_person(transaction, found)
        said = {"collection": place.collection_id, "person": found.id, "images": len(blobs)}
        audit(transaction, caller, "person.remove", core.clock(), said)
    forget(core, blobs)


def remove_image(core: Core, caller: Caller, place: Place, image_id: UUID) -> None:
    """Remove one photo. Raises `ForbiddenError` or `NotFoundError`."""
    now = core.clock()
    with core.storage.write() as transaction:
        person = require_person(transaction, caller.principal, place)
        image = find_image(transaction, person, image_id)
        IMAGES.remove(transaction, image)
        transaction.blobs.remove(image.blob_id)
        left = tuple(each for each in person.images if each != image_id)
        PERSONS.put(transaction, msgspec.structs.replace(person, images=left, modified_at=now))
        said = {"collection": place.collection_id, "person": person.id, "image": image_id}
        audit(transaction, caller, "person-image.remove", now, said)
    forget(core, [image.blob_id])


def empty(desk: Desk[Settings], document: bytes) -> None:
    """Remove some of what a collection held. Raises `NotYetError` if there is more.

    May be cut off anywhere and done twice.
    """
    collection_id, core = msgspec.json.decode(document, type=_Order).collection_id, desk.core
    query = Query(
        PERSONS.collection,
        (equals("collection_id", str(collection_id)),),
        limit=BATCH,
        counted=False,
    )
    with core.storage.write() as transaction:
        persons = PERSONS.find_many(transaction, transaction.index.search(query).keys)
        blobs = [blob for person in persons for blob in _remove_person(transaction, person)]
    forget(core, blobs)
    if persons:
        raise NotYetError(core.clock())


def purge_collections(core: Core, company_id: TenantId) -> bool:
    """Remove some collections of a company, and say whether there may be more.

    No collection is made in a company that is being deleted, so there is an end.
    """
    query = Query(
        COLLECTIONS.collection, (equals("company_id", str(company_id)),), limit=BATCH, counted=False
    )
    with core.storage.write() as transaction:
        found = COLLECTIONS.find_many(transaction, transaction.index.search(query).keys)
        for collection in found:
            _remove_collection(transaction, collection, core)
            record(transaction, _purged(collection, core.clock()))
    return bool(found)


def _remove_collection(transaction: Transaction, found: Collection, core: Core) -> None:
    """Remove a collection, and see to it that what it held goes too."""
    COLLECTIONS.remove(transaction, found)
    document = msgspec.json.encode(_Order(found.id))
    transaction.jobs.add(Job(EMPTY, document, core.clock()))


def _remove_person(transaction: Transaction, person: Person) -> Sequence[BlobId]:
    """Remove a person's records. Returns what is left to be forgotten."""
    images = IMAGES.find_many(transaction, person.images)
    for image in images:
        IMAGES.remove(transaction, image)
        transaction.blobs.remove(image.blob_id)
    PERSONS.remove(transaction, person)
    return [image.blob_id for image in images]


def _purged(collection: Collection, now: datetime) -> Entry:
    return Entry(
        now,
        "collection.remove",
        "done",
        audience=AUDIENCE,
        tenant_id=TenantId(collection.company_id),
        details={"collection": str(collection.id)},
    )
