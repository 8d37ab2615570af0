"""Sessions that stand for a service token, and sessions that are bound to networks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add two columns, both empty in what is there: nothing is copied, however many rows."""
    op.add_column("sessions", sa.Column("service_token", sa.LargeBinary))
    op.add_column("sessions", sa.Column("networks", sa.Text))
    present = sa.text("service_token IS NOT NULL")
    op.create_index(
        "ix_sessions_service_token",
        "sessions",
        ["service_token"],
        unique=True,
        sqlite_where=present,
        postgresql_where=present,
    )
