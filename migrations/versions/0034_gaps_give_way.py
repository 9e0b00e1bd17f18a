"""Keep which clusters of gaps an owner has worked on: of the others the least asked give way when they are too many."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("gap_clusters", sa.Column("is_kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    # One may be new because an owner said so.
    op.execute(
        "UPDATE gap_clusters SET is_kept = true WHERE state <> 'new' OR EXISTS (SELECT 1 FROM audit_log "
        "WHERE action = 'gap_state' AND subject = 'gap ' || gap_clusters.id)"
    )


def downgrade() -> None:
    # The questions of what gave way are in no cluster.
    op.execute("UPDATE gaps SET cluster_id = NULL WHERE cluster_id = 0")
    op.execute("ALTER TABLE gap_clusters DROP COLUMN is_kept")
