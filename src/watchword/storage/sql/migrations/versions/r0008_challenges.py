"""What faces are asked to do before they are believed to be there."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXTS = ("audience", "device_key", "source", "acts")


def upgrade() -> None:
    """Create the table, and the index by which the open ones are counted and the late ones go."""
    op.create_table(
        "challenges",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.Column("redeemed", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_challenges_deadline", "challenges", ["deadline", "redeemed", "source"])
