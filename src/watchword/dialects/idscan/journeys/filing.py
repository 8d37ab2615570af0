"""Taking in an upload: in one unit of work, or not at all.

Rules of this file:

1. Images are sealed outside of any unit of work, under the journey's key. Where the journey turns
   out to be another one by then (begun or removed meanwhile), they are sealed again.
2. What never comes to a commit is removed at once, and swept by the core if nobody is left to.
3. An unknown id of a journey begins that journey, since clients choose ids themselves. A document
   that is not there, a journey that was deactivated, and one that a bound token is not bound to
   are nowhere to be found (both *chosen*, wire contract IDscan 2.1 and 6.3).
4. A scan that an engine is to read is stored together with the job that asks.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from watchword.core.core import Core
from watchword.core.errors import OverloadedError, StorageUnavailableError
from watchword.core.ports import Transaction
from watchword.dialects.idscan.definitions import find_definition, recall_documents
from watchword.dialects.idscan.items import Turned, turned
from watchword.dialects.idscan.journeys.counting import next_reference
from watchword.dialects.idscan.journeys.drafts import UploadDraft
from watchword.dialects.idscan.journeys.keeping import find_by_facet, find_journey, put_journey
from watchword.dialects.idscan.journeys.notifying import announce_result, announce_start
from watchword.dialects.idscan.journeys.reach import Caller, audit
from watchword.dialects.idscan.journeys.reading import hire
from watchword.dialects.idscan.journeys.records import Image, Journey, Pair, Reading, Scan
from watchword.dialects.idscan.journeys.retaining import keep_house
from watchword.dialects.idscan.journeys.steps import action_of, attempt_of, steps_of
from watchword.dialects.idscan.members import parse_guid
from watchword.dialects.idscan.settings import Settings
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.operation import Desk

__all__ = ["Filed", "file_upload"]

TRIES: Final = 3
SOON: Final = timedelta(seconds=1)
MOST_SCANS: Final = 100
MOST_ADDITIONAL: Final = 200
DEFINITION: Final = "JourneyDefinitionId"


@dataclass(frozen=True, slots=True)
class Filed:
    """A journey, and what was just put into it."""

    journey: Journey
    scan: Scan


class _LostError(Exception):
    """What an upload is to be added to is not there."""


class _MovedError(Exception):
    """The journey has begun or was removed since its key was asked for."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an upload goes. ``journey`` is None where it begins one."""

    journey_id: UUID
    journey: Journey | None

    @property
    def key(self) -> bytes | None:
        """The key of the journey, if it has begun."""
        return None if self.journey is None else self.journey.key


@dataclass(frozen=True, slots=True)
class _Upload:
    """An upload, and all that is known before anything is stored.

    ``definition_id`` is the one that it names, or empty; ``documents`` are all definitions, if any
    is named.
    """

    caller: Caller
    draft: UploadDraft
    technical: tuple[Pair, ...]
    turned: Turned
    now: datetime
    definition_id: str
    documents: Mapping[str, bytes]
    fresh_id: UUID = field(default_factory=uuid4)


def file_upload(
    desk: Desk[Settings], caller: Caller, draft: UploadDraft, technical: tuple[Pair, ...]
) -> Filed | None:
    """Take in an upload; None where what it is to be added to is not there.

    Raises `BadFieldError` or `OverloadedError`.
    """
    core, named = desk.core, _named_definition(draft)
    upload = _Upload(
        caller,
        draft,
        technical,
        turned(core, caller.tenant_id),
        core.clock(),
        named,
        recall_documents(core) if named else {},
    )
    for _ in range(TRIES):
        try:
            return _try(desk, upload)
        except _LostError:
            return None
        except _MovedError:
            continue
    raise OverloadedError(SOON)


def _named_definition(draft: UploadDraft) -> str:
    said = draft.said(DEFINITION)
    found = parse_guid(said) if said else None
    if said and found is None:
        raise BadFieldError(DEFINITION, FieldFault.BAD_VALUE)
    return str(found or "")


def _try(desk: Desk[Settings], upload: _Upload) -> Filed:
    place = _look_ahead(desk.core, upload)
    key = place.key or desk.core.vault.new_key()
    with (
        _sealed(desk.core, key, upload.draft) as images,
        desk.core.storage.write() as transaction,
    ):
        current = _locate(transaction, upload)
        if current.key != place.key:
            raise _MovedError
        journey = current.journey or _begin(transaction, upload, current.journey_id, key)
        return _add(desk, transaction, upload, journey, images)


@contextmanager
def _sealed(core: Core, key: bytes, draft: UploadDraft) -> Generator[Sequence[Image]]:
    """Seal the images of an upload, and remove them if it comes to nothing.

    But for a storage that does not say what became of a commit: what it forgot is swept later.
    """
    images: list[Image] = []
    try:
        for each in draft.images:
            blob = core.vault.put(key, each.content)
            images.append(Image(each.role, each.format, blob.id, blob.size, blob.sha256))
        yield images
    except StorageUnavailableError:
        # Nothing can be taken away now either; what nobody refers to is swept later.
        raise
    except Exception:
        # Whatever kept the upload from being noted: nobody would find what was sealed for it.
        for image in images:
            core.vault.remove(image.blob_id)
        raise


def _look_ahead(core: Core, upload: _Upload) -> _Place:
    """Find where an upload will go, as far as that can be told. Raises `_LostError`.

    Where nobody says to which journey it belongs there is nothing to look for.
    """
    if not (upload.draft.journey_id or upload.draft.means_id or upload.caller.is_bound):
        return _Place(upload.fresh_id, None)
    with core.storage.read() as transaction:
        return _locate(transaction, upload)


def _locate(transaction: Transaction, upload: _Upload) -> _Place:
    """Find where an upload goes. Raises `_LostError`."""
    caller, draft = upload.caller, upload.draft
    journey_id, journey = draft.journey_id or caller.bound_to, None
    if journey_id is not None:
        journey = find_journey(transaction, caller.tenant_id, journey_id)
    elif draft.means_id is not None:
        # A document has the id of its first page.
        first_page = str(draft.means_id)
        journey = find_by_facet(transaction, caller.tenant_id, "scan", first_page)
    place = _Place(journey.id if journey else journey_id or upload.fresh_id, journey)
    if not caller.touches(place.journey_id) or not _takes(journey, draft.means_id):
        raise _LostError
    return place


def _takes(journey: Journey | None, means_id: UUID | None) -> bool:
    """Say whether there is the document that pages are to be added to, if any is named."""
    if journey is None:
        return means_id is None
    known = {scan.means_id for scan in journey.scans}
    return journey.active and (means_id is None or means_id in known)


def _begin(transaction: Transaction, upload: _Upload, journey_id: UUID, key: bytes) -> Journey:
    reference, is_first = next_reference(transaction, upload.caller.tenant_id)
    if is_first:
        keep_house(transaction, upload.now)
    return Journey(
        id=journey_id,
        tenant_id=upload.caller.tenant_id,
        created_at=upload.now,
        modified_at=upload.now,
        reference=reference,
        key=key,
        tolerance=upload.turned.authentication_tolerance_level,
        technical=upload.technical,
    )


def _add(
    desk: Desk[Settings],
    transaction: Transaction,
    upload: _Upload,
    journey: Journey,
    images: Sequence[Image],
) -> Filed:
    """Put an upload into its journey, with all that has to happen in the same unit of work."""
    engine = desk.settings.engines.get(upload.draft.kind)
    scan = _scan(upload, journey, images, Reading.ASKED if engine else Reading.NONE)
    grown = msgspec.structs.replace(
        _follow(journey, upload),
        modified_at=upload.now,
        additional=_merge(journey.additional, upload),
        scans=(*journey.scans, scan),
    )
    if len(grown.scans) > MOST_SCANS:
        raise BadFieldError("PersonEntryId", FieldFault.TOO_LONG, str(MOST_SCANS))
    for image in images:
        transaction.blobs.add(image.blob_id)
    _note(transaction, upload, grown, scan)
    put_journey(transaction, grown)
    announce_start(transaction, desk.settings.webhook, upload.turned, grown, upload.now)
    if engine is None:
        announce_result(transaction, desk.settings.webhook, upload.turned, grown, upload.now)
    else:
        hire(transaction, engine, grown, scan)
    return Filed(grown, scan)


def _scan(upload: _Upload, journey: Journey, images: Sequence[Image], reading: Reading) -> Scan:
    draft = upload.draft
    action = action_of(journey, draft.kind, draft.means_id)
    scan_id = uuid4()
    means_id = draft.means_id or scan_id
    return Scan(
        id=scan_id,
        means_id=means_id,
        kind=draft.kind,
        action=action,
        attempt=attempt_of(journey, action, means_id),
        source=draft.source,
        extracted=draft.extracted,
        at=upload.now,
        user_name=draft.said("UserName", "Username") or upload.caller.principal.subject.name,
        images=tuple(images),
        reading=reading,
    )


def _follow(journey: Journey, upload: _Upload) -> Journey:
    """Return the journey with the definition that it follows: the first that is named, for good.

    Raises `BadFieldError` for another one, and for one that is not there or not active.
    """
    named, tenant_id = upload.definition_id, upload.caller.tenant_id
    if not named or named == journey.definition_id:
        return journey
    found = find_definition(upload.documents, tenant_id, named)
    if journey.definition_id or found is None or not found.is_active:
        raise BadFieldError(DEFINITION, FieldFault.BAD_VALUE)
    return msgspec.structs.replace(
        journey, definition_id=named, definition_name=found.name, steps=steps_of(found)
    )


def _merge(before: Sequence[Pair], upload: _Upload) -> tuple[Pair, ...]:
    """Return a journey's metadata with an upload's: what is said again takes the earlier's place.

    The branch that the caller belongs to is added where the client names none.
    """
    said = list(upload.draft.additional)
    if not upload.draft.said("BranchCode") and upload.caller.profile.branch_code:
        said.append(Pair("BranchCode", upload.caller.profile.branch_code))
    merged = {pair.name.lower(): pair for pair in (*before, *said)}
    if len(merged) > MOST_ADDITIONAL:
        raise BadFieldError("AdditionalData", FieldFault.TOO_LONG, str(MOST_ADDITIONAL))
    return tuple(merged.values())


def _note(transaction: Transaction, upload: _Upload, journey: Journey, scan: Scan) -> None:
    said = {
        "journey": journey.id,
        "reference": journey.reference,
        "scan": scan.id,
        "images": len(scan.images),
    }
    audit(transaction, upload.caller, "journey.upload", upload.now, said)
