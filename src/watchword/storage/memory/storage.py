"""The two doors of the reference storage.

A reading unit keeps the state that it found. A writing unit, one at a time, works on a fork of it,
which takes its place when the unit is left without an exception.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from watchword.core.errors import StorageUnavailableError
from watchword.storage.memory.directory import (
    MemoryCredentials,
    MemoryProfiles,
    MemoryStandings,
    MemorySubjects,
    MemoryTenants,
)
from watchword.storage.memory.index import MemoryIndex
from watchword.storage.memory.ledgers import (
    MemoryAttempts,
    MemoryAudit,
    MemoryBlobs,
    MemoryChallenges,
    MemoryDevices,
    MemoryDocuments,
    MemoryJobs,
    MemoryRenewals,
)
from watchword.storage.memory.session_lists import MemorySessionLists
from watchword.storage.memory.sessions import MemorySessions, MemoryTokens
from watchword.storage.memory.tables import Tables
from watchword.storage.turnstile import Turnstile

__all__ = ["MemoryStorage", "MemoryTransaction"]

PATIENCE_SECONDS: Final = 5.0


class MemoryStorage:
    """Remembers in dictionaries. Safe to call from several threads."""

    def __init__(self) -> None:
        """Start empty."""
        self._committed = Tables()
        self._writing = Turnstile()

    @contextmanager
    def read(self) -> Generator["MemoryTransaction"]:
        """Open a unit that only looks."""
        yield MemoryTransaction(self._committed)

    @contextmanager
    def write(self) -> Generator["MemoryTransaction"]:
        """Open a unit that may change things; other writers wait."""
        if not self._writing.acquire(timeout=PATIENCE_SECONDS):
            raise StorageUnavailableError
        try:
            tables = self._committed.fork()
            try:
                yield MemoryTransaction(tables)
            finally:
                tables.freeze()
            self._committed = tables
        finally:
            self._writing.release()

    def ping(self) -> None:
        """Memory is always there."""

    def close(self) -> None:
        """Nothing is held open."""


class MemoryTransaction:
    """One unit of work on one state."""

    def __init__(self, tables: Tables) -> None:
        """Lay the nouns over the tables."""
        self.tenants = MemoryTenants(tables)
        self.subjects = MemorySubjects(tables)
        self.credentials = MemoryCredentials(tables)
        self.profiles = MemoryProfiles(tables)
        self.standings = MemoryStandings(tables)
        self.sessions = MemorySessions(tables)
        self.session_lists = MemorySessionLists(tables)
        self.tokens = MemoryTokens(tables)
        self.attempts = MemoryAttempts(tables)
        self.challenges = MemoryChallenges(tables)
        self.devices = MemoryDevices(tables)
        self.documents = MemoryDocuments(tables)
        self.index = MemoryIndex(tables)
        self.jobs = MemoryJobs(tables)
        self.blobs = MemoryBlobs(tables)
        self.renewals = MemoryRenewals()
        self.audit = MemoryAudit(tables)
