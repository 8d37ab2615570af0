"""Changes to what is there: tags, meta data, an operator's decision (wire contract Oz 6.2, 8)."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from watchword.core.core import Core
from watchword.core.ports import Transaction
from watchword.dialects.oz.archive.bookkeeping import audit, require_open
from watchword.dialects.oz.archive.keeping import ANALYSES, FOLDERS, MEDIA, Kind, R, refresh
from watchword.dialects.oz.archive.notifying import announce
from watchword.dialects.oz.archive.reach import Caller, require_record
from watchword.dialects.oz.archive.records import Analysis, Media
from watchword.dialects.oz.engines import Verdict
from watchword.dialects.oz.meta_data import MetaData
from watchword.dialects.oz.rights import Action
from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["change_meta_data", "change_tags", "decide"]


def decide(core: Core, caller: Caller, analysis_id: UUID, decision: Verdict) -> Analysis:
    """Decide an analysis that its engine left to an operator; a decision may be thought over.

    Raises `ForbiddenError`, `NotFoundError`, or `BadFieldError` for an analysis that was not left
    to anybody (*chosen*).
    """
    now = core.clock()
    with core.storage.write() as transaction:
        action = Action.ANALYSIS_RESOLVE
        found = require_record(transaction, caller.principal, action, ANALYSES, analysis_id)
        if found.verdict is not Verdict.OPERATOR_REQUIRED:
            raise BadFieldError("resolution", FieldFault.BAD_VALUE)
        decided = msgspec.structs.replace(
            found, decision=decision, decided_by=caller.principal.subject.id, modified_at=now
        )
        ANALYSES.put(transaction, decided)
        folder = FOLDERS.get(transaction, found.folder_id)
        announce(transaction, refresh(transaction, folder, now), now)
        said = {"folder": found.folder_id, "analysis": found.id, "resolution": decision}
        audit(transaction, caller, "analysis.resolve", now, said)
    return decided


def change_tags(core: Core, caller: Caller, media_id: UUID, tags: tuple[str, ...]) -> Media:
    """Give a file other tags. Raises `ForbiddenError` or `NotFoundError`."""
    now = core.clock()
    with core.storage.write() as transaction:
        action = Action.FOLDER_CREATE
        found = require_record(transaction, caller.principal, action, MEDIA, media_id)
        changed = msgspec.structs.replace(found, tags=tags, modified_at=now)
        MEDIA.put(transaction, changed)
        said = {"folder": found.folder_id, "media": found.id, "fields": "tags"}
        audit(transaction, caller, "media.update", now, said)
    return changed


def change_meta_data(
    core: Core,
    caller: Caller,
    kind: Kind[R],
    find: Callable[[Transaction], R],
    change: Callable[[MetaData], MetaData],
) -> MetaData:
    """Make of a record's meta data what a function makes of them, and return that.

    ``find`` sees to the caller's rights; what it and ``change`` raise leaves all as it was. Raises
    `TenantClosedError` for what belongs to a company that is being deleted.
    """
    now = core.clock()
    with core.storage.write() as transaction:
        found = find(transaction)
        require_open(transaction, found.company_id)
        meta_data = dict(change(found.meta_data))
        kind.put(transaction, msgspec.structs.replace(found, meta_data=meta_data, modified_at=now))
        said = {kind.name: found.id, "fields": "meta_data"}
        audit(transaction, caller, f"{kind.name}.update", now, said)
    return meta_data
