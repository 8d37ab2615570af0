"""A place that remembers: its doors, and the unit of work behind them."""

from contextlib import AbstractContextManager
from typing import Protocol

from watchword.core.ports.directory import Credentials, Profiles, Standings, Subjects, Tenants
from watchword.core.ports.nodes import Renewals
from watchword.core.ports.records import AuditLog, Blobs, Documents, Index, Jobs
from watchword.core.ports.sessions import (
    AttemptCounts,
    Challenges,
    KnownDevices,
    SessionLists,
    Sessions,
    Tokens,
)

__all__ = ["Storage", "Transaction"]


class Transaction(Protocol):
    """One unit of work, giving access to every noun."""

    @property
    def tenants(self) -> Tenants:
        """Organisations."""
        ...

    @property
    def subjects(self) -> Subjects:
        """Persons and machine accounts."""
        ...

    @property
    def credentials(self) -> Credentials:
        """Password hashes."""
        ...

    @property
    def profiles(self) -> Profiles:
        """What each audience knows about a subject."""
        ...

    @property
    def standings(self) -> Standings:
        """Subjects as they stand at one audience."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Logins on devices."""
        ...

    @property
    def session_lists(self) -> SessionLists:
        """Logins on devices, to be looked through."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Digests of tokens."""
        ...

    @property
    def attempts(self) -> AttemptCounts:
        """Failed logins."""
        ...

    @property
    def challenges(self) -> Challenges:
        """What faces were asked to do."""
        ...

    @property
    def devices(self) -> KnownDevices:
        """Devices known from earlier logins."""
        ...

    @property
    def documents(self) -> Documents:
        """Records that only one dialect understands."""
        ...

    @property
    def index(self) -> Index:
        """What records say."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Work that waits."""
        ...

    @property
    def blobs(self) -> Blobs:
        """Which content is referred to."""
        ...

    @property
    def renewals(self) -> Renewals:
        """What other hosts have to look at again."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit chain."""
        ...


class Storage(Protocol):
    """A place that remembers. Safe to call from several threads."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a unit that only looks."""
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """Open a unit that may change things."""
        ...
