"""Derive a token's one successor, and keep whether it was used: then asking for it again is theft."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("successor_salt", sa.String(32), nullable=True))
    op.add_column("sessions", sa.Column("is_used", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.execute("ALTER TABLE sessions DROP COLUMN is_used")
    op.execute("ALTER TABLE sessions DROP COLUMN successor_salt")
