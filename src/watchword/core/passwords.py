"""Hashing and checking passwords at a bounded rate, at the same cost whatever the answer.

Hashing runs in a pool of its own, as many at once as there are cores, behind a bounded queue;
beyond it the caller is told to come back. The pool's threads have the lowest priority, so that
checks of tokens keep their speed while people log in.
"""

import hashlib
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from argon2.exceptions import HashingError

from watchword.core.argon import HASH_BYTES, Argon
from watchword.core.errors import OverloadedError
from watchword.core.hashes import parse_hash
from watchword.core.policy import PasswordPolicy
from watchword.core.tokens import Randomness

__all__ = ["HashPool", "Passwords", "Verdict", "origin_of"]

T = TypeVar("T")

LOWEST_PRIORITY: Final = 19
SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password fits, and whether its hash should be made anew (foreign or outdated)."""

    fits: bool
    outdated: bool = False


def origin_of(encoded: str) -> str:
    """Return the name by which an imported hash is recognised when it is imported again.

    A digest of the encoded hash, salt included, so it says no more than the hash itself did.
    """
    return hashlib.sha256(encoded.encode()).hexdigest()


class HashPool:
    """Threads that hash, and the bounded queue in front of them.

    Where more is waiting than its threads could begin, a thread does two pieces of work before it
    tells who asked for them (decision 0158).
    """

    def __init__(self, threads: int, queue: int) -> None:
        """Make a pool; threads start with the first work."""
        count = threads or len(os.sched_getaffinity(0))
        self._count = count
        self._waiting: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._executor = ThreadPoolExecutor(count, "hash", initializer=_yield_to_others)
        self._places = threading.BoundedSemaphore(count + queue)

    def run(self, work: Callable[[], T]) -> T:
        """Run one piece of work and wait for it. Raises `OverloadedError` if the queue is full."""
        if not self._places.acquire(blocking=False):
            raise OverloadedError(timedelta(seconds=2))
        try:
            asked: Future[T] = Future()
            self._waiting.append((work, asked))
            self._executor.submit(self._work)
            return asked.result()
        finally:
            self._places.release()

    def close(self) -> None:
        """Wait for running work and stop the threads."""
        self._executor.shutdown()

    def _work(self) -> None:
        """Do what has waited longest, if nobody has; see `HashPool` for why it may be two."""
        tellings: list[Callable[[], None]] = []
        with suppress(IndexError):
            tellings.append(_do(*self._waiting.popleft()))
            if len(self._waiting) >= self._count:
                tellings.append(_do(*self._waiting.popleft()))
        for tell in tellings:
            tell()


class Passwords:
    """Hashes and checks passwords under one policy."""

    def __init__(self, policy: PasswordPolicy, random: Randomness = secrets.token_bytes) -> None:
        """Prepare the pool, and the hash that stands in for subjects that do not exist."""
        self._policy = policy
        self._random = random
        self._pool = HashPool(policy.threads, policy.queue)
        self._argon = Argon(policy)
        # Looks like a hash and costs as much to check, but was made from no password.
        self._nobody = self._argon.encode(random(SALT_BYTES), random(HASH_BYTES))

    def hash(self, password: str) -> str:
        """Return the encoded hash of a new password.

        Raises `OverloadedError`, or ``ValueError`` if the password is empty or too long.
        """
        secret = _encode(password)
        if not 0 < len(secret) <= self._policy.longest:
            message = f"a password has 1 to {self._policy.longest} bytes"
            raise ValueError(message)
        return self._pool.run(lambda: self._argon.hash(secret, self._random(SALT_BYTES)))

    def check(self, password: str, encoded: str | None) -> Verdict:
        """Check a password against an encoded hash, or against nobody's.

        An unknown login, a missing hash, and a password too long to be hashed cost as much as a
        wrong password; so does a foreign hash, however cheap, on top of its own cost, which a
        right password pays in being hashed anew. Raises `OverloadedError`.
        """
        secret = _encode(password)
        if encoded is None or not 0 < len(secret) <= self._policy.longest:
            self._pool.run(lambda: self._verify(self._nobody, b"-"))
            return Verdict(fits=False)
        fits = self._pool.run(lambda: self._verify(encoded, secret))
        outdated = self._outdated(encoded)
        if outdated and not fits:
            self._pool.run(lambda: self._verify(self._nobody, b"-"))
        return Verdict(fits, outdated=fits and outdated)

    def require_readable(self, encoded: str) -> None:
        """Raise ``ValueError`` for an encoded hash that no password could ever fit here."""
        parse_hash(encoded, self._policy.ceilings)

    def give_back(self) -> None:
        """Give back to the system the memory that hashes took and that none is using."""
        self._argon.give_back()

    def close(self) -> None:
        """Stop the pool."""
        self._pool.close()

    def _verify(self, encoded: str, secret: bytes) -> bool:
        """Check one hash; a hash that cannot be read or is too dear fits nothing."""
        with suppress(ValueError, HashingError):
            if not self._outdated(encoded):
                return self._argon.fits(secret, encoded)
            return parse_hash(encoded, self._policy.ceilings)(secret)
        return False

    def _outdated(self, encoded: str) -> bool:
        return not encoded.startswith(self._argon.prefix)


def _do(work: Callable[[], T], asked: "Future[T]") -> Callable[[], None]:
    """Do a piece of work. Returns what tells whoever asked for it how it went."""
    try:
        return partial(asked.set_result, work())
    except BaseException as error:  # noqa: BLE001 - raised where it was asked for
        return partial(asked.set_exception, error)


def _encode(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _yield_to_others() -> None:
    """Give this thread the lowest priority (on Linux, niceness belongs to the thread)."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
