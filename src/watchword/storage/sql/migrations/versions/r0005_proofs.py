"""An index of the tokens that are proofs: among millions of tokens they are few."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the index; no token is a proof yet."""
    proofs = sa.text("use = 'proof'")
    op.create_index(
        "ix_tokens_proof",
        "tokens",
        ["session_id"],
        sqlite_where=proofs,
        postgresql_where=proofs,
    )
