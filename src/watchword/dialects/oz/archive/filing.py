"""Making folders and adding to them: each in one unit of work, or not at all.

Rules of this file:

1. Rights are judged before anything is sealed, and what they were judged by is looked at again in
   the unit of work: a folder may have gone while its media were on their way.
2. Content is sealed outside of any unit of work. What never comes to a commit is swept by the core.
3. An analysis that an engine has to be asked about is stored together with the job that asks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from watchword.core.access import Principal
from watchword.core.blobs import Blob
from watchword.core.errors import NotFoundError
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.subjects import printable
from watchword.dialects.oz.archive.bookkeeping import audit, note_blobs, require_open, seal
from watchword.dialects.oz.archive.collections.keeping import COLLECTIONS
from watchword.dialects.oz.archive.drafts import AnalysisDraft, FolderDraft, MediaDraft
from watchword.dialects.oz.archive.judging import judge_at_once
from watchword.dialects.oz.archive.keeping import FOLDERS, MEDIA, add_to_folder
from watchword.dialects.oz.archive.notifying import announce
from watchword.dialects.oz.archive.reach import Caller, require_record, see_record
from watchword.dialects.oz.archive.records import Analysis, Folder, Media, State
from watchword.dialects.oz.archive.statuses import FolderStatus, SystemResolution
from watchword.dialects.oz.profile import company_of, profile_of
from watchword.dialects.oz.rights import Action, require_flags
from watchword.dialects.oz.settings import Settings
from watchword.web.errors import BodyTooLargeError
from watchword.web.operation import Desk

__all__ = ["ANALYSE", "AnalyseJob", "Filed", "add_media", "make_folder", "start_analyses"]

ANALYSE: Final = "oz.analyse"
"""The kind of job that asks an engine."""

# Chosen: lists inside a folder are not paged, so a folder must not grow without end.
MOST_IN_FOLDER: Final = 500


class AnalyseJob(msgspec.Struct, frozen=True):
    """What a job of that kind is about."""

    analysis_id: UUID


@dataclass(frozen=True, slots=True)
class Filed:
    """A folder, and what was just put into it."""

    folder: Folder
    media: Sequence[Media] = ()
    analyses: Sequence[Analysis] = ()


def make_folder(
    desk: Desk[Settings], caller: Caller, draft: FolderDraft, asking: timedelta
) -> Filed:
    """Make a folder with all that is to be in it, in one unit of work.

    Its engines are asked by the caller, within ``asking``; after that a job does it. Raises
    `ForbiddenError`, `TenantClosedError` or `NotFoundError`.
    """
    if draft.analyses is not None:
        require_flags(caller.principal, (each.type for each in draft.analyses))
    now = desk.core.clock()
    folder = _new_folder(desk, caller.principal, draft, now)
    media = [
        _new_medium(folder, each, blob, now)
        for each, blob in seal(desk.core, folder.key, draft.media)
    ]
    by_name = {each.part.name: medium for each, medium in zip(draft.media, media, strict=True)}
    with desk.core.storage.write() as transaction:
        require_open(transaction, folder.company_id)
        note_blobs(transaction, media)
        said = {"folder": folder.id, "media": len(media)}
        audit(transaction, caller, "folder.create", now, said)
        started = _Start(desk.settings, caller.principal, folder, media, by_name, now)
        started.require_collections(transaction, draft.analyses or ())
        analyses = [started.one(each) for each in draft.analyses or ()]
        _hire(transaction, analyses, now + asking)
        _audit_started(transaction, caller, folder, analyses)
        folder = add_to_folder(transaction, folder, now, media=media, analyses=analyses)
        if analyses:
            announce(transaction, folder, now)
    return Filed(folder, media, analyses)


def add_media(
    desk: Desk[Settings],
    caller: Caller,
    folder_id: UUID,
    read: Callable[[], Sequence[MediaDraft]],
) -> Filed:
    """Add files to a folder; they are read once it is found.

    Raises `ForbiddenError`, `NotFoundError`, `BodyTooLargeError`, and what ``read`` does.
    """
    with desk.core.storage.read() as transaction:
        folder = _require_folder(transaction, caller.principal, Action.FOLDER_CREATE, folder_id)
    now = desk.core.clock()
    sealed = seal(desk.core, folder.key, read())
    media = [_new_medium(folder, each, blob, now) for each, blob in sealed]
    with desk.core.storage.write() as transaction:
        folder = _require_folder(transaction, caller.principal, Action.FOLDER_CREATE, folder_id)
        _require_space(folder.media, media)
        note_blobs(transaction, media)
        said = {"folder": folder.id, "media": len(media)}
        audit(transaction, caller, "media.add", now, said)
        folder = add_to_folder(transaction, folder, now, media=media)
    return Filed(folder, media)


def start_analyses(
    desk: Desk[Settings],
    caller: Caller,
    folder_id: UUID,
    drafts: Sequence[AnalysisDraft],
    endpoint: str = "",
) -> Filed:
    """Start analyses in a folder, all or none; an ``endpoint`` takes the place of an earlier one.

    Raises `ForbiddenError`, `NotFoundError` or `BodyTooLargeError`.
    """
    require_flags(caller.principal, (each.type for each in drafts))
    now = desk.core.clock()
    with desk.core.storage.write() as transaction:
        folder = _require_folder(transaction, caller.principal, Action.ANALYSIS_START, folder_id)
        _require_space(folder.analyses, drafts)
        media = MEDIA.find_many(transaction, folder.media)
        started = _Start(desk.settings, caller.principal, folder, media, {}, now)
        started.require_collections(transaction, drafts)
        analyses = [started.one(each) for each in drafts]
        _hire(transaction, analyses, now)
        _audit_started(transaction, caller, folder, analyses)
        wanted = endpoint or folder.resolution_endpoint
        folder = msgspec.structs.replace(folder, resolution_endpoint=wanted)
        folder = add_to_folder(transaction, folder, now, analyses=analyses)
        announce(transaction, folder, now)
    return Filed(folder, analyses=analyses)


@dataclass(frozen=True, slots=True)
class _Start:
    """What every analysis that is started in one go has in common."""

    settings: Settings
    principal: Principal
    folder: Folder
    media: Sequence[Media]
    by_name: Mapping[str, Media]
    now: datetime

    def require_collections(
        self, transaction: Transaction, drafts: Iterable[AnalysisDraft]
    ) -> None:
        """Require that whatever is to be looked through may be: by the caller, and for the folder.

        Raises `NotFoundError`.
        """
        named = {each.collection_id for each in drafts if each.collection_id is not None}
        for collection_id in named:
            sight = Action.COLLECTION_READ
            found = see_record(transaction, self.principal, COLLECTIONS, collection_id, sight)
            if self.folder.company_id not in {None, found.company_id}:
                raise NotFoundError(COLLECTIONS.name)

    def one(self, draft: AnalysisDraft) -> Analysis:
        """Return a new analysis. Raises `NotFoundError` for media that are not there, or none."""
        media = {medium.id: medium for medium in self._sources(draft)}
        if not media:
            raise NotFoundError(MEDIA.name)
        analysis = Analysis(
            id=uuid4(),
            owner_id=self.folder.owner_id,
            company_id=self.folder.company_id,
            created_at=self.now,
            modified_at=self.now,
            meta_data=draft.meta_data,
            folder_id=self.folder.id,
            type=draft.type,
            source_media=tuple(media),
            params=draft.params,
            collection_id=draft.collection_id,
            asked_by=self.principal.subject.id,
        )
        return judge_at_once(analysis, self.settings.engines.get(draft.type), media, self.now)

    def _sources(self, draft: AnalysisDraft) -> Iterable[Media]:
        """Find the media that a draft names: by id, or by part in the request that brings them."""
        if draft.sources is None:
            return self.media
        known = {str(medium.id): medium for medium in self.media} | dict(self.by_name)
        try:
            return [known.get(each) or known[each.strip().lower()] for each in draft.sources]
        except KeyError as error:
            raise NotFoundError(MEDIA.name) from error


def _new_folder(
    desk: Desk[Settings], principal: Principal, draft: FolderDraft, now: datetime
) -> Folder:
    return Folder(
        id=uuid4(),
        owner_id=principal.subject.id,
        company_id=company_of(principal.subject, profile_of(principal.profile)),
        created_at=now,
        modified_at=now,
        meta_data=draft.meta_data,
        key=desk.core.vault.new_key(),
        resolution_status=FolderStatus.INITIAL,
        system_resolution=SystemResolution.INITIAL,
        resolution_endpoint=draft.endpoint,
    )


def _new_medium(folder: Folder, draft: MediaDraft, blob: Blob, now: datetime) -> Media:
    return Media(
        id=uuid4(),
        owner_id=folder.owner_id,
        company_id=folder.company_id,
        created_at=now,
        modified_at=now,
        meta_data=draft.meta_data,
        folder_id=folder.id,
        media_type=draft.media_type,
        content_type=draft.content_type,
        original_name=printable(draft.part.file_name or ""),
        tags=draft.tags,
        blob_id=blob.id,
        size=blob.size,
        sha256=blob.sha256,
    )


def _require_folder(
    transaction: Transaction, principal: Principal, action: Action, folder_id: UUID
) -> Folder:
    folder = require_record(transaction, principal, action, FOLDERS, folder_id)
    require_open(transaction, folder.company_id)
    return folder


def _require_space(present: Sequence[object], more: Sequence[object]) -> None:
    if len(present) + len(more) > MOST_IN_FOLDER:
        raise BodyTooLargeError(MOST_IN_FOLDER)


def _hire(transaction: Transaction, analyses: Sequence[Analysis], due_at: datetime) -> None:
    """Store a job for each analysis that an engine has to be asked about."""
    for analysis in analyses:
        if analysis.state is State.PROCESSING:
            document = msgspec.json.encode(AnalyseJob(analysis.id))
            transaction.jobs.add(Job(ANALYSE, document, due_at))


def _audit_started(
    transaction: Transaction, caller: Caller, folder: Folder, analyses: Sequence[Analysis]
) -> None:
    for analysis in analyses:
        said = {"folder": folder.id, "analysis": analysis.id, "type": analysis.type}
        audit(transaction, caller, "analysis.start", analysis.created_at, said)
