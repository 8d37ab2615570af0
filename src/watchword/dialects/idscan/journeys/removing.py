"""Removing journeys with the images that they stand for, and deactivating them.

Rules of this file:

1. Records go first, in one unit of work, and with a journey its key: from then on its images cannot
   be read by anybody. The sealed files go after the commit.
2. A file whose removal was cut off is known to no ledger any more, so the core sweeps it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.audit import Entry
from watchword.core.blobs import BlobId
from watchword.core.core import Core
from watchword.core.errors import NotFoundError
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import TenantId, printable
from watchword.dialects.idscan.journeys.keeping import (
    find_by_facet,
    find_journey,
    put_journey,
    remove_journey,
)
from watchword.dialects.idscan.journeys.reach import Caller, audit, require_journey
from watchword.dialects.idscan.journeys.records import JOURNEY, Image, Journey
from watchword.dialects.idscan.profile import AUDIENCE

__all__ = ["deactivate_journeys", "purge", "remove_by_reference", "remove_journeys"]

REMOVE: Final = "journey.remove"


def remove_journeys(
    core: Core, caller: Caller, journey_ids: Iterable[UUID], on_behalf_of: str = ""
) -> None:
    """Remove journeys, all or none. Raises `NotFoundError`.

    ``on_behalf_of`` is who asked for it, as the caller says (*documented*: for auditing).
    """
    with core.storage.write() as transaction:
        journeys = [require_journey(transaction, caller, each) for each in journey_ids]
        for journey in journeys:
            _remove_for(transaction, caller, journey, core.clock(), printable(on_behalf_of))
    _forget(core, journeys)


def remove_by_reference(core: Core, caller: Caller, reference: str) -> None:
    """Remove the journey with this number. Raises `NotFoundError`.

    It is looked for where it is removed: another one may begin under the same id at any moment.
    """
    with core.storage.write() as transaction:
        found = find_by_facet(transaction, caller.tenant_id, "reference", reference)
        if found is None or not caller.touches(found.id):
            raise NotFoundError(JOURNEY)
        _remove_for(transaction, caller, found, core.clock())
    _forget(core, [found])


def deactivate_journeys(core: Core, caller: Caller, journey_ids: Iterable[UUID]) -> None:
    """Deactivate those of the journeys that are there; they are seen no more, and stay as they are.

    What is not there is passed over: the answer says *accepted*, and no more (*documented*, 202).
    """
    with core.storage.write() as transaction:
        for journey_id in journey_ids:
            journey = find_journey(transaction, caller.tenant_id, journey_id)
            if journey is None or not journey.active or not caller.touches(journey_id):
                continue
            put_journey(transaction, msgspec.structs.replace(journey, active=False))
            audit(transaction, caller, "journey.deactivate", core.clock(), _said(journey))


def purge(core: Core, journey: Journey, reason: str) -> bool:
    """Remove a journey by itself, unless it is gone. Say whether it was there.

    Another one may have begun under its id meanwhile, and stays.
    """
    tenant_id = None if journey.tenant_id is None else TenantId(journey.tenant_id)
    with core.storage.write() as transaction:
        current = find_journey(transaction, tenant_id, journey.id)
        if current is None or current.key != journey.key:
            return False
        _remove(transaction, current)
        details = {key: str(value) for key, value in _said(current).items()}
        entry = Entry(
            core.clock(),
            REMOVE,
            "done",
            audience=AUDIENCE,
            tenant_id=current.tenant_id,
            details={**details, "reason": reason, "created": current.created_at.isoformat()},
        )
        record(transaction, entry)
    _forget(core, [current])
    return True


def _remove_for(
    transaction: Transaction,
    caller: Caller,
    journey: Journey,
    now: datetime,
    on_behalf_of: str = "",
) -> None:
    """Remove a journey, and note who did it."""
    _remove(transaction, journey)
    audit(transaction, caller, REMOVE, now, {**_said(journey), "on_behalf_of": on_behalf_of})


def _remove(transaction: Transaction, journey: Journey) -> None:
    for blob_id in _blobs(journey):
        transaction.blobs.remove(blob_id)
    remove_journey(transaction, journey)


def _forget(core: Core, journeys: Iterable[Journey]) -> None:
    for journey in journeys:
        for blob_id in _blobs(journey):
            core.vault.remove(blob_id)


def _blobs(journey: Journey) -> Sequence[BlobId]:
    return [image.blob_id for image in _images(journey)]


def _images(journey: Journey) -> Iterable[Image]:
    for scan in journey.scans:
        yield from (*scan.images, *scan.outputs)


def _said(journey: Journey) -> dict[str, object]:
    images = len(_blobs(journey))
    return {"journey": journey.id, "reference": journey.reference, "images": images}
