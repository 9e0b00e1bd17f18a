"""Count the gaps of a cluster by their kinds from an index."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_gaps_cluster_id_kind", "gaps", ["cluster_id", "kind"])


def downgrade() -> None:
    op.drop_index("ix_gaps_cluster_id_kind", "gaps")
