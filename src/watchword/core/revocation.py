"""Ending sessions so that no process accepts their tokens once the call has answered.

The storage row is the truth. Each worker keeps a cache of principals, and beside each the numbers
("stamps") that its session, subject, tenant and device slots had in a table shared by all workers.

Rules of this file:

1. A revoker commits the change, *then* renews the stamps, *then* answers (`renewing`).
2. A renewal changes slot 0 first and the meant slots after it.
3. A loader reads slot 0, *then* the row, *then* the row's slots, *then* slot 0 again, and keeps
   the principal only if slot 0 was the same both times (`watchword.core.access`).
4. A cached principal is accepted only while its slots have the remembered numbers.

Why no stale accept is possible: a principal from a row read before the commit was read after the
loader's first look at slot 0, so the renewal of slot 0 came later than that look. Either it came
before the second look, and the principal was not kept; or it came after, then the meant slots were
renewed later still, and rule 4 refuses. A process that dies between commit and renewal never
answered; whoever notices its death renews slot 1, which every cached principal watches.

Where several hosts share a storage, `watchword.core.nodes` has the rest: the slots are written into
a journal in the unit that changes something, and the revoker waits until all other hosts know.
"""

import zlib
from collections.abc import Collection, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from watchword.core.audit import Actor, Entry, attributed, seal
from watchword.core.errors import NotFoundError
from watchword.core.ports import Clock, Stamps, Storage, Transaction
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId
from watchword.core.subjects import Audience, SubjectId, TenantId

__all__ = [
    "ALL",
    "CHANGES",
    "SLOTS",
    "Change",
    "Revocation",
    "device_slot",
    "kind_slot",
    "record",
    "renewing",
    "session_slot",
    "slots_of",
    "subject_slot",
    "tenant_slot",
]

CHANGES: Final = 0
"""The slot that changes with every renewal."""
ALL: Final = 1
"""The slot that every cached principal watches."""
SLOTS: Final = 65_536
"""Size of the table. Two things may share a slot; that costs a look-up, never an error."""


def session_slot(session_id: SessionId) -> int:
    """Return the slot of a session."""
    return _slot(b"session", str(session_id).encode())


def subject_slot(subject_id: SubjectId) -> int:
    """Return the slot of a subject."""
    return _slot(b"subject", subject_id.bytes)


def tenant_slot(tenant_id: TenantId) -> int:
    """Return the slot of a tenant."""
    return _slot(b"tenant", tenant_id.bytes)


def device_slot(device_key: str) -> int:
    """Return the slot of a device."""
    return _slot(b"device", device_key.encode("utf-8", "surrogatepass"))


def kind_slot(audience: Audience, kind: str) -> int:
    """Return the slot of all documents of one kind."""
    return _slot(b"kind", f"{audience}/{kind}".encode())


def slots_of(session: Session, tenant_id: TenantId | None) -> tuple[int, ...]:
    """Return every slot that a principal with this session watches."""
    slots = [ALL, session_slot(session.id), subject_slot(session.subject_id)]
    if tenant_id is not None:
        slots.append(tenant_slot(tenant_id))
    if session.device.key:
        slots.append(device_slot(session.device.key))
    return tuple(slots)


Change: TypeAlias = tuple[Transaction, set[int]]
"""A unit that may change things, and the slots that its commit makes stale, to be filled in."""


@contextmanager
def renewing(storage: Storage, stamps: Stamps) -> Generator[Change]:
    """Open a unit of work after which no process believes what it knew of the slots put in the set.

    That is so once the block has been left; one that is left by an exception changes nothing.
    """
    stale: set[int] = set()
    serial = 0
    with storage.write() as transaction:
        yield transaction, stale
        if stale:
            serial = transaction.renewals.add(stale)
    if stale:
        stamps.renew(stale)
        stamps.await_others(serial)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Ends sessions, and makes every worker look again."""

    storage: Storage
    stamps: Stamps
    clock: Clock

    def end_session(self, session: Session, reason: EndReason, *, by: Actor | None = None) -> None:
        """End one session. Ending twice is no error; the first end is kept."""
        entry = attributed(_entry_of_one(session, reason, self.clock()), by)
        self._end(SessionFilter(id=session.id), reason, [session_slot(session.id)], entry)

    def end_subject(
        self, subject_id: SubjectId, reason: EndReason, keep: SessionId | None = None
    ) -> None:
        """End all sessions of a subject, but for the one to keep."""
        which = SessionFilter(subject_id=subject_id, other_than=keep)
        self._end(which, reason, [subject_slot(subject_id)], None)

    def end_tenant(self, tenant_id: TenantId, reason: EndReason) -> None:
        """End all sessions of all subjects of a tenant."""
        self._end(SessionFilter(tenant_id=tenant_id), reason, [tenant_slot(tenant_id)], None)

    def end_device(self, device_key: str, reason: EndReason) -> None:
        """End all sessions on a device. Raises `NotFoundError` for the empty key."""
        if not device_key:
            raise NotFoundError("device")
        self._end(SessionFilter(device_key=device_key), reason, [device_slot(device_key)], None)

    def change(self) -> AbstractContextManager[Change]:
        """Open a unit of work that may make something stale (`renewing`)."""
        return renewing(self.storage, self.stamps)

    def forget(self, slots: Collection[int]) -> None:
        """Make every worker look again at what these slots stand for."""
        with self.change() as (_, stale):
            stale.update(slots)

    def forget_everything(self) -> None:
        """Make every worker look again at everything."""
        self.forget([ALL])

    def _end(
        self, which: SessionFilter, reason: EndReason, slots: Collection[int], told: Entry | None
    ) -> None:
        now = self.clock()
        with self.change() as (transaction, stale):
            stale.update(slots)
            transaction.sessions.end(which, now, reason)
            record(transaction, told or _entry_of(which, reason, now))


def record(transaction: Transaction, entry: Entry) -> None:
    """Append an entry to the audit chain."""
    transaction.audit.append(seal(transaction.audit.head(), entry))


def _entry_of(which: SessionFilter, reason: EndReason, now: datetime) -> Entry:
    return Entry(
        now,
        "session.end",
        reason,
        subject_id=which.subject_id,
        tenant_id=which.tenant_id,
        device_key=which.device_key or "",
    )


def _entry_of_one(session: Session, reason: EndReason, now: datetime) -> Entry:
    return Entry(
        now,
        "session.end",
        reason,
        audience=session.audience,
        subject_id=session.subject_id,
        device_key=session.device.key,
        details={"session": str(session.id)},
    )


def _slot(kind: bytes, name: bytes) -> int:
    """Spread names over the table behind the reserved slots."""
    reserved = ALL + 1
    return reserved + zlib.crc32(kind + b":" + name) % (SLOTS - reserved)
