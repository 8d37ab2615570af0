"""Changes to what is there: other tags, and an operator's decision (wire contract Oz 6.2, 8)."""

from uuid import UUID

import msgspec

from watchword.core.core import Core
from watchword.dialects.oz.archive.bookkeeping import audit
from watchword.dialects.oz.archive.keeping import ANALYSES, FOLDERS, MEDIA, refresh
from watchword.dialects.oz.archive.notifying import announce
from watchword.dialects.oz.archive.reach import Caller, require_record
from watchword.dialects.oz.archive.records import Analysis, Media
from watchword.dialects.oz.engines import Verdict
from watchword.dialects.oz.rights import Action
from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["change_tags", "decide"]


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
