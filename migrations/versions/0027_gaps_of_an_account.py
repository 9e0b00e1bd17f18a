"""Find the newest gaps of an account by an index: no more than a number of them is kept."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_gaps_user_id_id", "gaps", ["user_id", "id"])
    op.drop_index("ix_gaps_user_id", "gaps")


def downgrade() -> None:
    op.create_index("ix_gaps_user_id", "gaps", ["user_id"])
    op.drop_index("ix_gaps_user_id_id", "gaps")
