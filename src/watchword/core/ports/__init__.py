"""Everything the core demands of the world, one small Protocol a noun.

Rules of this package:

1. A `Storage` has two doors. ``read()`` sees one consistent state and never waits for a writer;
   ``write()`` is serialised with other writers as far as it must be and is durable once its block
   has been left without an exception. An exception rolls everything back.
2. Any call may raise `StorageUnavailableError`; it is not repeated at each method.
3. Times are aware and in UTC, to the microsecond. Logins are looked up folded
   (`watchword.core.subjects.fold_login`) and given back as written.
4. Records that are absent are None from ``find_*`` and `NotFoundError` from everything else,
   where a method does not say otherwise.
5. A refusal leaves nothing behind, and the unit of work may go on after it. Text is such that
   every back-end can hold it (`watchword.core.subjects.is_storable`).
"""

from watchword.core.ports.directory import Credentials, Profiles, Standings, Subjects, Tenants
from watchword.core.ports.faces import FaceEngine
from watchword.core.ports.host import Clock, Stamps, Vault
from watchword.core.ports.meter import Meter
from watchword.core.ports.nodes import (
    NOBODY,
    Entry,
    Instant,
    Monotonic,
    NodeId,
    Renewals,
    Roll,
    Seat,
    Trust,
)
from watchword.core.ports.records import AuditLog, Blobs, Documents, Index, Jobs
from watchword.core.ports.roster import Roster
from watchword.core.ports.sessions import (
    AttemptCounts,
    Challenges,
    KnownDevices,
    SessionLists,
    Sessions,
    Tokens,
)
from watchword.core.ports.storage import Storage, Transaction

__all__ = [
    "NOBODY",
    "AttemptCounts",
    "AuditLog",
    "Blobs",
    "Challenges",
    "Clock",
    "Credentials",
    "Documents",
    "Entry",
    "FaceEngine",
    "Index",
    "Instant",
    "Jobs",
    "KnownDevices",
    "Meter",
    "Monotonic",
    "NodeId",
    "Profiles",
    "Renewals",
    "Roll",
    "Roster",
    "Seat",
    "SessionLists",
    "Sessions",
    "Stamps",
    "Standings",
    "Storage",
    "Subjects",
    "Tenants",
    "Tokens",
    "Transaction",
    "Trust",
    "Vault",
]
