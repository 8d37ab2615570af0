"""``…/persons/`` and ``…/images/``: who is in a collection, with photos (wire contract Oz 8)."""

from functools import partial
from typing import Final

from watchword.core.access import Principal
from watchword.core.index import equals
from watchword.dialects.oz.allowance import Allowance
from watchword.dialects.oz.archive.addresses import origin_of
from watchword.dialects.oz.archive.collections.drafts import read_images, read_person
from watchword.dialects.oz.archive.collections.filing import add_images, add_person
from watchword.dialects.oz.archive.collections.keeping import (
    COLLECTIONS,
    IMAGES,
    find_image,
    read_place,
    see_person,
)
from watchword.dialects.oz.archive.collections.keeping import PERSONS as KIND
from watchword.dialects.oz.archive.collections.removing import remove_image, remove_person
from watchword.dialects.oz.archive.collections.schemas import (
    ImagesForm,
    PersonBody,
    PersonForm,
    PhotoBody,
)
from watchword.dialects.oz.archive.collections.tagging import tagged_person
from watchword.dialects.oz.archive.collections.translate import to_person, to_photo
from watchword.dialects.oz.archive.drafts import longest_upload
from watchword.dialects.oz.archive.reach import Caller, see_record
from watchword.dialects.oz.archive.showing import TIMES
from watchword.dialects.oz.columns import Column, uuid
from watchword.dialects.oz.lists import Listed, read_array, search
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.reading import read_id
from watchword.dialects.oz.replies import file_reply, json_reply, no_content
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.settings import Settings
from watchword.dialects.oz.tagging import operations_of
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["PERSONS"]

# Chosen: the vendor names no filters.
LISTED: Final = Listed(KIND.collection, {"person_id": Column("id", uuid), **TIMES}, tagged=True)


def add(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/collections/{collection_id}/persons/``: somebody, with photos."""
    require(principal, Action.COLLECTION_CREATE)
    collection_id, read = read_id(request, "collection_id"), partial(read_person, request)
    caller = Caller(principal, request.address)
    person = add_person(desk, caller, collection_id, partial(read, desk.settings))
    return json_reply(201, to_person(person))


def list_all(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET …/persons/``: a bare array (*chosen*, 1.5)."""
    collection_id, sight = read_id(request, "collection_id"), Action.PERSON_READ
    asked = read_array(request, LISTED, (equals("collection_id", str(collection_id)),))
    with desk.core.storage.read() as transaction:
        see_record(transaction, principal, COLLECTIONS, collection_id, sight)
        found = KIND.find_many(transaction, search(transaction, asked).keys, Allowance())
    return json_reply(200, [to_person(each) for each in found])


def show(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET …/persons/{person_id}``."""
    with desk.core.storage.read() as transaction:
        found = see_person(transaction, principal, read_place(request))
    return json_reply(200, to_person(found))


def remove(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE …/persons/{person_id}``: with all photos."""
    remove_person(desk.core, Caller(principal, request.address), read_place(request))
    return no_content()


def add_photos(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST …/persons/{person_id}/images/``: answered with an array, as media are."""
    require(principal, Action.COLLECTION_CREATE)
    place, read = read_place(request), partial(read_images, request, desk.settings)
    added = add_images(desk, Caller(principal, request.address), place, read)
    origin = origin_of(desk, request)
    return json_reply(201, [to_photo(each, origin) for each in added])


def list_photos(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET …/persons/{person_id}/images/``: all of them, in the order in which they came."""
    with desk.core.storage.read() as transaction:
        person = see_person(transaction, principal, read_place(request))
        found = IMAGES.find_many(transaction, person.images)
    origin = origin_of(desk, request)
    return json_reply(200, [to_photo(each, origin) for each in found])


def show_original(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET …/images/{person_image_id}/original``: the photo itself."""
    place, image_id = read_place(request), read_id(request, "person_image_id")
    with desk.core.storage.read() as transaction:
        person = see_person(transaction, principal, place)
        image = find_image(transaction, person, image_id)
        key = COLLECTIONS.get(transaction, person.collection_id).key
    return file_reply(desk.core.vault.get(key, image.blob_id), image.content_type)


def remove_photo(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE …/images/{person_image_id}``."""
    place, image_id = read_place(request), read_id(request, "person_image_id")
    remove_image(desk.core, Caller(principal, request.address), place, image_id)
    return no_content()


FORM: Final = "multipart/form-data"

ADD: Final = About("Add a person to a collection", PersonForm, PersonBody, 201, media=FORM)
LIST: Final = About("List the persons", gives=list[PersonBody], query=list_query(LISTED))
SHOW: Final = About("Show a person", gives=PersonBody)
REMOVE: Final = About("Remove a person with all photos", status=204)
ADD_PHOTOS: Final = About("Add photos to a person", ImagesForm, list[PhotoBody], 201, media=FORM)
LIST_PHOTOS: Final = About("List a person's photos", gives=list[PhotoBody])
ORIGINAL: Final = About("Give a photo as it was uploaded")
REMOVE_PHOTO: Final = About("Remove a photo", status=204)

ALL: Final = "/api/collections/{collection_id}/persons"
ONE: Final = "/api/collections/{collection_id}/persons/{person_id}"
PHOTOS: Final = f"{ONE}/images"
PHOTO: Final = f"{ONE}/images/{{person_image_id}}"

PERSONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", ALL, add, Lane.BULK, longest_upload, about=ADD),
    Guarded("GET", ALL, list_all, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show, Lane.STORE, about=SHOW),
    Guarded("DELETE", ONE, remove, Lane.STORE, about=REMOVE),
    Guarded("POST", PHOTOS, add_photos, Lane.BULK, longest_upload, about=ADD_PHOTOS),
    Guarded("GET", PHOTOS, list_photos, Lane.STORE, about=LIST_PHOTOS),
    Guarded("GET", f"{PHOTO}/original", show_original, Lane.BULK, about=ORIGINAL),
    Guarded("DELETE", PHOTO, remove_photo, Lane.STORE, about=REMOVE_PHOTO),
    *operations_of(tagged_person(ONE)),
)
