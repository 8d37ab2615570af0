"""Media: adding files to a folder, showing, tagging and removing them (wire contract Oz 8)."""

from functools import partial
from typing import Final

from watchword.core.access import Principal
from watchword.dialects.oz.archive.addresses import origin_of
from watchword.dialects.oz.archive.changing import change_tags
from watchword.dialects.oz.archive.drafts import longest_upload, read_media, read_tags
from watchword.dialects.oz.archive.filing import add_media
from watchword.dialects.oz.archive.keeping import FOLDERS, MEDIA
from watchword.dialects.oz.archive.reach import Caller, see_record
from watchword.dialects.oz.archive.removing import remove_medium
from watchword.dialects.oz.archive.schemas import MediaBody, MediaForm, TagsRequest
from watchword.dialects.oz.archive.showing import LISTED_MEDIA, list_within
from watchword.dialects.oz.archive.translate import to_media, to_medium
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.reading import read_body, read_id
from watchword.dialects.oz.replies import file_reply, json_reply, no_content
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.settings import Settings
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["MEDIA_OPERATIONS"]


def upload_media(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/folders/{folder_id}/media/``."""
    require(principal, Action.FOLDER_CREATE)
    folder_id, read = read_id(request, "folder_id"), partial(read_media, request, desk.settings)
    filed = add_media(desk, Caller(principal, request.address), folder_id, read)
    return json_reply(201, to_media(filed.media, origin_of(desk, request)))


def list_media(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/folders/{folder_id}/media/``: a bare array (*chosen*, 1.5)."""
    require(principal, Action.FOLDER_READ)
    folder_id = read_id(request, "folder_id")
    with desk.core.storage.read() as transaction:
        folder = see_record(transaction, principal, FOLDERS, folder_id)
        inside = (folder.id, folder.media)
        media = list_within(transaction, request, LISTED_MEDIA, MEDIA, inside)
    return json_reply(200, to_media(media, origin_of(desk, request)))


def show_medium(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/media/{media_id}``."""
    require(principal, Action.FOLDER_READ)
    with desk.core.storage.read() as transaction:
        medium = see_record(transaction, principal, MEDIA, read_id(request, "media_id"))
    return json_reply(200, to_medium(medium, origin_of(desk, request)))


def show_original(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/media/{media_id}/original``: the file itself, for saving and not for showing."""
    require(principal, Action.FOLDER_READ)
    with desk.core.storage.read() as transaction:
        medium = see_record(transaction, principal, MEDIA, read_id(request, "media_id"))
        key = FOLDERS.get(transaction, medium.folder_id).key
    content = desk.core.vault.get(key, medium.blob_id)
    return file_reply(content, medium.content_type)


def tag_medium(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /api/media/{media_id}``: other tags, and nothing else."""
    require(principal, Action.FOLDER_CREATE)
    media_id, tags = read_id(request, "media_id"), read_tags(read_body(request))
    medium = change_tags(desk.core, Caller(principal, request.address), media_id, tags)
    return json_reply(200, to_medium(medium, origin_of(desk, request)))


def delete_medium(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /api/media/{media_id}``."""
    require(principal, Action.FOLDER_DELETE)
    remove_medium(desk.core, Caller(principal, request.address), read_id(request, "media_id"))
    return no_content()


FORM: Final = "multipart/form-data"

UPLOAD: Final = About("Add files to a folder", MediaForm, list[MediaBody], 201, media=FORM)
LIST: Final = About("List a folder's files", gives=list[MediaBody], query=list_query(LISTED_MEDIA))
SHOW: Final = About("Show what is known of a file", gives=MediaBody)
ORIGINAL: Final = About("Give a file as it was uploaded")
TAG: Final = About("Give a file other tags", TagsRequest, MediaBody)
DELETE: Final = About("Remove a file", status=204)

OF_FOLDER: Final = "/api/folders/{folder_id}/media"
ONE: Final = "/api/media/{media_id}"

MEDIA_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", OF_FOLDER, upload_media, Lane.BULK, longest_upload, about=UPLOAD),
    Guarded("GET", OF_FOLDER, list_media, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show_medium, Lane.STORE, about=SHOW),
    Guarded("GET", f"{ONE}/original", show_original, Lane.BULK, about=ORIGINAL),
    Guarded("PATCH", ONE, tag_medium, Lane.STORE, about=TAG),
    Guarded("DELETE", ONE, delete_medium, Lane.STORE, about=DELETE),
)
