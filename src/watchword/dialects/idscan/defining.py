"""The calls about journey definitions: listing them, and what administrators change of them.

That there are such calls is *observed* (wire contract IDscan 2.4), and so are most of their paths.
What they take and give is *chosen*: a definition as `JourneyDefinition/GetAll` shows it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Literal
from uuid import UUID, uuid4

import msgspec

from watchword.core.access import Principal
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.acting import actor_of
from watchword.dialects.idscan.bodies import DefinitionDraft, DefinitionPatch, EntryDraft
from watchword.dialects.idscan.dates import local_time
from watchword.dialects.idscan.definitions import (
    KIND,
    definition_key,
    find_definition,
    get_definition,
    read_channel,
    recall_documents,
    select,
)
from watchword.dialects.idscan.form import read_form
from watchword.dialects.idscan.home import home_of, needs_look
from watchword.dialects.idscan.journeys.retaining import keep_house_for
from watchword.dialects.idscan.members import Members, parse_guid, read_members
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.dialects.idscan.replies import api_reply
from watchword.dialects.idscan.rights import CONFIGURE, INVESTIGATE, entitled
from watchword.dialects.idscan.schemas import (
    CapturingMedia,
    ChannelType,
    EntryDefinition,
    EntryType,
    JourneyDefinition,
)
from watchword.dialects.idscan.settings import Settings
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, LongerError, Operation

__all__ = ["DEFINITION_OPERATIONS"]

LONGEST_NAME: Final = 256
MOST_ENTRIES: Final = 32
MOST_DEFINITIONS: Final = 1_000
"""Of one tenant. Every worker keeps them at hand."""
FEW_DEFINITIONS: Final = 100
"""Of all tenants. More take milliseconds to read and to write: nobody else is to wait for that."""
CHANGE: Final = "journey-definition.change"

Work = Callable[[JourneyDefinition | None], JourneyDefinition | None]
"""Makes of a definition as it is, None if there is none, what becomes of it."""


def list_journey_definitions(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET JourneyDefinition/GetAll``: those of the principal's tenant."""
    channel = read_channel(request.query)
    documents = desk.core.shelf.recall(AUDIENCE, KIND)
    if len(documents) > FEW_DEFINITIONS or needs_look(desk.settings, principal.subject):
        raise LongerError(lambda: _list_at_home(desk, principal, channel))
    return api_reply(200, select(documents, principal.subject.tenant_id, channel))


def show_journey_definition(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET JourneyDefinition/Get``: one of them. *Chosen*: an addition of ours."""
    definition_id = _asked_for(request)
    documents = recall_documents(desk.core)
    return api_reply(200, get_definition(documents, home_of(desk, principal), definition_id))


def add_journey_definition(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST JourneyDefinition/Add``."""
    members = read_members(request.body)
    draft = _new(members, str(members.guid("JourneyDefinitionId") or uuid4()), desk.core.clock())

    def add(before: JourneyDefinition | None) -> JourneyDefinition:
        if before is not None:
            raise AlreadyExistsError("journey definition", "id")
        return draft

    return _change(desk, request, principal, draft.journey_definition_id, add)


def update_journey_definition(
    desk: Desk[Settings], request: Request, principal: Principal
) -> Reply:
    """``POST JourneyDefinition/Update``: what is named becomes so. *Chosen*: our addition."""
    members, now = read_members(request.body), desk.core.clock()
    change = partial(_revise, members, now)
    return _change(desk, request, principal, _required_id(members), lambda b: change(_there(b)))


def delete_journey_definition(
    desk: Desk[Settings], request: Request, principal: Principal
) -> Reply:
    """``DELETE`` or ``POST JourneyDefinition/delete``: journeys keep their steps."""
    by_body = request.method == "POST" and not request.query
    definition_id = _required_id(read_members(request.body)) if by_body else _asked_for(request)
    found: list[JourneyDefinition] = []

    def remove(before: JourneyDefinition | None) -> None:
        found.append(_there(before))

    _store(desk, request, principal, definition_id, remove)
    return api_reply(200, found[-1])


def add_entry_definition(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST JourneyEntryDefinition/Add``: one more step, at the end."""
    members, now = read_members(request.body), desk.core.clock()
    entry = _entry(members, _required_id(members), members.guid("JourneyEntryDefinitionId"))

    def add(before: JourneyDefinition | None) -> JourneyDefinition:
        definition = _there(before)
        if _place(definition.entry_definitions, entry) is not None:
            raise AlreadyExistsError("journey entry definition", "id")
        return _with_entries(definition, (*definition.entry_definitions, entry), now)

    return _change(desk, request, principal, entry.journey_definition_id, add)


def put_entry_definition(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST JourneyDefinition/AddOrUpdateEntryDefinition``: by the id of the step."""
    members, now = read_members(request.body), desk.core.clock()
    entry = _entry(members, _required_id(members), members.guid("JourneyEntryDefinitionId"))

    def put(before: JourneyDefinition | None) -> JourneyDefinition:
        definition = _there(before)
        entries = list(definition.entry_definitions)
        place = _place(entries, entry)
        entries[slice(len(entries), None) if place is None else slice(place, place + 1)] = [entry]
        return _with_entries(definition, tuple(entries), now)

    return _change(desk, request, principal, entry.journey_definition_id, put)


def _list_at_home(desk: Desk[Settings], principal: Principal, channel: ChannelType | None) -> Reply:
    tenant_id = home_of(desk, principal)
    return api_reply(200, select(recall_documents(desk.core), tenant_id, channel))


def _change(
    desk: Desk[Settings], request: Request, principal: Principal, definition_id: str, work: Work
) -> Reply:
    """Change one definition and show what became of it."""
    tenant_id = _store(desk, request, principal, definition_id, work)
    return api_reply(200, get_definition(recall_documents(desk.core), tenant_id, definition_id))


def _store(
    desk: Desk[Settings], request: Request, principal: Principal, definition_id: str, work: Work
) -> TenantId | None:
    tenant_id = home_of(desk, principal)
    key = definition_key(tenant_id, definition_id)

    def change(documents: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
        changed = work(find_definition(documents, tenant_id, definition_id))
        if key not in documents and len(select(documents, tenant_id, None)) >= MOST_DEFINITIONS:
            raise BadFieldError("JourneyDefinition", FieldFault.TOO_LONG, str(MOST_DEFINITIONS))
        return {key: None if changed is None else msgspec.json.encode(changed)}

    now = desk.core.clock()
    desk.core.shelf.change(
        AUDIENCE,
        KIND,
        change,
        by=actor_of(request, principal),
        guard=lambda transaction: keep_house_for(transaction, tenant_id, now),
        action=CHANGE,
    )
    return tenant_id


def _new(members: Members, definition_id: str, now: datetime) -> JourneyDefinition:
    return JourneyDefinition(
        journey_definition_id=definition_id,
        name=members.required_text("Name", longest=LONGEST_NAME),
        channel_type=members.choice("ChannelType", ChannelType) or ChannelType.WEB,
        capturing_media=_media(members) or CapturingMedia.CAMERA,
        last_updated_date_time=local_time(now),
        is_active=members.flag("IsActive") is not False,
        entry_definitions=_entries(members, definition_id),
        is_predefined_journey=False,
    )


def _revise(members: Members, now: datetime, before: JourneyDefinition) -> JourneyDefinition:
    named = "entrydefinitions" in members.values
    active, name = members.flag("IsActive"), members.text("Name", longest=LONGEST_NAME)
    if name is not None:
        members.required_text("Name")
    return msgspec.structs.replace(
        before,
        name=before.name if name is None else name,
        channel_type=members.choice("ChannelType", ChannelType) or before.channel_type,
        capturing_media=_media(members) or before.capturing_media,
        last_updated_date_time=local_time(now),
        is_active=before.is_active if active is None else active,
        entry_definitions=(
            _entries(members, before.journey_definition_id) if named else before.entry_definitions
        ),
    )


def _media(members: Members) -> CapturingMedia | None:
    """Read the media: one page of the vendor's prints another name for it (contract 2.4)."""
    name = "CapturingMedia" if "capturingmedia" in members.values else "ChannelMedia"
    return members.choice(name, CapturingMedia)


def _entries(members: Members, definition_id: str) -> tuple[EntryDefinition, ...]:
    found = members.objects("EntryDefinitions") or ()
    if len(found) > MOST_ENTRIES:
        raise members.wrong("EntryDefinitions", FieldFault.TOO_LONG)
    entries = [_entry(m, definition_id, m.guid("JourneyEntryDefinitionId")) for m in found]
    if len({each.journey_entry_definition_id for each in entries}) < len(entries):
        raise members.wrong("EntryDefinitions")
    return tuple(entries)


def _entry(members: Members, definition_id: str, entry_id: UUID | None) -> EntryDefinition:
    kind = members.choice("Type", EntryType)
    if kind is None:
        raise members.wrong("Type", FieldFault.MISSING)
    return EntryDefinition(
        journey_entry_definition_id=str(entry_id or uuid4()),
        journey_definition_id=definition_id,
        type=kind,
        order=members.number("Order") or 0,
        is_optional=members.flag("IsOptional") is True,
    )


def _with_entries(
    definition: JourneyDefinition, entries: tuple[EntryDefinition, ...], now: datetime
) -> JourneyDefinition:
    if len(entries) > MOST_ENTRIES:
        raise BadFieldError("EntryDefinitions", FieldFault.TOO_LONG, str(MOST_ENTRIES))
    return msgspec.structs.replace(
        definition, entry_definitions=entries, last_updated_date_time=local_time(now)
    )


def _place(entries: Sequence[EntryDefinition], entry: EntryDefinition) -> int | None:
    ids = [each.journey_entry_definition_id for each in entries]
    wanted = entry.journey_entry_definition_id
    return ids.index(wanted) if wanted in ids else None


def _there(definition: JourneyDefinition | None) -> JourneyDefinition:
    if definition is None:
        raise NotFoundError("journey definition")
    return definition


def _required_id(members: Members) -> str:
    found = members.guid("JourneyDefinitionId", "JourneyDefinition")
    if found is None:
        raise members.wrong("JourneyDefinitionId", FieldFault.MISSING)
    return str(found)


def _asked_for(request: Request) -> str:
    """Return the id in the query. *Chosen*: its two likely names."""
    form = read_form(request.query)
    found = parse_guid(form.get("journeydefinitionid", "") or form.get("id", ""))
    if found is None:
        raise BadFieldError("journeyDefinitionId", FieldFault.BAD_VALUE)
    return str(found)


BASE: Final = "/idscanenterprisesvc/JourneyDefinition"
ENTRY: Final = "/idscanenterprisesvc/JourneyEntryDefinition"

_list = entitled(INVESTIGATE, list_journey_definitions)
_show = entitled(INVESTIGATE, show_journey_definition)
_add = entitled(CONFIGURE, add_journey_definition)
_update = entitled(CONFIGURE, update_journey_definition)
_delete = entitled(CONFIGURE, delete_journey_definition)
_put_entry = entitled(CONFIGURE, put_entry_definition)
_add_entry = entitled(CONFIGURE, add_entry_definition)

ONE: Final = (Parameter("journeyDefinitionId", "The journey definition", UUID, required=True),)
CHANNEL: Final = Parameter(
    "channeltype", "Those of one channel", Literal["CaptureStudio", "Web", "Mobile"]
)
LIST: Final = About("List journey definitions", gives=list[JourneyDefinition], query=(CHANNEL,))
SHOW: Final = About("Show a journey definition", gives=JourneyDefinition, query=ONE, refuses=(404,))
ADD: Final = About("Add a journey definition", DefinitionDraft, JourneyDefinition, refuses=(409,))
UPDATE: Final = About(
    "Change a journey definition", DefinitionPatch, JourneyDefinition, refuses=(404,)
)
REMOVE: Final = About(
    "Remove a journey definition", gives=JourneyDefinition, query=ONE, refuses=(404,)
)
PUT_ENTRY: Final = About(
    "Put a step into a journey definition", EntryDraft, JourneyDefinition, refuses=(404,)
)
ADD_ENTRY: Final = About(
    "Add a step to a journey definition", EntryDraft, JourneyDefinition, refuses=(404, 409)
)

DEFINITION_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("GET", f"{BASE}/GetAll", _list, Lane.LOOP, about=LIST),
    Guarded("GET", f"{BASE}/Get", _show, Lane.STORE, about=SHOW),
    Guarded("POST", f"{BASE}/Add", _add, Lane.STORE, about=ADD),
    Guarded("POST", f"{BASE}/Update", _update, Lane.STORE, about=UPDATE),
    Guarded("DELETE", f"{BASE}/delete", _delete, Lane.STORE, about=REMOVE),
    Guarded("POST", f"{BASE}/delete", _delete, Lane.STORE, about=REMOVE),
    Guarded("POST", f"{BASE}/AddOrUpdateEntryDefinition", _put_entry, Lane.STORE, about=PUT_ENTRY),
    Guarded("POST", f"{ENTRY}/Add", _add_entry, Lane.STORE, about=ADD_ENTRY),
)
