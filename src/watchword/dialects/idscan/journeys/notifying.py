"""Telling a webhook how journeys come along, until it has heard (*documented*, wire contract 2.4).

Rules of this file:

1. A call is ordered in the unit of work that it tells of, so none is lost and none is made up.
2. A call is made at least once, and again until its answer is a success or its time is up. Two
   calls that fail at different times may arrive in another order.
3. What is told of a finished journey is what is known of it then, and nothing if it is gone or
   was deactivated.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.audit import Entry
from watchword.core.errands import NotYetError
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.engines import Webhook
from watchword.dialects.idscan.items import Turned
from watchword.dialects.idscan.journeys.keeping import find_journey
from watchword.dialects.idscan.journeys.records import Action, Journey
from watchword.dialects.idscan.journeys.schemas import Progress
from watchword.dialects.idscan.journeys.steps import is_finished, required_action
from watchword.dialects.idscan.journeys.translate import to_journey
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.dialects.idscan.settings import Settings
from watchword.web.calling import CallError, post
from watchword.web.operation import Desk

__all__ = ["NOTIFY", "announce_result", "announce_start", "notify"]

NOTIFY: Final = "idscan.notify"
"""The kind of job that tells the webhook."""

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(hours=1)
STEP: Final = timedelta(microseconds=1)
PROGRESS: Final = "OnJourneyProgress"
FINISHED: Final = "OnJourneyFinised"
"""*Documented* in this spelling."""

log = logging.getLogger(__name__)


class Event(StrEnum):
    """What there is to tell before the end. *Documented* names."""

    ENTRY_STARTED = "EntryStarted"
    ENTRY_FINISHED = "EntryFinished"
    BACKSIDE_NEEDED = "BacksideNeeded"
    CAPTURE_RETRY = "CaptureRetry"


class _Order(msgspec.Struct, frozen=True):
    """What a job is told. Without an event it is the end."""

    tenant_id: UUID | None
    journey_id: UUID
    ordered_at: datetime
    event: str = ""


def announce_start(
    transaction: Transaction, webhook: Webhook, turned: Turned, journey: Journey, now: datetime
) -> None:
    """Order the call that a capture was taken in."""
    _order(transaction, webhook, turned, journey, now, [Event.ENTRY_STARTED])


def announce_result(
    transaction: Transaction, webhook: Webhook, turned: Turned, journey: Journey, now: datetime
) -> None:
    """Order the calls that tell what came of a capture, and of the journey if this was the last."""
    _order(transaction, webhook, turned, journey, now, list(_results(journey)))


def notify(desk: Desk[Settings], document: bytes) -> None:
    """Make an ordered call. Raises `NotYetError` where it is to be made again."""
    order, webhook = msgspec.json.decode(document, type=_Order), desk.settings.webhook
    if not webhook.url:
        return
    told = _told(desk, order)
    if told is None:
        return
    call, body = told
    try:
        post(webhook.target(call), "application/json; charset=utf-8", body)
    except CallError as error:
        _put_off(desk, order, call, error.reason)


def _results(journey: Journey) -> Iterator[str]:
    yield Event.ENTRY_FINISHED
    action, _, again = required_action(journey).partition(":")
    if again:
        yield Event.CAPTURE_RETRY
    elif action == Action.BACKSIDE:
        yield Event.BACKSIDE_NEEDED
    if is_finished(journey):
        yield ""


def _order(
    transaction: Transaction,
    webhook: Webhook,
    turned: Turned,
    journey: Journey,
    now: datetime,
    events: list[str],
) -> None:
    if not webhook.url or not turned.notifies:
        return
    for place, event in enumerate(events, 1):
        order = _Order(journey.tenant_id, journey.id, now, event)
        # A little later each, so that they are made in this order.
        transaction.jobs.add(Job(NOTIFY, msgspec.json.encode(order), now + place * STEP))


def _told(desk: Desk[Settings], order: _Order) -> tuple[str, bytes] | None:
    """Return which call to make with what, or None if its journey is gone or is seen no more."""
    tenant_id = None if order.tenant_id is None else TenantId(order.tenant_id)
    with desk.core.storage.read() as transaction:
        journey = find_journey(transaction, tenant_id, order.journey_id)
    if journey is None or not journey.active:
        return None
    if order.event:
        return PROGRESS, msgspec.json.encode(Progress(journey.id, order.event))
    shown = to_journey(journey, desk.settings.public_url, with_technical=False)
    return FINISHED, msgspec.json.encode(shown)


def _put_off(desk: Desk[Settings], order: _Order, call: str, reason: str) -> None:
    """Make the call again later, or say in the audit trail that it never arrived."""
    now = desk.core.clock()
    deadline = order.ordered_at + timedelta(seconds=desk.settings.webhook.patience_seconds)
    log.warning("a webhook did not take a call", extra={"call": call, "reason": reason})
    if now < deadline:
        pause = max(FIRST_PAUSE, min(LONGEST_PAUSE, (now - order.ordered_at) / 2))
        raise NotYetError(min(now + pause, deadline))
    details = {"journey": str(order.journey_id), "call": call, "event": order.event}
    entry = Entry(
        now,
        "journey.notify",
        "given-up",
        audience=AUDIENCE,
        tenant_id=order.tenant_id,
        details={name: text for name, text in details.items() if text},
    )
    with desk.core.storage.write() as transaction:
        record(transaction, entry)
