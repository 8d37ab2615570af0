"""Where folders, media and analyses are kept: as documents, with what lists need in the index.

Rules of this file:

1. A record and its entry in the index change in one unit of work, which is the caller's.
2. Nothing here asks who is calling.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar
from uuid import UUID

import msgspec

from watchword.core.errors import NotFoundError
from watchword.core.index import Facets
from watchword.core.ports import Transaction
from watchword.dialects.oz.allowance import Allowance, portions
from watchword.dialects.oz.archive.records import Analysis, Folder, Media, Record
from watchword.dialects.oz.archive.statuses import status_of, with_statuses
from watchword.dialects.oz.meta_data import facets_of
from watchword.dialects.oz.settings import AUDIENCE

__all__ = [
    "ANALYSES",
    "FOLDERS",
    "MEDIA",
    "Kind",
    "R",
    "add_to_folder",
    "refresh",
    "strike_from_folder",
]

R = TypeVar("R", bound=Record)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """One kind of record. ``name`` is also what a refusal calls it.

    ``facets`` are what the index is told beside what it is told of any record; None where nobody
    looks for records of this kind.
    """

    name: str
    record: type[R]
    facets: Callable[[R], Facets] | None
    _decoder: msgspec.json.Decoder[R] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the decoder once."""
        object.__setattr__(self, "_decoder", msgspec.json.Decoder(self.record))

    @property
    def collection(self) -> str:
        """Where the index has it."""
        return f"{AUDIENCE}/{self.name}"

    def find(self, transaction: Transaction, record_id: UUID) -> R | None:
        """Return the record or None."""
        document = transaction.documents.find(AUDIENCE, self.name, str(record_id))
        return None if document is None else self._decoder.decode(document)

    def get(self, transaction: Transaction, record_id: UUID) -> R:
        """Return the record. Raises `NotFoundError`."""
        found = self.find(transaction, record_id)
        if found is None:
            raise NotFoundError(self.name)
        return found

    def find_many(
        self,
        transaction: Transaction,
        ids: Iterable[UUID | str],
        allowance: Allowance | None = None,
    ) -> Sequence[R]:
        """Return those of the records that exist, in the order of their ids given.

        Raises `BadFieldError` where an answer's allowance does not reach.
        """
        records: list[R] = []
        for keys in portions([str(each) for each in ids]):
            found = transaction.documents.find_many(AUDIENCE, self.name, keys)
            if allowance is not None:
                allowance.spend(sum(map(len, found.values())))
            records += [self._decoder.decode(found[key]) for key in keys if key in found]
        return records

    def put(self, transaction: Transaction, record: R) -> None:
        """Set or replace the record."""
        transaction.documents.put(AUDIENCE, self.name, str(record.id), _encode(record))
        if self.facets is not None:
            facets = {**facets_of(record.meta_data), **_of_any(record), **self.facets(record)}
            transaction.index.put(self.collection, str(record.id), facets)

    def remove(self, transaction: Transaction, record: R) -> None:
        """Remove the record. Raises `NotFoundError`."""
        transaction.documents.remove(AUDIENCE, self.name, str(record.id))
        if self.facets is not None:
            transaction.index.remove(self.collection, str(record.id))


def _of_any(record: Record) -> Facets:
    return {
        "id": str(record.id),
        "user_id": str(record.owner_id),
        "company_id": None if record.company_id is None else str(record.company_id),
        "time_created": (record.created_at - EPOCH) // MICROSECOND,
        "time_updated": (record.modified_at - EPOCH) // MICROSECOND,
    }


def _of_folder(folder: Folder) -> Facets:
    return {
        "resolution_status": folder.resolution_status,
        "system_resolution": folder.system_resolution,
    }


def _of_media(media: Media) -> Facets:
    return {"folder_id": str(media.folder_id), "media_type": media.media_type, "tags": media.tags}


def _of_analysis(analysis: Analysis) -> Facets:
    return {
        "folder_id": str(analysis.folder_id),
        "type": analysis.type,
        "state": analysis.state,
        "resolution_status": status_of(analysis),
    }


FOLDERS: Final = Kind("folder", Folder, _of_folder)
MEDIA: Final = Kind("media", Media, _of_media)
ANALYSES: Final = Kind("analysis", Analysis, _of_analysis)


def add_to_folder(
    transaction: Transaction,
    folder: Folder,
    now: datetime,
    *,
    media: Sequence[Media] = (),
    analyses: Sequence[Analysis] = (),
) -> Folder:
    """Put new media and analyses, and the folder that they now belong to. Returns it."""
    for item in media:
        MEDIA.put(transaction, item)
    for analysis in analyses:
        ANALYSES.put(transaction, analysis)
    grown = msgspec.structs.replace(
        folder,
        media=(*folder.media, *(item.id for item in media)),
        analyses=(*folder.analyses, *(analysis.id for analysis in analyses)),
    )
    return refresh(transaction, grown, now)


def strike_from_folder(
    transaction: Transaction, folder: Folder, gone: Record, now: datetime
) -> None:
    """Put a folder that a media or an analysis no longer belongs to."""
    left = msgspec.structs.replace(
        folder,
        media=tuple(each for each in folder.media if each != gone.id),
        analyses=tuple(each for each in folder.analyses if each != gone.id),
    )
    refresh(transaction, left, now)


def refresh(transaction: Transaction, folder: Folder, now: datetime) -> Folder:
    """Put a folder with the statuses that follow from its analyses as they are. Returns it."""
    analyses = ANALYSES.find_many(transaction, folder.analyses)
    changed = msgspec.structs.replace(with_statuses(folder, analyses), modified_at=now)
    FOLDERS.put(transaction, changed)
    return changed
