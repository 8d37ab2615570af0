"""The calls about configuration items (*observed*, wire contract IDscan 2.4)."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.acting import actor_of
from watchword.dialects.idscan.bodies import ItemChange
from watchword.dialects.idscan.home import home_of
from watchword.dialects.idscan.items import (
    ITEMS,
    ITEMS_KIND,
    Item,
    Turned,
    items_key,
    read_turned,
    turned,
)
from watchword.dialects.idscan.journeys.retaining import keep_house_for
from watchword.dialects.idscan.members import Members, read_list
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.dialects.idscan.replies import api_reply
from watchword.dialects.idscan.rights import CONFIGURE, READ_CONFIGURATION, entitled
from watchword.dialects.idscan.settings import Settings
from watchword.web.about import About
from watchword.web.errors import FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["CONFIGURATION_OPERATIONS"]

CHANGE: Final = "configuration.change"


def list_items(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``GET Configuration/GetAll``: every item with the tenant's own value."""
    return api_reply(200, _shown(turned(desk.core, home_of(desk, principal))))


def update_items(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST Configuration/Update``: one item or several, all or none; only values are read."""
    asked = [_change(members) for members in read_list(request.body, most=len(ITEMS))]
    tenant_id = home_of(desk, principal)

    def change(documents: Mapping[str, bytes]) -> Mapping[str, bytes]:
        return {items_key(tenant_id): _turn(documents, tenant_id, asked)}

    now = desk.core.clock()
    desk.core.shelf.change(
        AUDIENCE,
        ITEMS_KIND,
        change,
        by=actor_of(request, principal),
        guard=lambda transaction: keep_house_for(transaction, tenant_id, now),
        action=CHANGE,
    )
    return api_reply(200, _shown(turned(desk.core, tenant_id)))


def _turn(
    documents: Mapping[str, bytes], tenant_id: TenantId | None, asked: Sequence[tuple[Item, str]]
) -> bytes:
    before: dict[str, str] = msgspec.to_builtins(read_turned(documents, tenant_id))
    after = {**before, **{item.key: value for item, value in asked}}
    return msgspec.json.encode(msgspec.convert(after, Turned))


def _change(members: Members) -> tuple[Item, str]:
    """Read which item gets which value. Raises `NotFoundError` or `BadFieldError`."""
    key, number = members.text("Key"), members.number("Id")
    named = [each for each in ITEMS if key is not None and each.key.lower() == key.lower()]
    numbered = [each for each in ITEMS if key is None and each.id == number]
    item = next(iter(named + numbered), None)
    if item is None or number not in {None, item.id}:
        raise NotFoundError("configuration item")
    value = members.find("Value")
    text = str(value) if isinstance(value, bool | int) else members.required_text("Value")
    text = text.strip().lower()
    if not item.accepts(text):
        raise members.wrong("Value", FieldFault.BAD_VALUE)
    return item, str(int(text)) if text.isdecimal() else text


def _shown(values: Turned) -> Sequence[Item]:
    told: dict[str, str] = msgspec.to_builtins(values)
    return [msgspec.structs.replace(item, value=told[item.key]) for item in ITEMS]


BASE: Final = "/idscanenterprisesvc/Configuration"

LIST: Final = About("List configuration items", gives=list[Item])
UPDATE: Final = About("Change configuration items", list[ItemChange], list[Item], refuses=(404,))

CONFIGURATION_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded(
        "GET", f"{BASE}/GetAll", entitled(READ_CONFIGURATION, list_items), Lane.STORE, about=LIST
    ),
    Guarded("POST", f"{BASE}/Update", entitled(CONFIGURE, update_items), Lane.STORE, about=UPDATE),
)
