"""Looking folders up and showing them, alone and in lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from watchword.core.index import Filter, equals
from watchword.core.ports import Transaction
from watchword.dialects.oz.allowance import Allowance
from watchword.dialects.oz.archive.keeping import ANALYSES, FOLDERS, MEDIA, Kind, R
from watchword.dialects.oz.archive.records import Folder, MediaType, State
from watchword.dialects.oz.archive.schemas import FolderBody
from watchword.dialects.oz.archive.statuses import AnalysisStatus, FolderStatus, SystemResolution
from watchword.dialects.oz.archive.translate import to_folder
from watchword.dialects.oz.columns import Column, member, moment, text, uuid
from watchword.dialects.oz.lists import NO_LIMIT, Listed, read_array
from watchword.dialects.oz.profile import AnalysisType
from watchword.web.messages import Request

__all__ = [
    "LISTED_ANALYSES",
    "LISTED_FOLDERS",
    "LISTED_MEDIA",
    "TIMES",
    "list_within",
    "show_folders",
]

TIMES: Final = {
    "time_created": Column("time_created", moment, ranged=True),
    "time_updated": Column("time_updated", moment, ranged=True),
}

# Documented are `resolution_status` and, of analyses, `analyse_id`, `type` and `state` (wire
# contract Oz 8); the others are chosen.
LISTED_FOLDERS: Final = Listed(
    FOLDERS.collection,
    {
        "folder_id": Column("id", uuid),
        "user_id": Column("user_id", uuid),
        "company_id": Column("company_id", uuid),
        "resolution_status": Column("resolution_status", member(FolderStatus, "status")),
        "system_resolution": Column("system_resolution", member(SystemResolution, "status")),
        **TIMES,
    },
    tagged=True,
)
LISTED_MEDIA: Final = Listed(
    MEDIA.collection,
    {
        "media_id": Column("id", uuid),
        "media_type": Column("media_type", member(MediaType, "media type")),
        "tags": Column("tags", text),
        **TIMES,
    },
    tagged=True,
)
LISTED_ANALYSES: Final = Listed(
    ANALYSES.collection,
    {
        "analyse_id": Column("id", uuid),
        "type": Column("type", member(AnalysisType, "analysis type")),
        "state": Column("state", member(State, "state")),
        "resolution_status": Column("resolution_status", member(AnalysisStatus, "status")),
        **TIMES,
    },
    tagged=True,
)


def show_folders(
    transaction: Transaction,
    folders: Sequence[Folder],
    origin: str,
    *,
    analyses: bool,
    allowance: Allowance | None = None,
) -> Sequence[FolderBody]:
    """Show folders with their media, and with their analyses if asked to, in two looks.

    Raises `BadFieldError` where an answer's allowance does not reach.
    """
    media = _of(transaction, MEDIA, (each.media for each in folders), allowance)
    asked = _of(transaction, ANALYSES, (each.analyses for each in folders if analyses), allowance)
    return [
        to_folder(
            folder,
            [media[each] for each in folder.media if each in media],
            [asked[each] for each in folder.analyses if each in asked] if analyses else None,
            origin,
        )
        for folder in folders
    ]


def list_within(
    transaction: Transaction,
    request: Request,
    listed: Listed,
    kind: Kind[R],
    folder: tuple[UUID, Sequence[UUID]],
) -> Sequence[R]:
    """Return what a request asks of the media or analyses in a folder, given by id and contents.

    Unless a limit is given there is none, since the answer has no room to tell of more; unless an
    order is given it is that in which they came. Raises `BadFieldError`.
    """
    folder_id, contents = folder
    own: tuple[Filter, ...] = (equals("folder_id", str(folder_id)),)
    asked = read_array(request, listed, own)
    query = replace(asked.query, offset=0, limit=None)
    keys = transaction.index.search(query).keys
    if not query.order:
        found = frozenset(keys)
        keys = [str(each) for each in contents if str(each) in found]
    first = asked.query.offset
    last = None if asked.limit == NO_LIMIT else first + asked.limit
    return kind.find_many(transaction, keys[first:last], Allowance())


def _of(
    transaction: Transaction,
    kind: Kind[R],
    contents: Iterable[Sequence[UUID]],
    allowance: Allowance | None,
) -> Mapping[UUID, R]:
    ids = [each for inside in contents for each in inside]
    return {found.id: found for found in kind.find_many(transaction, ids, allowance)}
