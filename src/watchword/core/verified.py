"""The verified-credential cache: logging in again soon costs microseconds.

Machine accounts log in once per journey with one password, as IDscan's documentation advises (seed
001). After one full verification a keyed MAC of (subject, password, stored hash) is kept in this
process for a short time, under a key that never leaves it. A changed password or hash gives
another MAC, so it misses by construction; locks and flags are read from the storage at every
login, hit or miss. Of copies of people on a roster, which have no hash here, nothing is remembered:
a password that was changed there would go on working here (decision 0142).

Beside it stands a MAC of (login, password), which decides nothing: it tells a login that will most
likely be recognised before the storage was asked about it, so that it may begin where it ends.
"""

import hashlib
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime
from typing import Final

from watchword.core.policy import CredentialCachePolicy, Remember
from watchword.core.subjects import Standing
from watchword.core.tokens import Randomness

__all__ = ["VerifiedCredentials"]

KEY_BYTES: Final = 32


class _Youngest:
    """A few MACs with the moments at which they lapse: the oldest goes when one more comes."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        # Ordered, because threads share it: the oldest goes in one step that no other can disturb.
        self._until: OrderedDict[bytes, datetime] = OrderedDict()

    def holds(self, mac: bytes, now: datetime) -> bool:
        until = self._until.get(mac)
        return until is not None and now < until

    def add(self, mac: bytes, until: datetime) -> None:
        self._until.pop(mac, None)
        self._until[mac] = until
        for _ in range(len(self._until) - self._entries):
            with suppress(KeyError):
                self._until.popitem(last=False)


class VerifiedCredentials:
    """MACs of credentials that were verified a short while ago."""

    def __init__(self, policy: CredentialCachePolicy, random: Randomness) -> None:
        """Start empty, with a new key."""
        self._policy = policy
        self._key = random(KEY_BYTES)
        # Each kept apart: together, threads could let the ones crowd out the others.
        self._deciding = _Youngest(policy.entries)
        self._hinting = _Youngest(policy.entries)

    def knows(self, standing: Standing, password: str, now: datetime) -> bool:
        """Say whether this password was verified for this subject and this stored hash."""
        return self._serves(standing) and self._deciding.holds(
            self._mac_of(standing, password), now
        )

    def expects(self, login: str, password: str, now: datetime) -> bool:
        """Say whether `knows` is likely to say yes to whoever has this login."""
        return self._hinting.holds(self._hint_of(login, password), now)

    def remember(self, standing: Standing, login: str, password: str, now: datetime) -> None:
        """Note that this password was fully verified just now, for who came with this login."""
        if not self._serves(standing):
            return
        until = now + self._policy.duration
        self._hinting.add(self._hint_of(login, password), until)
        self._deciding.add(self._mac_of(standing, password), until)

    def _serves(self, standing: Standing) -> bool:
        if standing.password is None:
            return False
        match self._policy.remember:
            case Remember.NOBODY:
                return False
            case Remember.SERVICES:
                return standing.subject.service
            case Remember.EVERYBODY:
                return True

    def _mac_of(self, standing: Standing, password: str) -> bytes:
        return self._mac(standing.subject.id.bytes, password, (standing.password or "").encode())

    def _hint_of(self, login: str, password: str) -> bytes:
        return self._mac(login.encode("utf-8", "surrogatepass"), password)

    def _mac(self, who: bytes, password: str, *more: bytes) -> bytes:
        """Hash with lengths in front, so that no two lists of parts share one message."""
        mac = hashlib.blake2b(key=self._key, digest_size=32)
        for part in (who, password.encode("utf-8", "surrogatepass"), *more):
            mac.update(len(part).to_bytes(8, "big") + part)
        return mac.digest()
