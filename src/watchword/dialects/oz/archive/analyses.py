"""Analyses: starting, showing, deciding and removing them (wire contract Oz 8)."""

from typing import Final

from watchword.core.access import Principal
from watchword.dialects.oz.archive.changing import decide
from watchword.dialects.oz.archive.drafts import read_analyses, read_decision, read_endpoint
from watchword.dialects.oz.archive.filing import start_analyses
from watchword.dialects.oz.archive.keeping import ANALYSES, FOLDERS
from watchword.dialects.oz.archive.reach import Caller, see_record
from watchword.dialects.oz.archive.removing import remove_analysis
from watchword.dialects.oz.archive.schemas import AnalysisBody, DecisionRequest, analyses_request
from watchword.dialects.oz.archive.showing import LISTED_ANALYSES, list_within
from watchword.dialects.oz.archive.translate import to_analyses, to_analysis
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.reading import read_body, read_id
from watchword.dialects.oz.replies import json_reply, no_content
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.settings import Settings
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["ANALYSES_OPERATIONS"]


def add_analyses(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/folders/{folder_id}/analyses/``: all or none of them."""
    require(principal, Action.ANALYSIS_START)
    folder_id, body = read_id(request, "folder_id"), read_body(request)
    drafts, endpoint = read_analyses(body), read_endpoint(body, desk.settings)
    filed = start_analyses(desk, Caller(principal, request.address), folder_id, drafts, endpoint)
    return json_reply(201, to_analyses(filed.analyses))


def list_analyses(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/folders/{folder_id}/analyses/``: a bare array (*chosen*, 1.5)."""
    require(principal, Action.FOLDER_READ)
    folder_id = read_id(request, "folder_id")
    with desk.core.storage.read() as transaction:
        folder = see_record(transaction, principal, FOLDERS, folder_id)
        inside = (folder.id, folder.analyses)
        analyses = list_within(transaction, request, LISTED_ANALYSES, ANALYSES, inside)
    return json_reply(200, to_analyses(analyses))


def show_analysis(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/analyses/{analyse_id}``: what clients poll."""
    require(principal, Action.FOLDER_READ)
    with desk.core.storage.read() as transaction:
        analysis = see_record(transaction, principal, ANALYSES, read_id(request, "analyse_id"))
    return json_reply(200, to_analysis(analysis))


def resolve_analysis(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /api/analyses/{analyse_id}``: an operator's decision (*chosen*, 6.2)."""
    require(principal, Action.ANALYSIS_RESOLVE)
    analysis_id, decision = read_id(request, "analyse_id"), read_decision(read_body(request))
    return json_reply(
        200,
        to_analysis(decide(desk.core, Caller(principal, request.address), analysis_id, decision)),
    )


def delete_analysis(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /api/analyses/{analyse_id}``."""
    require(principal, Action.FOLDER_DELETE)
    remove_analysis(desk.core, Caller(principal, request.address), read_id(request, "analyse_id"))
    return no_content()


START: Final = About("Start analyses", analyses_request, list[AnalysisBody], 201)
LIST: Final = About(
    "List a folder's analyses", gives=list[AnalysisBody], query=list_query(LISTED_ANALYSES)
)
SHOW: Final = About("Show an analysis", gives=AnalysisBody)
RESOLVE: Final = About("Decide what an engine left open", DecisionRequest, AnalysisBody)
DELETE: Final = About("Remove an analysis", status=204)

OF_FOLDER: Final = "/api/folders/{folder_id}/analyses"
ONE: Final = "/api/analyses/{analyse_id}"

ANALYSES_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", OF_FOLDER, add_analyses, Lane.STORE, about=START),
    Guarded("GET", OF_FOLDER, list_analyses, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show_analysis, Lane.STORE, about=SHOW),
    Guarded("PATCH", ONE, resolve_analysis, Lane.STORE, about=RESOLVE),
    Guarded("DELETE", ONE, delete_analysis, Lane.STORE, about=DELETE),
)
