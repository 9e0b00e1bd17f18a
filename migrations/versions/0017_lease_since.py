"""Say since when a lease is held."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leases", sa.Column("since", sa.Double(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.execute("ALTER TABLE leases DROP COLUMN since")
