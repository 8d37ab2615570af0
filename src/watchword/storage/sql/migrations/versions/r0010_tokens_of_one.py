"""One machine's service tokens, however many sessions it has."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Index the few sessions of a subject that stand for a service token."""
    present = sa.text("service_token IS NOT NULL")
    op.create_index(
        "ix_sessions_of_service",
        "sessions",
        ["subject_id", "ended_at", "service_token"],
        sqlite_where=present,
        postgresql_where=present,
    )
