"""``/api/folders/``: making, showing, listing and removing folders (wire contract Oz 8)."""

from dataclasses import replace
from typing import Annotated, Final

from msgspec import Meta

from watchword.core.access import Principal
from watchword.dialects.oz.allowance import Allowance
from watchword.dialects.oz.archive.addresses import origin_of
from watchword.dialects.oz.archive.containers import CONTENT_TYPE
from watchword.dialects.oz.archive.drafts import longest_upload, read_folder
from watchword.dialects.oz.archive.filing import make_folder
from watchword.dialects.oz.archive.keeping import FOLDERS
from watchword.dialects.oz.archive.reach import Caller, see_record
from watchword.dialects.oz.archive.records import Folder
from watchword.dialects.oz.archive.removing import remove_folder
from watchword.dialects.oz.archive.running import asking_time, try_now
from watchword.dialects.oz.archive.schemas import FolderBody, FolderPage, folder_form
from watchword.dialects.oz.archive.showing import LISTED_FOLDERS, show_folders
from watchword.dialects.oz.columns import FLAG
from watchword.dialects.oz.lists import read_flag, read_list, search, to_page, within
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.reading import read_id
from watchword.dialects.oz.replies import json_reply, no_content
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.settings import Settings, is_api_5, is_api_6
from watchword.web.about import About, Parameter
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["FOLDERS_OPERATIONS"]


def add_folder(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/folders/``: with media, and in API 6 with analyses, which are waited for."""
    require(principal, Action.FOLDER_CREATE)
    draft = read_folder(request, desk.settings)
    asked = draft.analyses or ()
    asking = asking_time(desk.settings, (each.type for each in asked))
    filed = make_folder(desk, Caller(principal, request.address), draft, asking)
    try_now(desk, filed.analyses)
    shown = _look(desk, filed.folder, origin_of(desk, request), analyses=draft.analyses is not None)
    return json_reply(201, shown)


def show_folder(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/folders/{folder_id}``."""
    require(principal, Action.FOLDER_READ)
    folder_id, analyses = read_id(request, "folder_id"), read_flag(request, WITH_ANALYSES.name)
    origin = origin_of(desk, request)
    with desk.core.storage.read() as transaction:
        folder = see_record(transaction, principal, FOLDERS, folder_id)
        [body] = show_folders(transaction, [folder], origin, analyses=analyses)
    return json_reply(200, body)


def list_folders(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/folders/``: those that the caller may see."""
    reach = require(principal, Action.FOLDER_READ)
    asked = read_list(request, LISTED_FOLDERS, within(principal, reach, "user_id", "company_id"))
    analyses, origin = read_flag(request, WITH_ANALYSES.name), origin_of(desk, request)
    with desk.core.storage.read() as transaction:
        page, left = search(transaction, asked), Allowance()
        folders = FOLDERS.find_many(transaction, page.keys, left)
        shown = show_folders(transaction, folders, origin, analyses=analyses, allowance=left)
    return json_reply(200, to_page(asked, page, shown))


def delete_folder(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /api/folders/{folder_id}``: with all that is in it."""
    require(principal, Action.FOLDER_DELETE)
    remove_folder(desk.core, Caller(principal, request.address), read_id(request, "folder_id"))
    return no_content()


def _look(desk: Desk[Settings], folder: Folder, origin: str, *, analyses: bool) -> FolderBody:
    """Show a folder as it is now; as it was made, if somebody has removed it since."""
    with desk.core.storage.read() as transaction:
        current = FOLDERS.find(transaction, folder.id) or folder
        return show_folders(transaction, [current], origin, analyses=analyses)[0]


WITH_ANALYSES: Final = Parameter(
    "with_analyses", "Show analyses too", Annotated[str, Meta(pattern=f"^{FLAG}$")]
)
FORM: Final = "multipart/form-data"

ADD: Final = About("Make a folder", folder_form, FolderBody, 201, refuses=(404,), media=FORM)
ADD_OR_KEEP: Final = replace(ADD, unread=(CONTENT_TYPE,))
LIST: Final = About(
    "List folders", gives=FolderPage, query=(*list_query(LISTED_FOLDERS), WITH_ANALYSES)
)
SHOW: Final = About("Show a folder", gives=FolderBody, query=(WITH_ANALYSES,))
DELETE: Final = About("Remove a folder with all that is in it", status=204)

ALL: Final = "/api/folders"
ONE: Final = "/api/folders/{folder_id}"

FOLDERS_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", ALL, add_folder, Lane.BULK, longest_upload, about=ADD, when=is_api_5),
    Guarded("POST", ALL, add_folder, Lane.BULK, longest_upload, about=ADD_OR_KEEP, when=is_api_6),
    Guarded("GET", ALL, list_folders, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show_folder, Lane.STORE, about=SHOW),
    Guarded("DELETE", ONE, delete_folder, Lane.STORE, about=DELETE),
)
