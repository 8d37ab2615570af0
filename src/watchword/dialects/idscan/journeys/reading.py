"""Having an engine read what was captured, at least once and until it does or time is up.

Rules of this file:

1. Nothing is held open while an engine is asked: what it is asked about is read first, and its
   answer is entered in a unit of work of its own, which keeps the first answer that came.
2. Who gives up does so by the age of the capture, so that neither a restart nor another worker
   makes an engine's time any longer.
3. What an engine did not say, nobody says for it.
"""

import logging
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from watchword.core.errands import NotYetError
from watchword.core.errors import NotFoundError
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.engines import Engine
from watchword.dialects.idscan.items import turned
from watchword.dialects.idscan.journeys.answers import Answer, read_answer
from watchword.dialects.idscan.journeys.formats import CONTENT_TYPES
from watchword.dialects.idscan.journeys.keeping import find_journey, put_journey
from watchword.dialects.idscan.journeys.notifying import announce_result
from watchword.dialects.idscan.journeys.records import Image, Journey, Reading, Scan
from watchword.dialects.idscan.settings import Settings
from watchword.web.calling import Attachment, CallError, post_form
from watchword.web.operation import Desk

__all__ = ["READ", "hire", "read", "try_now"]

READ: Final = "idscan.read"
"""The kind of job that asks an engine."""

MARGIN: Final = timedelta(seconds=15)
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)

log = logging.getLogger(__name__)


class _Order(msgspec.Struct, frozen=True):
    """What a job of that kind is about."""

    tenant_id: UUID | None
    journey_id: UUID
    scan_id: UUID


@dataclass(eq=False)
class _SilentError(Exception):
    """An engine gave no answer, and is to be asked again."""

    scan: Scan
    engine: Engine
    reason: str


class _LostError(Exception):
    """An image is gone or damaged, so that there is nothing left to ask an engine about."""


def hire(transaction: Transaction, engine: Engine, journey: Journey, scan: Scan) -> None:
    """Store a job for what the request itself may not come to: it is due when that has ended."""
    due_at = scan.at + timedelta(seconds=engine.timeout_seconds) + MARGIN
    transaction.jobs.add(Job(READ, msgspec.json.encode(_order(journey, scan)), due_at))


def read(desk: Desk[Settings], document: bytes) -> None:
    """Ask an engine about the scan of a job. Raises `NotYetError` if it is to be asked again."""
    try:
        _read(desk, msgspec.json.decode(document, type=_Order))
    except _SilentError as error:
        what = {"engine": error.scan.kind, "reason": error.reason}
        log.warning("an engine gave no answer", extra=what)
        raise NotYetError(_next_try(desk, error)) from error


def try_now(desk: Desk[Settings], journey: Journey, scan: Scan) -> Journey:
    """Ask about a scan at once, and return its journey as it then is.

    What the engine does not answer is left to the job.
    """
    if scan.reading is not Reading.ASKED:
        return journey
    with suppress(_SilentError):
        return _read(desk, _order(journey, scan)) or journey
    return journey


def _order(journey: Journey, scan: Scan) -> _Order:
    return _Order(journey.tenant_id, journey.id, scan.id)


def _read(desk: Desk[Settings], order: _Order) -> Journey | None:
    """Ask, and enter what came of it; the journey as it then is, None if it is gone."""
    with desk.core.storage.read() as transaction:
        journey = _find(transaction, order)
    scan = None if journey is None else journey.scan(order.scan_id)
    if journey is None or scan is None or scan.reading is not Reading.ASKED:
        return journey
    engine = desk.settings.engines.get(scan.kind)
    answer = None if engine is None else _ask(desk, engine, journey, scan)
    outputs = () if answer is None else _seal(desk, journey, answer)
    entered = _enter(desk, order, answer, outputs)
    if entered is None:
        for image in outputs:
            desk.core.vault.remove(image.blob_id)
    return entered


def _ask(desk: Desk[Settings], engine: Engine, journey: Journey, scan: Scan) -> Answer | None:
    """Return an engine's answer, or None if there will be none. Raises `_SilentError`."""
    try:
        # 122 random bits: no content holds it by accident, and nobody can know it beforehand.
        said = post_form(engine.target, uuid4().hex, list(_parts(desk, journey, scan)))
        return read_answer(said)
    except _LostError:
        return None
    except (CallError, ValueError) as error:
        reason = error.reason if isinstance(error, CallError) else "the engine's answer is none"
        if desk.core.clock() < scan.at + timedelta(seconds=engine.patience_seconds):
            raise _SilentError(scan, engine, reason) from error
        return None


def _next_try(desk: Desk[Settings], error: _SilentError) -> datetime:
    """Wait longer the older the question is, and once more at the very end."""
    now = desk.core.clock()
    deadline = error.scan.at + timedelta(seconds=error.engine.patience_seconds)
    pause = max(FIRST_PAUSE, min(LONGEST_PAUSE, (now - error.scan.at) / 2))
    return min(now + pause, max(now, deadline))


def _parts(desk: Desk[Settings], journey: Journey, scan: Scan) -> Generator[Attachment]:
    question = msgspec.json.encode(
        {
            "JourneyId": journey.id,
            "IdentityMeansId": scan.means_id,
            "Kind": scan.kind,
            "Step": scan.action,
            "Attempt": scan.attempt,
            "Source": scan.source,
            "IsDocumentExtracted": scan.extracted,
            "AuthenticationToleranceLevel": journey.tolerance,
            "AdditionalData": [{"Name": p.name, "Value": p.value} for p in journey.additional],
        }
    )
    yield Attachment("capture", "application/json", len(question), [question])
    for image in scan.images:
        content = _content(desk, journey, image)
        yield Attachment(image.role, CONTENT_TYPES[image.format], image.size, content)


def _content(desk: Desk[Settings], journey: Journey, image: Image) -> Generator[bytes]:
    """Yield an image's content when it is asked for: one at a time is in memory."""
    try:
        yield desk.core.vault.get(journey.key, image.blob_id)
    except (NotFoundError, ValueError) as error:
        raise _LostError from error


def _seal(desk: Desk[Settings], journey: Journey, answer: Answer) -> Sequence[Image]:
    sealed: list[Image] = []
    for output in answer.outputs:
        blob = desk.core.vault.put(journey.key, output.content)
        sealed.append(Image(output.role, output.format, blob.id, blob.size, blob.sha256))
    return sealed


def _enter(
    desk: Desk[Settings], order: _Order, answer: Answer | None, outputs: Sequence[Image]
) -> Journey | None:
    """Keep an answer, or that there is none. None if somebody was first or all is gone."""
    now, webhook = desk.core.clock(), desk.settings.webhook
    values = turned(desk.core, _tenant(order))
    with desk.core.storage.write() as transaction:
        journey = _find(transaction, order)
        scan = None if journey is None else journey.scan(order.scan_id)
        if journey is None or scan is None or scan.reading is not Reading.ASKED:
            return None
        read_scan = msgspec.structs.replace(
            scan,
            reading=Reading.FAILED if answer is None else Reading.DONE,
            finding=None if answer is None else answer.finding,
            outputs=tuple(outputs),
        )
        scans = tuple(read_scan if each.id == scan.id else each for each in journey.scans)
        changed = msgspec.structs.replace(journey, scans=scans, modified_at=now)
        for image in outputs:
            transaction.blobs.add(image.blob_id)
        put_journey(transaction, changed)
        announce_result(transaction, webhook, values, changed, now)
    return changed


def _tenant(order: _Order) -> TenantId | None:
    return None if order.tenant_id is None else TenantId(order.tenant_id)


def _find(transaction: Transaction, order: _Order) -> Journey | None:
    return find_journey(transaction, _tenant(order), order.journey_id)
