"""Telling a client's own address that the analyses of its folder are done (*chosen*).

Rules of this file:

1. A call is ordered in the unit of work that it tells of, so none is lost and none is made up.
2. It is made at least once, and again until it is heard or a day has gone by. What it tells is how
   the folder is then; of a folder that is gone nothing is told.
3. Whether an address may be called is looked at twice: when a client names it, and when it is
   called, since the settings may say otherwise by then.
"""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.audit import Entry
from watchword.core.errands import NotYetError
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.dialects.oz.archive.addresses import public_origin
from watchword.dialects.oz.archive.keeping import FOLDERS
from watchword.dialects.oz.archive.records import Folder
from watchword.dialects.oz.archive.showing import show_folders
from watchword.dialects.oz.archive.statuses import FolderStatus
from watchword.dialects.oz.endpoints import may_call
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.web.calling import CallError, Target, post
from watchword.web.operation import Desk

__all__ = ["NOTIFY", "announce", "notify"]

NOTIFY: Final = "oz.notify"
"""The kind of job that calls a client's address."""

# Chosen, all of them: the vendor's page tells of one call and no more.
SECONDS: Final = 30
PATIENCE: Final = timedelta(days=1)
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
HEARD: Final = range(200, 300)
JSON: Final = "application/json"

log = logging.getLogger(__name__)


class _Order(msgspec.Struct, frozen=True):
    """What a job of that kind is about."""

    folder_id: UUID
    ordered_at: datetime


def announce(transaction: Transaction, folder: Folder, now: datetime) -> None:
    """Order a call if a folder's client wants one and no analysis of it is running any more."""
    if folder.resolution_endpoint and folder.resolution_status != FolderStatus.PROCESSING:
        document = msgspec.json.encode(_Order(folder.id, now))
        transaction.jobs.add(Job(NOTIFY, document, now))


def notify(desk: Desk[Settings], document: bytes) -> None:
    """Make a call. Raises `NotYetError` if it is to be made again later."""
    order = msgspec.json.decode(document, type=_Order)
    with desk.core.storage.read() as transaction:
        folder = FOLDERS.find(transaction, order.folder_id)
        if folder is None:
            return
        [body] = show_folders(transaction, [folder], public_origin(desk.settings), analyses=True)
    url, now = folder.resolution_endpoint, desk.core.clock()
    if not may_call(url, desk.settings.resolution_endpoints):
        _enter(desk, folder, "not-allowed")
        return
    try:
        target = Target(url, SECONDS, "the resolution endpoint", good=HEARD)
        post(target, JSON, msgspec.json.encode(body))
    except CallError as error:
        log.warning("a client was not told of its analyses", extra={"reason": error.reason})
        if now - order.ordered_at >= PATIENCE:
            _enter(desk, folder, "failed")
            return
        raise NotYetError(_next_try(order, now)) from error
    _enter(desk, folder, "done")


def _next_try(order: _Order, now: datetime) -> datetime:
    """Wait longer the older the news is."""
    return now + max(FIRST_PAUSE, min(LONGEST_PAUSE, (now - order.ordered_at) / 2))


def _enter(desk: Desk[Settings], folder: Folder, result: str) -> None:
    now = desk.core.clock()
    details = {"folder": str(folder.id)}
    entry = Entry(now, "folder.notify", result, audience=AUDIENCE, details=details)
    with desk.core.storage.write() as transaction:
        record(transaction, entry)
