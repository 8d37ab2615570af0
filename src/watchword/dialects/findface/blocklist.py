"""The blocklist of devices (wire contract FindFace 2.6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from watchword.core.access import Principal
from watchword.core.blocklist import Block, collection_of_blocks
from watchword.core.index import Filter, Order, Query, Test, equals, instant
from watchword.dialects.findface.asking import Asked, Span, read_asked
from watchword.dialects.findface.bodies import BlockPatch, NewBlock
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.numbers import number_in
from watchword.dialects.findface.paging import CursorList, Offsets
from watchword.dialects.findface.parameters import MATCH, PAGING, Number, among, ordering, span
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.reading import read_body
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import LONGEST_UUID, Date, Text
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_date
from watchword.web.about import About, Parameter
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "DeviceBlacklistRecord",
    "add_block",
    "edit_block",
    "list_blocks",
    "remove_block",
    "show_block",
    "spanning",
]


class BlockOrder(StrEnum):
    """What a list of blocks is sorted by: facets."""

    CREATED = "created_at"
    ID = "id"


ORDERS: Final = {"created_date": BlockOrder.CREATED, "id": BlockOrder.ID}
NEWEST_FIRST: Final = "-id"
RECORD: Final = "deviceblacklistrecord"
LONGEST_REASON: Final = 512
"""*Documented* (wire contract FindFace 2.6)."""


class DeviceBlacklistRecord(msgspec.Struct, frozen=True):
    """A block of a device."""

    id: int
    created_date: Date
    uuid: str
    reason: str
    expire_date: Date | None


def list_blocks(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /device-blacklist-records/``"""
    caller_of(desk, request, principal).require(f"view_{RECORD}")
    asked = read_asked(request)
    pages = Offsets.read(asked)
    found = desk.core.blocklist.search(AUDIENCE, _query(asked, pages, desk.core.clock()))
    page = pages.turn(found)
    return json_reply(200, page.showing([to_record(each) for each in page.items]))


def add_block(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /device-blacklist-records/``: the device's sessions are out when this answers."""
    caller = caller_of(desk, request, principal)
    caller.require(f"add_{RECORD}")
    draft = _read(request.body, desk.core.clock())
    return json_reply(201, to_record(desk.core.blocklist.add(draft, by=caller.actor)))


def show_block(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /device-blacklist-records/{id}/``"""
    caller_of(desk, request, principal).require(f"view_{RECORD}")
    number = number_in(request, "device")
    return json_reply(200, to_record(desk.core.blocklist.get(AUDIENCE, number)))


def edit_block(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /device-blacklist-records/{id}/``: of the device nothing can be changed."""
    caller = caller_of(desk, request, principal)
    caller.require(f"change_{RECORD}")
    change, number = _read_change(request.body), number_in(request, "device")
    edited = desk.core.blocklist.edit(AUDIENCE, number, change, by=caller.actor)
    return json_reply(200, to_record(edited))


def remove_block(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /device-blacklist-records/{id}/``: what the block ended stays ended."""
    caller = caller_of(desk, request, principal)
    caller.require(f"delete_{RECORD}")
    desk.core.blocklist.remove(AUDIENCE, number_in(request, "device"), by=caller.actor)
    return NO_CONTENT


def to_record(block: Block) -> DeviceBlacklistRecord:
    """Return a block as users see it."""
    return DeviceBlacklistRecord(
        id=block.id,
        created_date=to_date(block.created_at),
        uuid=block.device_key,
        reason=block.reason,
        expire_date=None if block.until is None else to_date(block.until),
    )


def spanning(name: str, span: Span) -> tuple[Filter, ...]:
    """Return the filters for a span of a facet that holds times."""
    ends = ((Test.AT_LEAST, span.start), (Test.AT_MOST, span.end))
    return tuple(Filter((name,), test, (instant(at),)) for test, at in ends if at is not None)


def _read(body: bytes, now: datetime) -> Block:
    said = read_body(body)
    uuid = said.text("uuid", LONGEST_UUID)
    reason = said.text("reason", LONGEST_REASON)
    until = said.date_or_null("expire_date") if "expire_date" in said else None
    return Block(0, AUDIENCE, uuid, reason, now, until)


def _read_change(body: bytes) -> Callable[[Block], Block]:
    """Return what a body makes of a block; what it does not name stays."""
    said = read_body(body)
    changes: dict[str, Any] = {}
    if "reason" in said:
        changes["reason"] = said.text("reason", LONGEST_REASON)
    if "expire_date" in said:
        changes["until"] = said.date_or_null("expire_date")
    return lambda block: replace(block, **changes)


def _query(asked: Asked, pages: Offsets, now: datetime) -> Query:
    order, descending = asked.ordering(ORDERS, NEWEST_FIRST)
    filters = [*spanning("created_at", asked.span("created_date", now))]
    filters += spanning("until", Span(asked.date("expire_date_gte"), asked.date("expire_date_lte")))
    for facet, values in (("id", asked.numbers("id_in")), ("device", asked.texts("uuid_in"))):
        if values is not None:
            filters.append(equals(facet, *values))
    for facet, key in (("device", "uuid_contains"), ("reason", "reason_contains")):
        part = asked.text(key)
        if part is not None:
            filters.append(Filter((facet,), Test.CONTAINS, (part,)))
    return Query(
        collection_of_blocks(AUDIENCE),
        tuple(filters),
        (Order(order, descending),),
        pages.start,
        pages.limit + 1,
        counted=False,
    )


LIST: Final = About(
    "List blocks of devices",
    gives=CursorList[DeviceBlacklistRecord],
    query=(
        *span("created_date"),
        *span("expire_date", "gte", "lte"),
        among("id_in", "One of these blocks", Number),
        among("uuid_in", "Of one of these devices"),
        Parameter("uuid_contains", f"Of a device: {MATCH.lower()}", Text),
        Parameter("reason_contains", f"For a reason: {MATCH.lower()}", Text),
        ordering(ORDERS),
        *PAGING,
    ),
)
ADD: Final = About("Block a device", NewBlock, DeviceBlacklistRecord, 201)
SHOW: Final = About("Show a block of a device", gives=DeviceBlacklistRecord)
EDIT: Final = About("Change a block of a device", BlockPatch, DeviceBlacklistRecord)
REMOVE: Final = About("Remove a block of a device", status=204)
