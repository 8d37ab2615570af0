"""The calls that remove and deactivate journeys (*documented*, wire contract IDscan 2.4)."""

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from watchword.core.access import Principal
from watchword.dialects.idscan.bodies import Ids
from watchword.dialects.idscan.form import read_form
from watchword.dialects.idscan.journeys.reach import caller_of
from watchword.dialects.idscan.journeys.removing import (
    deactivate_journeys,
    remove_by_reference,
    remove_journeys,
)
from watchword.dialects.idscan.members import parse_guid, read_guids
from watchword.dialects.idscan.replies import NO_CACHE
from watchword.dialects.idscan.rights import DELETE, entitled
from watchword.dialects.idscan.settings import Settings
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["ENTRY_OPERATIONS"]

MOST: Final = 15
"""*Documented* for deactivation, *chosen* for the rest."""


def delete_by_reference(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE entrymanagement/deleteentrybyref``: by the ten digits."""
    reference = read_form(request.query).get("entryref", "").strip()
    if not reference.isascii() or not reference.isdecimal():
        raise BadFieldError("entryRef", FieldFault.BAD_VALUE)
    remove_by_reference(desk.core, caller_of(desk, request, principal), reference)
    return DONE


def delete_by_id(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE entrymanagement/deleteentrybyid``."""
    asked = read_form(request.query)
    journey_id = parse_guid(asked.get("entryid", ""))
    if journey_id is None:
        raise BadFieldError("entryId", FieldFault.BAD_VALUE)
    caller = caller_of(desk, request, principal)
    remove_journeys(desk.core, caller, [journey_id], asked.get("username", ""))
    return DONE


def delete_persons(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST entrymanagement/deletejourneyperson``: several, all or none."""
    ids = read_guids(request.body, most=MOST)
    remove_journeys(desk.core, caller_of(desk, request, principal), ids)
    return DONE


def deactivate(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST EntryManagement/DeactivateEntries``."""
    ids = read_guids(request.body, most=MOST)
    deactivate_journeys(desk.core, caller_of(desk, request, principal), ids)
    return ACCEPTED


DONE: Final = Reply(204, headers=NO_CACHE)
ACCEPTED: Final = Reply(202, headers=NO_CACHE)

BASE: Final = "/idscanenterprisesvc/EntryManagement"

BY_REFERENCE: Final = About(
    "Delete the journey with a reference number",
    status=204,
    query=(
        Parameter(
            "entryRef",
            "The ten digits",
            Annotated[str, Meta(pattern="^[0-9]{10}$")],
            required=True,
        ),
    ),
    refuses=(404,),
)
BY_ID: Final = About(
    "Delete a journey",
    status=204,
    query=(
        Parameter("entryId", "The journey", UUID, required=True),
        Parameter("userName", "Who is to stand in the audit log"),
    ),
    refuses=(404,),
)
SEVERAL: Final = About("Delete several journeys", Ids, status=204, refuses=(404,))
DEACTIVATE: Final = About("Deactivate several journeys", Ids, status=202, refuses=(404,))

ENTRY_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded(
        "DELETE",
        f"{BASE}/deleteentrybyref",
        entitled(DELETE, delete_by_reference),
        Lane.BULK,
        about=BY_REFERENCE,
    ),
    Guarded(
        "DELETE", f"{BASE}/deleteentrybyid", entitled(DELETE, delete_by_id), Lane.BULK, about=BY_ID
    ),
    Guarded(
        "POST",
        f"{BASE}/deletejourneyperson",
        entitled(DELETE, delete_persons),
        Lane.BULK,
        about=SEVERAL,
    ),
    Guarded(
        "POST",
        f"{BASE}/DeactivateEntries",
        entitled(DELETE, deactivate),
        Lane.STORE,
        about=DEACTIVATE,
    ),
)
