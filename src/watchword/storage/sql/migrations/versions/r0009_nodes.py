"""What hosts that share the database tell each other."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NUMBERS = ("beats", "confirmed", "seen_at")


def upgrade() -> None:
    """Create the journal and the roll."""
    op.create_table(
        "renewals",
        sa.Column("serial", SERIAL, primary_key=True),
        sa.Column("slots", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "nodes",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in NUMBERS),
        sqlite_with_rowid=False,
    )
