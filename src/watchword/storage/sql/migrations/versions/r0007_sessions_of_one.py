"""One subject's sessions in the order in which they were opened."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Widen the index by which the sessions of a subject are listed."""
    op.drop_index("ix_session_list_subject_id", "session_list")
    columns = ["subject_id", "opened_at", "session_id"]
    op.create_index("ix_session_list_subject_id", "session_list", columns)
