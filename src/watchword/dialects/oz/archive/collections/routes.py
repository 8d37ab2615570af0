"""``/api/collections/``: making, showing, listing and removing collections (wire contract Oz 8)."""

from typing import Final

from watchword.core.access import Principal
from watchword.dialects.oz.allowance import Allowance
from watchword.dialects.oz.archive.collections.drafts import read_collection
from watchword.dialects.oz.archive.collections.filing import make_collection
from watchword.dialects.oz.archive.collections.keeping import COLLECTIONS as KIND
from watchword.dialects.oz.archive.collections.removing import remove_collection
from watchword.dialects.oz.archive.collections.schemas import CollectionBody, NewCollection
from watchword.dialects.oz.archive.collections.tagging import tagged_collection
from watchword.dialects.oz.archive.collections.translate import to_collection
from watchword.dialects.oz.archive.reach import Caller, see_record
from watchword.dialects.oz.archive.showing import TIMES
from watchword.dialects.oz.columns import Column, text, uuid
from watchword.dialects.oz.lists import Listed, read_array, search, within
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.reading import read_body, read_id
from watchword.dialects.oz.replies import json_reply, no_content
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.settings import Settings
from watchword.dialects.oz.tagging import operations_of
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["COLLECTIONS"]

# Chosen: the vendor names no filters.
LISTED: Final = Listed(
    KIND.collection,
    {
        "collection_id": Column("id", uuid),
        "company_id": Column("company_id", uuid),
        "alias": Column("alias", text),
        **TIMES,
    },
    searched=("alias",),
    tagged=True,
)


def create(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/collections/``."""
    require(principal, Action.COLLECTION_CREATE)
    draft, caller = read_collection(read_body(request)), Caller(principal, request.address)
    return json_reply(201, to_collection(make_collection(desk, caller, draft)))


def list_all(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/collections/``: a bare array (*inferred* from the iOS SDK, 1.5)."""
    own = within(principal, require(principal, Action.COLLECTION_READ), "owner", "company_id")
    asked = read_array(request, LISTED, own)
    with desk.core.storage.read() as transaction:
        found = KIND.find_many(transaction, search(transaction, asked).keys, Allowance())
    return json_reply(200, [to_collection(each) for each in found])


def show(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/collections/{collection_id}``."""
    collection_id, sight = read_id(request, "collection_id"), Action.COLLECTION_READ
    with desk.core.storage.read() as transaction:
        found = see_record(transaction, principal, KIND, collection_id, sight)
    return json_reply(200, to_collection(found))


def remove(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /api/collections/{collection_id}``: with all persons and photos."""
    caller = Caller(principal, request.address)
    remove_collection(desk.core, caller, read_id(request, "collection_id"))
    return no_content()


ALL: Final = "/api/collections"
ONE: Final = "/api/collections/{collection_id}"

CREATE: Final = About("Make a collection", NewCollection, CollectionBody, 201, refuses=(404,))
LIST: Final = About("List collections", gives=list[CollectionBody], query=list_query(LISTED))
SHOW: Final = About("Show a collection", gives=CollectionBody)
REMOVE: Final = About("Remove a collection with all that is in it", status=204)

COLLECTIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", ALL, create, Lane.STORE, about=CREATE),
    Guarded("GET", ALL, list_all, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show, Lane.STORE, about=SHOW),
    Guarded("DELETE", ONE, remove, Lane.STORE, about=REMOVE),
    *operations_of(tagged_collection(ONE)),
)
