"""Find the living sessions of a subject without passing those that ended."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Put the end of a session between whose it was and where."""
    op.drop_index("ix_sessions_subject_id", "sessions")
    op.create_index("ix_sessions_subject_id", "sessions", ["subject_id", "ended_at", "device_mark"])
