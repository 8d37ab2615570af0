"""Removing media, analyses and folders, with the bytes that they stand for.

Rules of this file:

1. Records go first, in one unit of work, and with a folder its key: from then on its content cannot
   be read by anybody. The content itself goes after the commit.
2. Content whose removal was cut off is known to no ledger any more, so the core sweeps it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from watchword.core.audit import Entry
from watchword.core.blobs import BlobId
from watchword.core.core import Core
from watchword.core.index import Query, equals
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import TenantId
from watchword.dialects.oz.archive.bookkeeping import audit, forget
from watchword.dialects.oz.archive.keeping import (
    ANALYSES,
    FOLDERS,
    MEDIA,
    strike_from_folder,
)
from watchword.dialects.oz.archive.reach import Caller, require_record
from watchword.dialects.oz.archive.records import Folder
from watchword.dialects.oz.rights import Action
from watchword.dialects.oz.settings import AUDIENCE

__all__ = ["purge_company", "remove_analysis", "remove_folder", "remove_medium"]

BATCH: Final = 100


def remove_folder(core: Core, caller: Caller, folder_id: UUID) -> None:
    """Remove a folder with all that is in it. Raises `ForbiddenError` or `NotFoundError`."""
    now = core.clock()
    with core.storage.write() as transaction:
        folder = require_record(
            transaction, caller.principal, Action.FOLDER_DELETE, FOLDERS, folder_id
        )
        blobs = _remove(transaction, folder)
        said = {"folder": folder.id, "media": len(blobs)}
        audit(transaction, caller, "folder.remove", now, said)
    forget(core, blobs)


def remove_medium(core: Core, caller: Caller, media_id: UUID) -> None:
    """Remove one file. Raises `ForbiddenError` or `NotFoundError`."""
    now = core.clock()
    with core.storage.write() as transaction:
        medium = require_record(
            transaction, caller.principal, Action.FOLDER_DELETE, MEDIA, media_id
        )
        folder = FOLDERS.get(transaction, medium.folder_id)
        MEDIA.remove(transaction, medium)
        transaction.blobs.remove(medium.blob_id)
        strike_from_folder(transaction, folder, medium, now)
        said = {"folder": folder.id, "media": medium.id}
        audit(transaction, caller, "media.remove", now, said)
    forget(core, [medium.blob_id])


def remove_analysis(core: Core, caller: Caller, analysis_id: UUID) -> None:
    """Remove one analysis; what an engine says of it later is dropped.

    Raises `ForbiddenError` or `NotFoundError`.
    """
    now = core.clock()
    with core.storage.write() as transaction:
        analysis = require_record(
            transaction, caller.principal, Action.FOLDER_DELETE, ANALYSES, analysis_id
        )
        folder = FOLDERS.get(transaction, analysis.folder_id)
        ANALYSES.remove(transaction, analysis)
        strike_from_folder(transaction, folder, analysis, now)
        said = {"folder": folder.id, "analysis": analysis.id}
        audit(transaction, caller, "analysis.remove", now, said)


def purge_company(core: Core, company_id: TenantId) -> bool:
    """Remove some folders of a company, and say whether there may be more.

    May be cut off anywhere and done twice. No folder is made in a company that is being deleted,
    so there is an end.
    """
    query = Query(
        FOLDERS.collection, (equals("company_id", str(company_id)),), limit=BATCH, counted=False
    )
    with core.storage.read() as transaction:
        folders = FOLDERS.find_many(transaction, transaction.index.search(query).keys)
    for folder in folders:
        _purge(core, folder)
    return bool(folders)


def _purge(core: Core, folder: Folder) -> None:
    with core.storage.write() as transaction:
        current = FOLDERS.find(transaction, folder.id)
        if current is None:
            return
        blobs = _remove(transaction, current)
        record(transaction, _purged(current, core.clock()))
    forget(core, blobs)


def _remove(transaction: Transaction, folder: Folder) -> Sequence[BlobId]:
    """Remove a folder's records. Returns what is left to be forgotten."""
    media = MEDIA.find_many(transaction, folder.media)
    for medium in media:
        MEDIA.remove(transaction, medium)
        transaction.blobs.remove(medium.blob_id)
    for analysis in ANALYSES.find_many(transaction, folder.analyses):
        ANALYSES.remove(transaction, analysis)
    FOLDERS.remove(transaction, folder)
    return [medium.blob_id for medium in media]


def _purged(folder: Folder, now: datetime) -> Entry:
    return Entry(
        now,
        "folder.remove",
        "done",
        audience=AUDIENCE,
        tenant_id=folder.company_id,
        details={"folder": str(folder.id), "media": str(len(folder.media))},
    )
