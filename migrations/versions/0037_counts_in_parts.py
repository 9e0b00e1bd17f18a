"""Let transactions that count at once do so in parts of a count, each of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

KEY = ["measure", "day", "label"]
# The rows of the same count as the row that a statement is about.
SAME = "FROM daily_counts AS other WHERE " + " AND ".join(f"other.{name} = daily_counts.{name}" for name in KEY)


def upgrade() -> None:
    with op.batch_alter_table("daily_counts") as batch:
        batch.add_column(sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
        batch.drop_constraint(op.f("pk_daily_counts"), type_="primary")
        batch.create_primary_key(op.f("pk_daily_counts"), [*KEY, "part"])


def downgrade() -> None:
    first = f"(SELECT MIN(other.part) {SAME})"
    op.execute(f"UPDATE daily_counts SET number = (SELECT SUM(other.number) {SAME}) WHERE part = {first}")
    op.execute(f"DELETE FROM daily_counts WHERE part > {first}")
    with op.batch_alter_table("daily_counts") as batch:
        batch.drop_constraint(op.f("pk_daily_counts"), type_="primary")
        batch.drop_column("part")
        batch.create_primary_key(op.f("pk_daily_counts"), KEY)
