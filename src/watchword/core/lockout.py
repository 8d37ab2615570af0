"""Stopping guesses without handing strangers a weapon against the owner.

Rules of this file:

1. Failures are counted per login and per source over all audiences, in the storage, so that every
   worker and node sees one count. All logins of one subject share theirs: one door takes e-mail
   addresses and another user names, and nobody may guess anew at the next door.
2. The verdict falls in the transaction that records the attempt. A burst of parallel guesses gets
   at most ``free_failures`` true answers, because the answers are given one after another; a
   burst of right passwords locks nobody out, because nothing is counted for them.
3. A login is locked whether or not it exists; a lock looks like a wrong password on every wire.
4. An attempt from a device or address that the subject used before has a count of its own. Others
   can lock the login for strangers; they cannot lock the owner out.
5. Locks grow and end by themselves.
6. A source is an address, or a whole network of sixty-four bits of IPv6 (`source_of`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from watchword.core.networks import source_of
from watchword.core.policy import LockoutPolicy

__all__ = [
    "Attempts",
    "device_keys",
    "judge",
    "login_key",
    "record_failure",
    "source_key",
]

PLACES: Final = 1_024
"""Devices and addresses whose keys are at hand."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failures in a row under one key."""

    key: str
    failures: int
    failed_at: datetime
    locked_until: datetime | None = None


def login_key(folded_login: str, known_device: str = "") -> str:
    """Return the key for attempts at a login, from strangers or from one known device.

    A digest: logins are long, and what was typed as a login is sometimes a password.
    """
    return "login:" + _short(f"{folded_login}\x00{known_device}")


def source_key(address: str) -> str:
    """Return the key for attempts from a network address; empty where the address is unknown."""
    return "source:" + _short_of_place(source_of(address)) if address else ""


def device_keys(device_key: str, address: str) -> tuple[str, ...]:
    """Return the keys under which a visit's device and address are remembered."""
    keys: list[str] = []
    if device_key:
        keys.append("device:" + _short_of_place(device_key))
    if address:
        keys.append("address:" + _short_of_place(source_of(address)))
    return tuple(keys)


def judge(policy: LockoutPolicy, attempts: Attempts | None, now: datetime) -> timedelta | None:
    """Return how long the key is still locked, or None if it is not."""
    if not policy.enabled or attempts is None or attempts.locked_until is None:
        return None
    left = attempts.locked_until - now
    return left if left > timedelta(0) else None


def record_failure(
    policy: LockoutPolicy, key: str, before: Attempts | None, now: datetime, *, source: bool = False
) -> Attempts:
    """Return the count after one more failure."""
    fresh = before is None or now - before.failed_at > policy.forget_after
    failures = 1 if before is None or fresh else before.failures + 1
    excess = failures - (policy.free_source_failures if source else policy.free_failures)
    if excess < 0:
        return Attempts(key, failures, now)
    return Attempts(key, failures, now, now + _lock_length(policy, excess))


def _lock_length(policy: LockoutPolicy, excess: int) -> timedelta:
    """Double with each failure; the exponent is bounded so that no count overflows."""
    return min(policy.first_lock * (1 << min(excess, 20)), policy.longest_lock)


@lru_cache(PLACES)
def _short_of_place(text: str) -> str:
    """Return the same for a device or an address. (Of logins nothing that was typed is kept.)"""
    return _short(text)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
