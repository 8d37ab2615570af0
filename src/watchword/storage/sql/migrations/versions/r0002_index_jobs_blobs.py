"""The index, jobs and the ledger of blobs."""

from typing import TypeVar

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"

T = TypeVar("T")

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create what was not there; nothing that was there changes."""
    _create_names()
    _create_entries()
    _create_work()


def _required(name: str, kind: type[TypeEngine[T]]) -> sa.Column[T]:
    return sa.Column(name, kind, nullable=False)


def _create_names() -> None:
    op.create_table(
        "index_collections",
        sa.Column("id", SERIAL, primary_key=True),
        _required("name", sa.LargeBinary),
        _required("entries", sa.BigInteger),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "index_facets",
        sa.Column("id", SERIAL, primary_key=True),
        _required("collection", sa.BigInteger),
        _required("name", sa.LargeBinary),
        _required("entries", sa.BigInteger),
        sa.UniqueConstraint("collection", "name"),
        sqlite_autoincrement=True,
    )


def _create_entries() -> None:
    op.create_table(
        "index_entries",
        sa.Column("serial", SERIAL, primary_key=True),
        _required("collection", sa.BigInteger),
        _required("key", sa.LargeBinary),
        sa.UniqueConstraint("collection", "key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_index_entries_collection", "index_entries", ["collection", "serial"])
    op.create_table(
        "index_marks",
        _required("serial", sa.BigInteger),
        _required("facet", sa.BigInteger),
        _required("rank", sa.LargeBinary),
        sa.Column("folded", sa.LargeBinary),
        sa.PrimaryKeyConstraint("serial", "facet", "rank"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_index_marks_descending", "index_marks", ["facet", "rank", "serial"])
    op.create_index(
        "ix_index_marks_ascending", "index_marks", ["facet", "rank", sa.text("serial DESC")]
    )
    op.create_table(
        "index_tallies",
        _required("facet", sa.BigInteger),
        _required("rank", sa.LargeBinary),
        _required("entries", sa.BigInteger),
        sa.PrimaryKeyConstraint("facet", "rank"),
        sqlite_with_rowid=False,
    )


def _create_work() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", SERIAL, primary_key=True),
        _required("kind", sa.Text),
        _required("document", sa.LargeBinary),
        _required("due_at", sa.BigInteger),
        _required("attempts", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"])
    op.create_table(
        "blobs",
        sa.Column("id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
