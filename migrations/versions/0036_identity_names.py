"""Keep what a site calls the person of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("identities") as table:
        table.add_column(sa.Column("name", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("identities") as table:
        table.drop_column("name")
