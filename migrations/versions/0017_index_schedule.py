"""Keep how each source is read and when it is indexed again, and say since when a lease is held."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leases", sa.Column("since", sa.Double(), nullable=False, server_default="0"))
    op.add_column("sources", sa.Column("reason", sa.String(300), nullable=False, server_default=""))
    op.add_column("sources", sa.Column("options", sa.JSON(), nullable=True))
    op.create_table(
        "index_schedules",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_index_schedules_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_index_schedules")),
    )


def downgrade() -> None:
    op.drop_table("index_schedules")
    op.execute("ALTER TABLE sources DROP COLUMN options")
    op.execute("ALTER TABLE sources DROP COLUMN reason")
    op.execute("ALTER TABLE leases DROP COLUMN since")
