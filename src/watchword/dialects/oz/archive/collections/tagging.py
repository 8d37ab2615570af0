"""``…/meta_data`` of collections (*documented*, wire contract Oz 8) and of persons (*chosen*)."""

from collections.abc import Callable

from watchword.core.access import Principal
from watchword.core.ports import Transaction
from watchword.dialects.oz.archive.changing import change_meta_data
from watchword.dialects.oz.archive.collections.keeping import (
    COLLECTIONS,
    PERSONS,
    read_place,
    require_person,
    see_person,
)
from watchword.dialects.oz.archive.collections.records import Collection, Person
from watchword.dialects.oz.archive.reach import Caller, require_record, see_record
from watchword.dialects.oz.meta_data import MetaData
from watchword.dialects.oz.reading import read_id
from watchword.dialects.oz.rights import Action
from watchword.dialects.oz.settings import Settings
from watchword.dialects.oz.tagging import Tagged
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = ["tagged_collection", "tagged_person"]

Change = Callable[[MetaData], MetaData]


def tagged_collection(path: str) -> Tagged:
    """Return collections as a resource with meta data."""
    return Tagged(path, "collection", _see_collection, _change_collection)


def tagged_person(path: str) -> Tagged:
    """Return persons as a resource with meta data."""
    return Tagged(path, "person", _see_person, _change_person)


def _see_collection(desk: Desk[Settings], request: Request, principal: Principal) -> MetaData:
    collection_id, sight = read_id(request, "collection_id"), Action.COLLECTION_READ
    with desk.core.storage.read() as transaction:
        return see_record(transaction, principal, COLLECTIONS, collection_id, sight).meta_data


def _change_collection(
    desk: Desk[Settings], request: Request, principal: Principal, change: Change
) -> MetaData:
    collection_id = read_id(request, "collection_id")

    def find(transaction: Transaction) -> Collection:
        action = Action.COLLECTION_CREATE
        return require_record(transaction, principal, action, COLLECTIONS, collection_id)

    caller = Caller(principal, request.address)
    return change_meta_data(desk.core, caller, COLLECTIONS, find, change)


def _see_person(desk: Desk[Settings], request: Request, principal: Principal) -> MetaData:
    with desk.core.storage.read() as transaction:
        return see_person(transaction, principal, read_place(request)).meta_data


def _change_person(
    desk: Desk[Settings], request: Request, principal: Principal, change: Change
) -> MetaData:
    place = read_place(request)

    def find(transaction: Transaction) -> Person:
        return require_person(transaction, principal, place)

    caller = Caller(principal, request.address)
    return change_meta_data(desk.core, caller, PERSONS, find, change)
