"""Let another worker see that an answer grows, and end it when its writer is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("beats", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("fallback", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.drop_column("fallback")
        table.drop_column("beats")
