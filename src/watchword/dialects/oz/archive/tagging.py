"""``…/meta_data`` of folders, media and analyses (wire contract Oz 8)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic

from watchword.core.access import Principal
from watchword.core.ports import Transaction
from watchword.dialects.oz.archive.changing import change_meta_data
from watchword.dialects.oz.archive.keeping import ANALYSES, FOLDERS, MEDIA, Kind, R
from watchword.dialects.oz.archive.reach import Caller, require_record, see_record
from watchword.dialects.oz.meta_data import MetaData
from watchword.dialects.oz.reading import read_id
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.settings import Settings
from watchword.dialects.oz.tagging import Tagged, operations_of
from watchword.web.messages import Request
from watchword.web.operation import Desk, Operation

__all__ = ["ARCHIVE_META_DATA"]


@dataclass(frozen=True, slots=True)
class _Keeper(Generic[R]):
    """The meta data of one kind of record. ``name`` is its id's in the path."""

    kind: Kind[R]
    name: str

    def see(self, desk: Desk[Settings], request: Request, principal: Principal) -> MetaData:
        require(principal, Action.FOLDER_READ)
        record_id = read_id(request, self.name)
        with desk.core.storage.read() as transaction:
            return see_record(transaction, principal, self.kind, record_id).meta_data

    def change(
        self,
        desk: Desk[Settings],
        request: Request,
        principal: Principal,
        change: Callable[[MetaData], MetaData],
    ) -> MetaData:
        require(principal, Action.FOLDER_CREATE)
        record_id, caller = read_id(request, self.name), Caller(principal, request.address)

        def find(transaction: Transaction) -> R:
            action = Action.FOLDER_CREATE
            return require_record(transaction, principal, action, self.kind, record_id)

        return change_meta_data(desk.core, caller, self.kind, find, change)


def _operations(path: str, kind: Kind[R], name: str, noun: str) -> tuple[Operation[Settings], ...]:
    keeper = _Keeper(kind, name)
    return operations_of(Tagged(path, noun, keeper.see, keeper.change))


ARCHIVE_META_DATA: Final[tuple[Operation[Settings], ...]] = (
    *_operations("/api/folders/{folder_id}", FOLDERS, "folder_id", "folder"),
    *_operations("/api/media/{media_id}", MEDIA, "media_id", "file"),
    *_operations("/api/analyses/{analyse_id}", ANALYSES, "analyse_id", "analysis"),
)
