"""The tables of the first release."""

from typing import TypeVar

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

T = TypeVar("T")

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create everything."""
    _create_directory()
    _create_sessions()
    _create_ledgers()


def _required(name: str, kind: type[TypeEngine[T]]) -> sa.Column[T]:
    return sa.Column(name, kind, nullable=False)


def _owner() -> sa.Column[bytes]:
    key = sa.ForeignKey("subjects.id", ondelete="CASCADE")
    return sa.Column("subject_id", sa.LargeBinary, key, nullable=False)


def _index(name: str, table: str, *columns: str, present: str | None = None) -> None:
    where = None if present is None else sa.text(f"{present} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _create_directory() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        _required("name", sa.Text),
        _required("created_at", sa.BigInteger),
        _required("in_deletion", sa.SmallInteger),
        sqlite_with_rowid=False,
    )
    _index("ix_tenants_name", "tenants", "name")
    op.create_table(
        "subjects",
        sa.Column("number", SERIAL, primary_key=True),
        _required("id", sa.LargeBinary),
        _required("full_name", sa.Text),
        _required("created_at", sa.BigInteger),
        _required("modified_at", sa.BigInteger),
        _required("active", sa.SmallInteger),
        _required("service", sa.SmallInteger),
        sa.Column("tenant_id", sa.LargeBinary, sa.ForeignKey("tenants.id", ondelete="SET NULL")),
        sa.UniqueConstraint("id"),
        sqlite_autoincrement=True,
    )
    _index("ix_subjects_tenant_id", "subjects", "tenant_id", present="tenant_id")
    op.create_table(
        "logins",
        sa.Column("folded", sa.Text, primary_key=True),
        _owner(),
        _required("position", sa.BigInteger),
        _required("written", sa.Text),
        sqlite_with_rowid=False,
    )
    _index("ix_logins_subject_id", "logins", "subject_id")
    op.create_table(
        "credentials",
        _owner(),
        _required("encoded", sa.Text),
        _required("origin", sa.Text),
        sa.PrimaryKeyConstraint("subject_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "profiles",
        _owner(),
        _required("audience", sa.Text),
        _required("document", sa.LargeBinary),
        sa.PrimaryKeyConstraint("subject_id", "audience"),
        sqlite_with_rowid=False,
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", SERIAL, primary_key=True),
        _owner(),
        _required("audience", sa.Text),
        _required("opened_at", sa.BigInteger),
        _required("seen_at", sa.BigInteger),
        _required("expires_at", sa.BigInteger),
        sa.Column("family", sa.BigInteger),
        sa.Column("predecessor", sa.BigInteger),
        sa.Column("deadline", sa.BigInteger),
        _required("scopes", sa.Text),
        _required("device_key", sa.Text),
        sa.Column("device_mark", sa.BigInteger),
        _required("device_mobile", sa.SmallInteger),
        _required("device_details", sa.LargeBinary),
        _required("address", sa.Text),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("end_reason", sa.Text),
        _required("nonce", sa.LargeBinary),
        sqlite_autoincrement=True,
    )
    _index("ix_sessions_subject_id", "sessions", "subject_id", "device_mark")
    for column in ("family", "predecessor", "device_mark", "ended_at"):
        _index(f"ix_sessions_{column}", "sessions", column, present=column)
    _index("ix_sessions_expires_at", "sessions", "expires_at")
    key = sa.ForeignKey("sessions.id", ondelete="CASCADE")
    op.create_table(
        "tokens",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("session_id", sa.BigInteger, key, nullable=False),
        _required("use", sa.Text),
        sqlite_with_rowid=False,
    )
    _index("ix_tokens_session_id", "tokens", "session_id")


def _create_ledgers() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", sa.Text, primary_key=True),
        _required("failures", sa.BigInteger),
        _required("failed_at", sa.BigInteger),
        sa.Column("locked_until", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    _index("ix_attempts_failed_at", "attempts", "failed_at")
    op.create_table(
        "devices",
        _owner(),
        _required("key", sa.Text),
        _required("seen_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("subject_id", "key"),
        sqlite_with_rowid=False,
    )
    _index("ix_devices_seen_at", "devices", "seen_at")
    op.create_table(
        "documents",
        _required("audience", sa.Text),
        _required("kind", sa.Text),
        _required("key", sa.Text),
        _required("document", sa.LargeBinary),
        sa.PrimaryKeyConstraint("audience", "kind", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("serial", SERIAL, primary_key=True),
        _required("at", sa.BigInteger),
        _required("action", sa.Text),
        _required("result", sa.Text),
        _required("audience", sa.Text),
        sa.Column("subject_id", sa.LargeBinary),
        _required("login", sa.Text),
        sa.Column("tenant_id", sa.LargeBinary),
        _required("address", sa.Text),
        _required("device_key", sa.Text),
        _required("details", sa.Text),
        _required("previous", sa.LargeBinary),
        _required("hash", sa.LargeBinary),
        sqlite_autoincrement=True,
    )
