"""The tables. A change here needs a migration; a test compares the two.

Rules of this file:

1. Times are whole microseconds since 1970 (`watchword.storage.times`), truth values 0 and 1, ids
   of subjects and tenants their 16 bytes, sets and mappings JSON.
2. A number that was given out is never given out again (hence AUTOINCREMENT): processes remember
   sessions by their number.
3. A session's family and predecessor may be purged before it, so they are plain numbers.
"""

from typing import Any, Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

__all__ = [
    "METADATA",
    "attempts",
    "audit",
    "blobs",
    "challenges",
    "credentials",
    "devices",
    "documents",
    "index_collections",
    "index_entries",
    "index_facets",
    "index_marks",
    "index_tallies",
    "jobs",
    "logins",
    "nodes",
    "profiles",
    "renewals",
    "session_list",
    "sessions",
    "subjects",
    "tenants",
    "tokens",
]

T = TypeVar("T")

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BY_CODE_POINT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its characters' numbers, in which SQLite has all text."""

SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is spelt INTEGER."""


def _required(name: str, kind: type[TypeEngine[T]], *keys: ForeignKey) -> Column[T]:
    return Column(name, kind, *keys, nullable=False)


def _owner() -> Column[bytes]:
    """Return the key of the subject that a row goes with."""
    return _required("subject_id", LargeBinary, ForeignKey("subjects.id", ondelete="CASCADE"))


def _sparse(name: str, *columns: str, unique: bool = False) -> Index:
    """Return an index that leaves out rows without a value in its last column."""
    return Index(name, *columns, unique=unique, **_only(f"{columns[-1]} IS NOT NULL"))


def _only(condition: str) -> dict[str, Any]:
    """Return the options of an index that leaves out all other rows."""
    return {"sqlite_where": text(condition)}


tenants = Table(
    "tenants",
    METADATA,
    Column("id", LargeBinary, primary_key=True),
    _required("name", Text),
    _required("created_at", BigInteger),
    _required("in_deletion", SmallInteger),
    Index("ix_tenants_name", "name"),
    sqlite_with_rowid=False,
)

subjects = Table(
    "subjects",
    METADATA,
    Column("number", SERIAL, primary_key=True),
    _required("id", LargeBinary),
    _required("full_name", Text),
    _required("created_at", BigInteger),
    _required("modified_at", BigInteger),
    _required("active", SmallInteger),
    _required("service", SmallInteger),
    Column("tenant_id", LargeBinary, ForeignKey("tenants.id", ondelete="SET NULL")),
    UniqueConstraint("id"),
    _sparse("ix_subjects_tenant_id", "tenant_id"),
    sqlite_autoincrement=True,
)

logins = Table(
    "logins",
    METADATA,
    Column("folded", Text, primary_key=True),
    _owner(),
    _required("position", BigInteger),
    _required("written", Text),
    Index("ix_logins_subject_id", "subject_id"),
    sqlite_with_rowid=False,
)

credentials = Table(
    "credentials",
    METADATA,
    _owner(),
    _required("encoded", Text),
    _required("origin", Text),
    PrimaryKeyConstraint("subject_id"),
    sqlite_with_rowid=False,
)

profiles = Table(
    "profiles",
    METADATA,
    _owner(),
    _required("audience", Text),
    _required("document", LargeBinary),
    PrimaryKeyConstraint("subject_id", "audience"),
    sqlite_with_rowid=False,
)

# ``family`` is NULL in the head of a family, whose number nobody knows before it is stored.
# ``device_mark`` is a short digest of ``device_key``: keys come from outside, in any length.
sessions = Table(
    "sessions",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    _owner(),
    _required("audience", Text),
    _required("opened_at", BigInteger),
    _required("seen_at", BigInteger),
    _required("expires_at", BigInteger),
    Column("family", BigInteger),
    Column("predecessor", BigInteger),
    Column("deadline", BigInteger),
    _required("scopes", Text),
    _required("device_key", Text),
    Column("device_mark", BigInteger),
    _required("device_mobile", SmallInteger),
    _required("device_details", LargeBinary),
    _required("address", Text),
    Column("ended_at", BigInteger),
    Column("end_reason", Text),
    _required("nonce", LargeBinary),
    Column("service_token", LargeBinary),
    Column("networks", Text),
    # Most of a subject's sessions have ended: those that live stand together.
    Index("ix_sessions_subject_id", "subject_id", "ended_at", "device_mark"),
    _sparse("ix_sessions_family", "family"),
    _sparse("ix_sessions_predecessor", "predecessor"),
    _sparse("ix_sessions_device_mark", "device_mark"),
    _sparse("ix_sessions_ended_at", "ended_at"),
    Index("ix_sessions_expires_at", "expires_at"),
    _sparse("ix_sessions_service_token", "service_token", unique=True),
    # A machine may have thousands of sessions, and few service tokens.
    _sparse("ix_sessions_of_service", "subject_id", "ended_at", "service_token"),
    sqlite_autoincrement=True,
)

# What lists of sessions are filtered and sorted by, for those that they show: the living
# (``standing`` 1) and those that a block of their device ended (0). A page is read along one of the
# first three indexes, whatever else the table of sessions holds.
session_list = Table(
    "session_list",
    METADATA,
    _required("session_id", BigInteger, ForeignKey("sessions.id", ondelete="CASCADE")),
    _required("subject_id", LargeBinary),
    _required("audience", Text),
    _required("standing", SmallInteger),
    _required("mobile", SmallInteger),
    _required("opened_at", BigInteger),
    _required("seen_at", BigInteger),
    _required("expires_at", BigInteger),
    Column("owner", BY_CODE_POINT, nullable=False),
    _required("device_key", Text),
    Column("device_mark", BigInteger),
    Column("address_rank", LargeBinary),
    PrimaryKeyConstraint("session_id"),
    Index("ix_session_list_opened", "audience", "standing", "mobile", "opened_at", "session_id"),
    Index("ix_session_list_seen", "audience", "standing", "seen_at", "session_id"),
    Index("ix_session_list_owner", "audience", "standing", "owner", "session_id"),
    Index("ix_session_list_subject_id", "subject_id", "opened_at", "session_id"),
    _sparse("ix_session_list_device_mark", "device_mark"),
    sqlite_with_rowid=False,
)

tokens = Table(
    "tokens",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _required("session_id", BigInteger, ForeignKey("sessions.id", ondelete="CASCADE")),
    _required("use", Text),
    Index("ix_tokens_session_id", "session_id"),
    Index("ix_tokens_proof", "session_id", **_only("use = 'proof'")),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    METADATA,
    Column("key", Text, primary_key=True),
    _required("failures", BigInteger),
    _required("failed_at", BigInteger),
    Column("locked_until", BigInteger),
    Index("ix_attempts_failed_at", "failed_at"),
    sqlite_with_rowid=False,
)

challenges = Table(
    "challenges",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    _required("audience", Text),
    _required("device_key", Text),
    _required("source", Text),
    _required("acts", Text),
    _required("deadline", BigInteger),
    _required("redeemed", SmallInteger),
    # All that counting the open ones looks at.
    Index("ix_challenges_deadline", "deadline", "redeemed", "source"),
    sqlite_with_rowid=False,
)

devices = Table(
    "devices",
    METADATA,
    _owner(),
    _required("key", Text),
    _required("seen_at", BigInteger),
    PrimaryKeyConstraint("subject_id", "key"),
    Index("ix_devices_seen_at", "seen_at"),
    sqlite_with_rowid=False,
)

documents = Table(
    "documents",
    METADATA,
    _required("audience", Text),
    _required("kind", Text),
    _required("key", Text),
    _required("document", LargeBinary),
    PrimaryKeyConstraint("audience", "kind", "key"),
    sqlite_with_rowid=False,
)

# --- the index: what entries say, and how many say it -------------------------------------------
# Text from outside is kept as its bytes: a database need not hold every text in every order. Names
# are interned, since each is repeated a million times.

index_collections = Table(
    "index_collections",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    _required("name", LargeBinary),
    _required("entries", BigInteger),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)

index_facets = Table(
    "index_facets",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    _required("collection", BigInteger),
    _required("name", LargeBinary),
    _required("entries", BigInteger),
    UniqueConstraint("collection", "name"),
    sqlite_autoincrement=True,
)

index_entries = Table(
    "index_entries",
    METADATA,
    Column("serial", SERIAL, primary_key=True),
    _required("collection", BigInteger),
    _required("key", LargeBinary),
    UniqueConstraint("collection", "key"),
    Index("ix_index_entries_collection", "collection", "serial"),
    sqlite_autoincrement=True,
)

# The two indexes differ in which of several equals comes first; a scan can turn round, but only as
# a whole. ``folded`` is the text that a substring is looked for in.
index_marks = Table(
    "index_marks",
    METADATA,
    _required("serial", BigInteger),
    _required("facet", BigInteger),
    _required("rank", LargeBinary),
    Column("folded", LargeBinary),
    PrimaryKeyConstraint("serial", "facet", "rank"),
    Index("ix_index_marks_descending", "facet", "rank", "serial"),
    Index("ix_index_marks_ascending", "facet", "rank", text("serial DESC")),
    sqlite_with_rowid=False,
)

index_tallies = Table(
    "index_tallies",
    METADATA,
    _required("facet", BigInteger),
    _required("rank", LargeBinary),
    _required("entries", BigInteger),
    PrimaryKeyConstraint("facet", "rank"),
    sqlite_with_rowid=False,
)

# --- work and content ----------------------------------------------------------------------------

jobs = Table(
    "jobs",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    _required("kind", Text),
    _required("document", LargeBinary),
    _required("due_at", BigInteger),
    _required("attempts", BigInteger),
    Index("ix_jobs_due_at", "due_at"),
    sqlite_autoincrement=True,
)

blobs = Table(
    "blobs",
    METADATA,
    Column("id", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# --- hosts that share the database (`watchword.core.nodes`); empty in a file ----------------------

renewals = Table(
    "renewals",
    METADATA,
    Column("serial", SERIAL, primary_key=True),
    _required("slots", LargeBinary),
    sqlite_autoincrement=True,
)

# ``seen_at`` is for people to read; nothing is decided by it.
nodes = Table(
    "nodes",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _required("name", Text),
    _required("beats", BigInteger),
    _required("confirmed", BigInteger),
    _required("seen_at", BigInteger),
    sqlite_with_rowid=False,
)

# No foreign keys: the trail outlives whom it speaks of.
audit = Table(
    "audit",
    METADATA,
    Column("serial", SERIAL, primary_key=True),
    _required("at", BigInteger),
    _required("action", Text),
    _required("result", Text),
    _required("audience", Text),
    Column("subject_id", LargeBinary),
    _required("login", Text),
    Column("tenant_id", LargeBinary),
    _required("address", Text),
    _required("device_key", Text),
    _required("details", Text),
    _required("previous", LargeBinary),
    _required("hash", LargeBinary),
    sqlite_autoincrement=True,
)
