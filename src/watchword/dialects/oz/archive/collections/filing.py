"""Making collections, and adding persons and photos: each in one unit of work, or not at all.

The rules of `watchword.dialects.oz.archive.filing` hold here too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec

from watchword.core.blobs import Blob
from watchword.core.errors import NotFoundError
from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId, printable
from watchword.dialects.oz.archive.bookkeeping import audit, note_blobs, require_open, seal
from watchword.dialects.oz.archive.collections.drafts import CollectionDraft, PersonDraft
from watchword.dialects.oz.archive.collections.keeping import (
    COLLECTIONS,
    IMAGES,
    PERSONS,
    Place,
    require_person,
)
from watchword.dialects.oz.archive.collections.records import Collection, Person, PersonImage
from watchword.dialects.oz.archive.drafts import MediaDraft
from watchword.dialects.oz.archive.reach import Caller, require_record
from watchword.dialects.oz.profile import company_of, profile_of
from watchword.dialects.oz.rights import Action, Whose, require_over
from watchword.dialects.oz.settings import Settings
from watchword.web.errors import BadFieldError, BodyTooLargeError, FieldFault
from watchword.web.operation import Desk

__all__ = ["add_images", "add_person", "make_collection"]

# Chosen: lists of photos are not paged.
MOST_IMAGES: Final = 100


def make_collection(desk: Desk[Settings], caller: Caller, draft: CollectionDraft) -> Collection:
    """Make a collection in a company.

    Raises `ForbiddenError`, `NotFoundError`, `TenantClosedError`, or `BadFieldError` where no
    company is named and the caller has none.
    """
    company_id = _company(caller, draft)
    whose = Whose(None, company_id)
    require_over(caller.principal, Action.COLLECTION_CREATE, whose, COLLECTIONS.name)
    now = desk.core.clock()
    made = Collection(
        id=uuid4(),
        owner_id=caller.principal.subject.id,
        company_id=company_id,
        created_at=now,
        modified_at=now,
        meta_data=draft.meta_data,
        alias=draft.alias,
        key=desk.core.vault.new_key(),
    )
    with desk.core.storage.write() as transaction:
        if transaction.tenants.find(company_id) is None:
            raise NotFoundError("tenant")
        require_open(transaction, company_id)
        COLLECTIONS.put(transaction, made)
        audit(transaction, caller, "collection.create", now, {"collection": made.id})
    return made


def add_person(
    desk: Desk[Settings], caller: Caller, collection_id: UUID, read: Callable[[], PersonDraft]
) -> Person:
    """Add a person to a collection; the upload is read once that is found.

    Raises `ForbiddenError`, `NotFoundError`, `TenantClosedError`, and what ``read`` does.
    """
    with desk.core.storage.read() as transaction:
        collection = _require_collection(transaction, caller, collection_id)
    now, draft = desk.core.clock(), read()
    person = Person(
        id=uuid4(),
        owner_id=caller.principal.subject.id,
        company_id=collection.company_id,
        created_at=now,
        modified_at=now,
        meta_data=draft.meta_data,
        collection_id=collection.id,
    )
    sealed = seal(desk.core, collection.key, draft.images)
    images = [_new_image(person, caller, each, blob, now) for each, blob in sealed]
    with desk.core.storage.write() as transaction:
        _require_collection(transaction, caller, collection_id)
        said = {"collection": collection.id, "person": person.id, "images": len(images)}
        audit(transaction, caller, "person.create", now, said)
        return _grow(transaction, person, images, now)


def add_images(
    desk: Desk[Settings], caller: Caller, place: Place, read: Callable[[], Sequence[MediaDraft]]
) -> Sequence[PersonImage]:
    """Add photos to a person; they are read once that is found.

    Raises as `add_person` does, or `BodyTooLargeError`.
    """
    with desk.core.storage.read() as transaction:
        person = _require_person(transaction, caller, place)
        key = COLLECTIONS.get(transaction, place.collection_id).key
    now = desk.core.clock()
    sealed = seal(desk.core, key, read())
    images = [_new_image(person, caller, each, blob, now) for each, blob in sealed]
    with desk.core.storage.write() as transaction:
        person = _require_person(transaction, caller, place)
        if len(person.images) + len(images) > MOST_IMAGES:
            raise BodyTooLargeError(MOST_IMAGES)
        said = {"collection": place.collection_id, "person": person.id, "images": len(images)}
        audit(transaction, caller, "person-image.add", now, said)
        _grow(transaction, person, images, now)
    return images


def _company(caller: Caller, draft: CollectionDraft) -> TenantId:
    """Return the company that is named, else the caller's own. Raises `BadFieldError`."""
    subject, profile = caller.principal.subject, profile_of(caller.principal.profile)
    company_id = draft.company_id or company_of(subject, profile)
    if company_id is None:
        raise BadFieldError("company_id", FieldFault.MISSING, "uuid")
    return company_id


def _require_collection(
    transaction: Transaction, caller: Caller, collection_id: UUID
) -> Collection:
    action = Action.COLLECTION_CREATE
    found = require_record(transaction, caller.principal, action, COLLECTIONS, collection_id)
    require_open(transaction, found.company_id)
    return found


def _require_person(transaction: Transaction, caller: Caller, place: Place) -> Person:
    found = require_person(transaction, caller.principal, place)
    require_open(transaction, found.company_id)
    return found


def _new_image(
    person: Person, caller: Caller, draft: MediaDraft, blob: Blob, now: datetime
) -> PersonImage:
    return PersonImage(
        id=uuid4(),
        owner_id=caller.principal.subject.id,
        company_id=person.company_id,
        created_at=now,
        modified_at=now,
        meta_data=draft.meta_data,
        collection_id=person.collection_id,
        person_id=person.id,
        media_type=draft.media_type,
        content_type=draft.content_type,
        original_name=printable(draft.part.file_name or ""),
        tags=draft.tags,
        blob_id=blob.id,
        size=blob.size,
        sha256=blob.sha256,
    )


def _grow(
    transaction: Transaction, person: Person, images: Sequence[PersonImage], now: datetime
) -> Person:
    """Put new photos, and the person whose they are now. Returns that."""
    note_blobs(transaction, images)
    for image in images:
        IMAGES.put(transaction, image)
    ids = (*person.images, *(image.id for image in images))
    grown = msgspec.structs.replace(person, images=ids, modified_at=now)
    PERSONS.put(transaction, grown)
    return grown
