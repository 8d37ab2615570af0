"""What lists of sessions are filtered and sorted by."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeVar

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0004"
down_revision = "0003"

T = TypeVar("T")

BY_CODE_POINT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# Whoever lives is listed. A name is the first login that is no e-mail address, else the first.
FILL = """
INSERT INTO session_list (
    session_id, subject_id, audience, standing, mobile, opened_at, seen_at, expires_at, owner,
    device_key, device_mark
)
SELECT id, subject_id, audience, 1, device_mobile, opened_at, seen_at, expires_at,
       coalesce((
           SELECT written FROM logins WHERE logins.subject_id = sessions.subject_id
           ORDER BY CASE WHEN written LIKE '%@%' THEN 1 ELSE 0 END, position LIMIT 1
       ), ''),
       device_key, device_mark
  FROM sessions WHERE ended_at IS NULL
"""
LIST_ADDRESSES = "SELECT DISTINCT address FROM sessions WHERE ended_at IS NULL"
RANK = """
UPDATE session_list SET address_rank = :rank
 WHERE session_id IN (SELECT id FROM sessions WHERE address = :address)
"""


def upgrade() -> None:
    """Create the list and fill it; nothing that was there changes."""
    op.create_table(
        "session_list",
        _required("session_id", sa.BigInteger, sa.ForeignKey("sessions.id", ondelete="CASCADE")),
        _required("subject_id", sa.LargeBinary),
        _required("audience", sa.Text),
        _required("standing", sa.SmallInteger),
        _required("mobile", sa.SmallInteger),
        _required("opened_at", sa.BigInteger),
        _required("seen_at", sa.BigInteger),
        _required("expires_at", sa.BigInteger),
        sa.Column("owner", BY_CODE_POINT, nullable=False),
        _required("device_key", sa.Text),
        sa.Column("device_mark", sa.BigInteger),
        sa.Column("address_rank", sa.LargeBinary),
        sa.PrimaryKeyConstraint("session_id"),
        sqlite_with_rowid=False,
    )
    _fill()
    _create_indexes()


def _required(name: str, kind: type[TypeEngine[T]], *keys: sa.ForeignKey) -> sa.Column[T]:
    return sa.Column(name, kind, *keys, nullable=False)


def _fill() -> None:
    connection = op.get_bind()
    connection.execute(sa.text(FILL))
    for (address,) in connection.execute(sa.text(LIST_ADDRESSES)).fetchall():
        rank = _rank(address)
        if rank is not None:
            connection.execute(sa.text(RANK), {"address": address, "rank": rank})


def _rank(text: str) -> bytes | None:
    """Return an address in sixteen bytes, as of this release: IPv4 as IPv6 has it."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        address = IPv6Address(f"::ffff:{address}")
    return address.packed


def _create_indexes() -> None:
    here = ["audience", "standing"]
    opened = [*here, "mobile", "opened_at", "session_id"]
    op.create_index("ix_session_list_opened", "session_list", opened)
    op.create_index("ix_session_list_seen", "session_list", [*here, "seen_at", "session_id"])
    op.create_index("ix_session_list_owner", "session_list", [*here, "owner", "session_id"])
    op.create_index("ix_session_list_subject_id", "session_list", ["subject_id"])
    present = sa.text("device_mark IS NOT NULL")
    op.create_index(
        "ix_session_list_device_mark",
        "session_list",
        ["device_mark"],
        sqlite_where=present,
        postgresql_where=present,
    )
