"""Devices that may not be logged in from.

A block is about a device at one audience, whoever uses it. Rules of this file:

1. A block that takes effect ends the sessions on its device in the same unit of work, and no login
   or refresh opens another while it is in effect: both ask in their own unit, and units that write
   are one after another.
2. What a block ended stays ended, however the block ends.
3. A device may have several blocks; it is blocked while any of them is in effect. What they come to
   is noted beside them under the device, so that asking costs one look.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from watchword.core.audit import Actor, Entry, attributed
from watchword.core.errors import NotFoundError
from watchword.core.index import Facets, Query, equals, instant
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, device_slot, record
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.subjects import Audience, printable

__all__ = ["Block", "Blocklist", "collection_of_blocks", "is_blocked"]

BLOCK: Final = "device-block"
DEVICE: Final = "blocked-device"
SERIAL: Final = "device-block-serial"
LAST: Final = "last"


@dataclass(frozen=True, slots=True)
class Block:
    """One reason why a device is kept out, until when (None: for good)."""

    id: int
    audience: Audience
    device_key: str
    reason: str
    created_at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether the block is in effect."""
        return self.until is None or now < self.until


def collection_of_blocks(audience: Audience) -> str:
    """Return the collection of an audience's blocks in the index. Its keys are their ids as text.

    Facets: ``id``, ``device``, ``reason``, ``created_at`` and ``until``.
    """
    return f"{audience}/{BLOCK}"


def is_blocked(
    transaction: Transaction, audience: Audience, device_key: str, now: datetime
) -> bool:
    """Say whether a device is kept out of an audience. No device is not."""
    if not device_key:
        return False
    found = transaction.documents.find(audience, DEVICE, _name(device_key))
    if found is None:
        return False
    until = json.loads(found)["until"]
    return until is None or now < datetime.fromisoformat(until)


@dataclass(frozen=True, slots=True)
class Blocklist:
    """Blocks devices. One instance a process, shared by its threads."""

    storage: Storage
    revocation: Revocation
    clock: Clock

    def add(self, block: Block, *, by: Actor | None = None) -> Block:
        """Add a block, whose id and time of creation are given here, and return it."""
        now = self.clock()
        with self.revocation.change() as (transaction, stale):
            stale.add(device_slot(block.device_key))
            number = _next(transaction, block.audience)
            added = replace(block, id=number, created_at=now)
            _put(transaction, added)
            self._take_effect(transaction, added, now, by)
            record(transaction, attributed(_entry(added, "device-block.create", now), by))
        return added

    def edit(
        self,
        audience: Audience,
        block_id: int,
        change: Callable[[Block], Block],
        *,
        by: Actor | None = None,
    ) -> Block:
        """Give a block another reason or end, and return it. Raises `NotFoundError`."""
        now = self.clock()
        with self.revocation.change() as (transaction, stale):
            before = _require(transaction, audience, block_id)
            stale.add(device_slot(before.device_key))
            changed = change(before)
            after = replace(before, reason=changed.reason, until=changed.until)
            _put(transaction, after)
            self._take_effect(transaction, after, now, by)
            record(transaction, attributed(_entry(after, "device-block.update", now), by))
        return after

    def remove(self, audience: Audience, block_id: int, *, by: Actor | None = None) -> None:
        """Lift a block. Raises `NotFoundError`."""
        now = self.clock()
        with self.revocation.change() as (transaction, stale):
            block = _require(transaction, audience, block_id)
            stale.add(device_slot(block.device_key))
            transaction.documents.remove(audience, BLOCK, str(block_id))
            transaction.index.remove(collection_of_blocks(audience), str(block_id))
            self._take_effect(transaction, block, now, by)
            record(transaction, attributed(_entry(block, "device-block.remove", now), by))

    def get(self, audience: Audience, block_id: int) -> Block:
        """Return a block. Raises `NotFoundError`."""
        with self.storage.read() as transaction:
            return _require(transaction, audience, block_id)

    def search(self, audience: Audience, query: Query) -> Sequence[Block]:
        """Return the blocks that a query of their collection finds."""
        with self.storage.read() as transaction:
            return _search(transaction, audience, query)

    def _take_effect(
        self, transaction: Transaction, block: Block, now: datetime, by: Actor | None
    ) -> None:
        """Note what the blocks of a device come to, and end its sessions if it is blocked."""
        audience, device_key = block.audience, block.device_key
        query = Query(
            collection_of_blocks(audience),
            (equals("device", device_key),),
            limit=None,
            counted=False,
        )
        holding = [each for each in _search(transaction, audience, query) if each.holds(now)]
        name = _name(device_key)
        if not holding:
            if transaction.documents.find(audience, DEVICE, name) is not None:
                transaction.documents.remove(audience, DEVICE, name)
            return
        ends = [each.until for each in holding]
        known = [each for each in ends if each is not None]
        until = max(known).isoformat() if len(known) == len(ends) else None
        transaction.documents.put(audience, DEVICE, name, json.dumps({"until": until}).encode())
        which = SessionFilter(audience=audience, device_key=device_key)
        if transaction.sessions.end(which, now, EndReason.BLOCKED):
            entry = Entry(
                now, "session.end", EndReason.BLOCKED, audience=audience, device_key=device_key
            )
            record(transaction, attributed(entry, by))


def _next(transaction: Transaction, audience: Audience) -> int:
    """Give out a number that no block ever had."""
    last = transaction.documents.find(audience, SERIAL, LAST) or b"0"
    number = int(last) + 1
    transaction.documents.put(audience, SERIAL, LAST, b"%d" % number)
    return number


def _put(transaction: Transaction, block: Block) -> None:
    values = {
        "device": block.device_key,
        "reason": block.reason,
        "created": block.created_at.isoformat(),
        "until": None if block.until is None else block.until.isoformat(),
    }
    key = str(block.id)
    transaction.documents.put(block.audience, BLOCK, key, json.dumps(values).encode())
    facets: Facets = {
        "id": block.id,
        "device": block.device_key,
        "reason": block.reason,
        "created_at": instant(block.created_at),
        "until": None if block.until is None else instant(block.until),
    }
    transaction.index.put(collection_of_blocks(block.audience), key, facets)


def _search(transaction: Transaction, audience: Audience, query: Query) -> Sequence[Block]:
    keys = transaction.index.search(query).keys
    found = transaction.documents.find_many(audience, BLOCK, keys)
    return [_read(audience, key, found[key]) for key in keys if key in found]


def _require(transaction: Transaction, audience: Audience, block_id: int) -> Block:
    key = str(block_id)
    found = transaction.documents.find(audience, BLOCK, key)
    if found is None:
        raise NotFoundError("device")
    return _read(audience, key, found)


def _read(audience: Audience, key: str, document: bytes) -> Block:
    values: dict[str, Any] = json.loads(document)
    until = values["until"]
    return Block(
        id=int(key),
        audience=audience,
        device_key=values["device"],
        reason=values["reason"],
        created_at=datetime.fromisoformat(values["created"]),
        until=None if until is None else datetime.fromisoformat(until),
    )


def _name(device_key: str) -> str:
    """Return the key under which a device is noted: its own comes from outside, in any length."""
    return hashlib.sha256(device_key.encode("utf-8", "surrogatepass")).hexdigest()


def _entry(block: Block, action: str, now: datetime) -> Entry:
    until = "" if block.until is None else block.until.isoformat()
    return Entry(
        now,
        action,
        "done",
        audience=block.audience,
        device_key=block.device_key,
        details={"block": str(block.id), "reason": printable(block.reason), "until": until},
    )
