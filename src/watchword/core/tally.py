"""How often has somebody failed here before: what an attempt to get in is judged by, and adds to.

`watchword.core.lockout` has the rules; this is how a unit of work follows them. Whatever lets
subjects in counts here, so that no way in has a count of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from watchword.core.grants import Visit
from watchword.core.lockout import (
    Attempts,
    device_keys,
    judge,
    login_key,
    record_failure,
    source_key,
)
from watchword.core.policy import LockoutPolicy
from watchword.core.ports import Transaction
from watchword.core.subjects import Standing, SubjectId, fold_login

__all__ = ["Tally", "Whence", "tally_of", "whence_of"]

NOBODY: Final = SubjectId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a visit comes from: a key that the subject is known by (or none), and new ones.

    ``name`` is what the subject's failures are counted for, whichever of its logins was typed; it
    is empty where there is no such subject.
    """

    known: str
    fresh: Sequence[str]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one attempt. From a place that the subject is known at, its own alone binds."""

    key: str
    source: str
    known: bool
    before: Mapping[str, Attempts]

    def lock(self, policy: LockoutPolicy, now: datetime) -> timedelta | None:
        """Return how long the attempt is still locked, or None if it is not."""
        if not self.before:
            return None
        binding = (each for each in self.before.values() if each.key == self.key or not self.known)
        locks = (judge(policy, each, now) for each in binding)
        return max((left for left in locks if left is not None), default=None)

    def add_failure(self, transaction: Transaction, policy: LockoutPolicy, now: datetime) -> None:
        """Count one more failure of the login and of the source."""
        before, source = self.before, self.source
        counts = [record_failure(policy, self.key, before.get(self.key), now)] if self.key else []
        if source:
            counts.append(record_failure(policy, source, before.get(source), now, source=True))
        transaction.attempts.put(counts)

    def clear(self, transaction: Transaction) -> None:
        """Forget the failures of the login; those of the source stay."""
        if self.key in self.before:
            transaction.attempts.clear([self.key])


def whence_of(transaction: Transaction, standing: Standing | None, visit: Visit) -> Whence:
    """Return where a visit comes from, for whoever it says it is."""
    keys = device_keys(visit.device.key, visit.address)
    # Nobody's devices are asked for too: an unknown login takes the same statements.
    subject_id = NOBODY if standing is None else standing.subject.id
    known = transaction.devices.knows(subject_id, keys)
    first = next((key for key in keys if key in known), "")
    name = "" if standing is None else fold_login(standing.subject.name)
    return Whence(first, [key for key in keys if key not in known], name)


def tally_of(transaction: Transaction, login: str | None, visit: Visit, whence: Whence) -> Tally:
    """Return the counts of an attempt at a folded login, None where nobody is named."""
    key = "" if login is None else login_key(whence.name or login, whence.known)
    source = source_key(visit.address)
    before = transaction.attempts.find([each for each in (key, source) if each])
    return Tally(key, source, bool(whence.known), before)
