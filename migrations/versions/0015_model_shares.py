"""Count what each reader and each network asks of the model in a day, and warn once a day of a cap that nears."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_shares",
        sa.Column("reader_hash", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader_hash", "day", name=op.f("pk_model_shares")),
    )
    op.create_index(op.f("ix_model_shares_day"), "model_shares", ["day"])
    op.add_column("model_days", sa.Column("warned", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("ALTER TABLE model_days DROP COLUMN warned")
    op.drop_table("model_shares")
