"""Telling other hosts how much was let through here, so that all keep one limit between them.

Rules of this file:

1. What a process lets through it notes beside its host's own meter, and tells the others every
   second, in one document of its own. No call ever waits for that; while the storage is away each
   host keeps the limits by itself.
2. Only what matters is told: who has had a thirty-second of a burst since it was told of last, and
   of these the busiest. Rounds have numbers, so nobody charges one twice, and a document holds
   the last few, so that one that is read late is not lost. Those that everybody had time to read
   are left out of it: to whoever has begun meanwhile, or has forgotten us, they would be news.
3. What was let through elsewhere is charged even where there is no room for it any more: who used
   several hosts at once waits until it is worked off. So *n* hosts let through *n* bursts at first,
   and in the long run what one would, but for what they did in the seconds that telling takes.
"""

import json
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from watchword.core.errors import NotFoundError
from watchword.core.ports import Clock, Meter, Storage
from watchword.core.rates import Rate
from watchword.core.subjects import Audience
from watchword.storage.meter import SharedMeter

__all__ = ["PooledMeter", "open_meter"]

AUDIENCE: Final = Audience("watchword")
KIND: Final = "let-through"

SHARE: Final = 32
MOST_NOTED: Final = 8_192
MOST_TOLD: Final = 256
ROUNDS: Final = 4

FRESH: Final = timedelta(seconds=10)
"""How old the rounds of somebody who was not heard before may be to count."""
FORGOTTEN: Final = timedelta(minutes=10)


def open_meter(path: Path, storage: Storage | None, clock: Clock) -> Meter:
    """Open the meter of this host at a path, beside others' if a storage is shared with them.

    Raises ``ValueError`` for a file that is none of ours or that others may change, and
    ``OSError``.
    """
    meter = SharedMeter(path)
    if storage is None:
        return meter
    return PooledMeter(meter, storage, clock, meter.home, secrets.token_hex(8))


class PooledMeter:
    """One process's way to its host's meter. Used from an event loop, but for `tell` and `hear`."""

    def __init__(
        self, meter: Meter, storage: Storage, clock: Clock, home: str, process: str
    ) -> None:
        """Lay it over a meter. ``home`` is the name of that meter's host."""
        self._meter = meter
        self._storage = storage
        self._clock = clock
        self._home = home
        self._name = f"{home}/{process}"
        self._spent: dict[bytes, tuple[Rate, int]] = {}
        self._rounds: deque[tuple[int, list[tuple[str, int, int]]]] = deque(maxlen=ROUNDS)
        self._round: int = 0
        self._told: int = 0
        self._told_at = clock()
        self._heard: dict[str, int] = {}

    def ticks(self) -> int:
        """Return the time by this host's clock."""
        return self._meter.ticks()

    def take(self, key: bytes, rate: Rate, count: int = 1) -> int:
        """Let so many through and return 0, or let none through and return how long to wait."""
        wait = self._meter.take(key, rate, count)
        if not wait:
            noted = self._spent.get(key)
            self._spent[key] = rate, count if noted is None else noted[1] + count
        return wait

    def keep_up(self, *, leading: bool) -> None:
        """Tell the others what was let through here; who leads hears them, for the whole host.

        Raises `StorageUnavailableError`.
        """
        self.tell()
        if leading:
            self.hear()

    def charge(self, key: bytes, rate: Rate, count: int) -> None:
        """Count what was let through elsewhere."""
        self._meter.charge(key, rate, count)

    def tell(self) -> int:
        """Tell the others what was let through. Returns of how many keys.

        Raises `StorageUnavailableError`; it is told the next time, then.
        """
        rows, now = self._gather(), self._clock()
        if self._told == self._round and now - self._told_at > FRESH:
            self._rounds.clear()
        if rows:
            self._round += 1
            self._rounds.append((self._round, rows))
        if self._told != self._round:
            document = {"at": now.isoformat(), "rounds": list(self._rounds)}
            with self._storage.write() as transaction:
                transaction.documents.put(AUDIENCE, KIND, self._name, json.dumps(document).encode())
            self._told, self._told_at = self._round, now
        return len(rows)

    def hear(self) -> int:
        """Charge what others have told since the last time. Returns for how many calls.

        One process of each host does so. Raises `StorageUnavailableError`.
        """
        with self._storage.read() as transaction:
            documents = transaction.documents.list_of(AUDIENCE, KIND)
        now, charged, gone = self._clock(), 0, set[str]()
        for name, document in documents:
            told = json.loads(document)
            age = now - datetime.fromisoformat(told["at"])
            if age > FORGOTTEN:
                gone.add(name)
            elif not name.startswith(f"{self._home}/"):
                charged += sum(self._charge_news(name, told, is_fresh=age < FRESH))
        there = {name for name, _ in documents} - gone
        self._heard = {name: number for name, number in self._heard.items() if name in there}
        self._forget(gone)
        return charged

    def _charge_news(self, name: str, told: Mapping[str, Any], *, is_fresh: bool) -> Iterator[int]:
        known = self._heard.get(name)
        for number, rows in told["rounds"]:
            if known is not None and number <= known:
                continue
            self._heard[name] = number
            if known is None and not is_fresh:
                continue
            for key, pace, count in rows:
                self._meter.charge(bytes.fromhex(key), Rate(pace, 1), count)
                yield count

    def _gather(self) -> list[tuple[str, int, int]]:
        """Return what is worth telling, and keep the rest until it is, if it is not too much."""
        spent, self._spent = self._spent, {}
        spent = dict(spent)  # at once: the event loop may still be noting something in it
        told = {key for key, (rate, count) in spent.items() if count * SHARE >= rate.burst}
        if len(spent) - len(told) <= MOST_NOTED:
            for key in spent.keys() - told:
                rate, count = spent[key]
                self._spent[key] = rate, count + self._spent.get(key, (rate, 0))[1]
        busiest = sorted(told, key=lambda key: spent[key][1], reverse=True)[:MOST_TOLD]
        return [(key.hex(), spent[key][0].pace, spent[key][1]) for key in busiest]

    def _forget(self, names: set[str]) -> None:
        """Remove the documents of processes that are long gone."""
        if not names:
            return
        with self._storage.write() as transaction:
            for name in names:
                # Another host may have been quicker.
                with suppress(NotFoundError):
                    transaction.documents.remove(AUDIENCE, KIND, name)
