"""Keep with each answer what it claims: that the pages say it, that sections come nearest, or that nothing does."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An answer from before cites what it rests on, so its outcome follows from that."""
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("outcome", sa.String(16)))
        table.create_check_constraint("outcome", "outcome IN ('answered', 'nearest', 'not_covered', 'greeting')")
    op.execute(
        """UPDATE messages SET outcome = CASE WHEN CAST(citations AS TEXT) <> '[]' THEN 'answered'
           WHEN CAST(sources AS TEXT) <> '[]' THEN 'nearest' ELSE 'not_covered' END
           WHERE role = 'assistant'"""
    )


def downgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.drop_constraint("outcome", type_="check")
        table.drop_column("outcome")
