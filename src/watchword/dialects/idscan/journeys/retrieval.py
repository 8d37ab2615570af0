"""The calls of the area ``investigation`` that read (wire contract IDscan 2.2, 2.3 and 2.4)."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.access import Principal
from watchword.core.core import Core
from watchword.core.errors import NotFoundError
from watchword.core.ports import Transaction
from watchword.dialects.idscan.bodies import Binary, Ids, Search
from watchword.dialects.idscan.form import read_form
from watchword.dialects.idscan.items import turned
from watchword.dialects.idscan.journeys.criteria import (
    Criteria,
    read_criteria,
    read_search_request,
)
from watchword.dialects.idscan.journeys.exporting import to_csv, to_reports
from watchword.dialects.idscan.journeys.formats import CONTENT_TYPES
from watchword.dialects.idscan.journeys.keeping import find_by_facet, find_journeys
from watchword.dialects.idscan.journeys.reach import Caller, audit, caller_of, see_journey
from watchword.dialects.idscan.journeys.records import JOURNEY, Image, Journey
from watchword.dialects.idscan.journeys.schemas import (
    JourneyResponse,
    SearchResponse,
    ValidationResponse,
)
from watchword.dialects.idscan.journeys.translate import to_entry, to_journey, to_validation
from watchword.dialects.idscan.members import guids, parse_guid
from watchword.dialects.idscan.replies import NO_CACHE, api_reply
from watchword.dialects.idscan.rights import INVESTIGATE, Permission, entitled, may
from watchword.dialects.idscan.settings import Settings
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["RETRIEVAL_OPERATIONS"]

MOST_EXPORTED: Final = 10_000
"""*Chosen*: more is refused, as the vendor's server does with a period that is too long (2.3)."""
MOST_REPORTS: Final = 15
LARGEST_EXPORT: Final = 268_435_456
"""Bytes of journeys in an export (*chosen*): to read them takes a second from everybody else."""
LARGEST_LIST: Final = 33_554_432
"""Bytes of journeys in one page of a list (*chosen*): they are all in memory at once."""


class LostImageError(Exception):
    """A record tells of an image that the vault does not have: a fault, to be told in the log."""


def show_journey(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET Journey/Get``."""
    caller, journey_id = caller_of(desk, request, principal), _asked_id(request, "journeyid")
    with desk.core.storage.read() as transaction:
        journey = see_journey(transaction, caller, journey_id)
    return api_reply(200, _shown(desk, request, principal, journey))


def show_image(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET Journey/GetImage``: byte for byte as it was uploaded."""
    caller, scan_id = caller_of(desk, request, principal), _asked_id(request, "id")
    role = read_form(request.query).get("role", "")
    find = partial(_find_image, desk.core, caller, scan_id, role)
    journey, image = find()
    try:
        content = desk.core.vault.get(journey.key, image.blob_id)
    except NotFoundError:
        find()  # not there either: it was deleted meanwhile
        raise LostImageError(image.blob_id) from None
    content_type = CONTENT_TYPES[image.format].encode()
    return Reply(200, content, (*FILE, (b"content-type", content_type)))


def export_entries(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET Search/ExportEntries``: all that is found, as CSV."""
    caller, criteria = caller_of(desk, request, principal), read_search_request(request.query)
    cross_checks = turned(desk.core, caller.tenant_id).cross_checks
    with desk.core.storage.read() as transaction:
        keys = _search_all(transaction, caller, criteria)
        journeys = find_journeys(transaction, keys, LARGEST_EXPORT)
        table = to_csv(journeys, criteria.names, cross_checks=cross_checks)
    _note(desk.core, caller, "journey.export", len(keys))
    return Reply(200, table, CSV)


def list_entries(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET`` or ``POST Search/Entries``: a page of what is found. *Chosen*: our addition."""
    caller = caller_of(desk, request, principal)
    by_body = request.method == "POST"
    criteria = read_criteria(request.body) if by_body else read_search_request(request.query)
    with desk.core.storage.read() as transaction:
        query = criteria.query(caller, criteria.count, offset=criteria.start)
        page = transaction.index.search(query)
        journeys = list(find_journeys(transaction, page.keys, LARGEST_LIST))
    cross_checks = turned(desk.core, caller.tenant_id).cross_checks
    entries = tuple(to_entry(journey, cross_checks=cross_checks) for journey in journeys)
    return api_reply(200, SearchResponse(total_count=page.total or 0, entries=entries))


def show_validation(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET Search/GetEvaluatedPersonEntryValidationResults``."""
    caller, journey_id = caller_of(desk, request, principal), _asked_id(request, "id")
    with desk.core.storage.read() as transaction:
        journey = see_journey(transaction, caller, journey_id)
    today, technical = desk.core.clock().date(), may(principal, Permission.METADATA)
    checks = turned(desk.core, caller.tenant_id).cross_checks
    shown = to_validation(journey, today, cross_checks=checks, with_technical=technical)
    return api_reply(200, shown)


def export_reports(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET reporting/ExportJourneyReports``: an archive of journeys, all or none."""
    caller, ids = caller_of(desk, request, principal), _asked_ids(request)
    with desk.core.storage.read() as transaction:
        journeys = [see_journey(transaction, caller, each) for each in ids]
    _note(desk.core, caller, "journey.report", len(journeys))
    reports = ((each.reference, _shown(desk, request, principal, each)) for each in journeys)
    return Reply(200, to_reports(reports), ARCHIVE)


def _shown(
    desk: Desk[Settings], request: Request, principal: Principal, journey: Journey
) -> JourneyResponse:
    technical = may(principal, Permission.METADATA)
    return to_journey(journey, _base(desk, request), with_technical=technical)


def _base(desk: Desk[Settings], request: Request) -> str:
    """Return what stands before the paths of images: as set, else as the caller itself wrote it."""
    return desk.settings.public_url.rstrip("/") or request.origin


def _find_image(core: Core, caller: Caller, scan_id: UUID, role: str) -> tuple[Journey, Image]:
    """Return an image with its journey. Raises `NotFoundError`."""
    with core.storage.read() as transaction:
        journey = find_by_facet(transaction, caller.tenant_id, "scan", str(scan_id))
    scan = None if journey is None else journey.scan(scan_id)
    if journey is None or scan is None or not journey.active or not caller.touches(journey.id):
        raise NotFoundError(JOURNEY)
    images = {image.role.lower(): image for image in (*scan.images, *scan.outputs)}
    if role.lower() not in images:
        raise NotFoundError("image")
    return journey, images[role.lower()]


def _search_all(transaction: Transaction, caller: Caller, criteria: Criteria) -> Sequence[str]:
    """Return the keys of all that is found. Raises `BadFieldError` if that is too much."""
    page = transaction.index.search(criteria.query(caller, MOST_EXPORTED))
    if (page.total or 0) > MOST_EXPORTED:
        raise BadFieldError("searchrequest", FieldFault.TOO_LONG, str(MOST_EXPORTED))
    return page.keys


def _note(core: Core, caller: Caller, action: str, journeys: int) -> None:
    with core.storage.write() as transaction:
        audit(transaction, caller, action, core.clock(), {"journeys": journeys})


def _asked_id(request: Request, name: str) -> UUID:
    found = parse_guid(read_form(request.query).get(name, ""))
    if found is None:
        raise BadFieldError(name, FieldFault.BAD_VALUE)
    return found


def _asked_ids(request: Request) -> Sequence[UUID]:
    text = read_form(request.query).get("evaluatedpersonentryids", "")
    try:
        listed = msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=list[str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFieldError("evaluatedPersonEntryIds", FieldFault.BAD_VALUE) from error
    return guids(listed, most=MOST_REPORTS)


# Whatever the file is, no browser is to run it as a page of ours.
FILE: Final = (
    *NO_CACHE,
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
)
CSV: Final = (
    *NO_CACHE,
    (b"content-type", b"text/csv; charset=utf-8"),
    (b"content-disposition", b'attachment; filename="entries.csv"'),
    (b"x-content-type-options", b"nosniff"),
)
ARCHIVE: Final = (
    *NO_CACHE,
    (b"content-type", b"application/zip"),
    (b"content-disposition", b'attachment; filename="reports.zip"'),
    (b"x-content-type-options", b"nosniff"),
)

BASE: Final = "/idscanenterprisesvc"
VALIDATION: Final = f"{BASE}/Search/GetEvaluatedPersonEntryValidationResults"
REPORTS: Final = f"{BASE}/reporting/ExportJourneyReports"

_list = entitled(INVESTIGATE, list_entries)

WANTED: Final = Parameter("searchrequest", "What to look for", Search, media="application/json")
SHOW: Final = About(
    "Show a journey",
    gives=JourneyResponse,
    query=(Parameter("journeyID", "The journey", UUID, required=True),),
    refuses=(404,),
)
SHOW_IMAGE: Final = About(
    "Give an image as it was uploaded",
    gives=Binary,
    answers=tuple(CONTENT_TYPES.values()),
    query=(
        Parameter("id", "The scan that it belongs to", UUID, required=True),
        Parameter("role", "Which of its images", required=True),
    ),
    refuses=(404,),
)
EXPORT: Final = About(
    "Export the journeys that are found", gives=Binary, answers=("text/csv",), query=(WANTED,)
)
LIST: Final = About("List the journeys that are found", gives=SearchResponse, query=(WANTED,))
LIST_BY_BODY: Final = About("List the journeys that are found", Search, SearchResponse)
VALIDATE: Final = About(
    "Show what was found of a journey",
    gives=ValidationResponse,
    query=(Parameter("id", "The journey", UUID, required=True),),
    refuses=(404,),
)
REPORT: Final = About(
    "Export journeys as an archive",
    gives=Binary,
    answers=("application/zip",),
    query=(
        Parameter(
            "evaluatedPersonEntryIds",
            "The journeys",
            Ids,
            required=True,
            media="application/json",
        ),
    ),
    refuses=(404,),
)

RETRIEVAL_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded(
        "GET", f"{BASE}/Journey/Get", entitled(INVESTIGATE, show_journey), Lane.STORE, about=SHOW
    ),
    Guarded(
        "GET",
        f"{BASE}/Journey/GetImage",
        entitled(INVESTIGATE, show_image),
        Lane.BULK,
        about=SHOW_IMAGE,
    ),
    Guarded(
        "GET",
        f"{BASE}/Search/ExportEntries",
        entitled(INVESTIGATE, export_entries),
        Lane.BULK,
        about=EXPORT,
    ),
    Guarded("GET", f"{BASE}/Search/Entries", _list, Lane.STORE, about=LIST),
    Guarded("POST", f"{BASE}/Search/Entries", _list, Lane.STORE, about=LIST_BY_BODY),
    Guarded("GET", VALIDATION, entitled(INVESTIGATE, show_validation), Lane.STORE, about=VALIDATE),
    Guarded("GET", REPORTS, entitled(INVESTIGATE, export_reports), Lane.BULK, about=REPORT),
)
