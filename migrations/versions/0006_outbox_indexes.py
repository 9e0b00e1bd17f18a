"""Find due and old mail, and old sessions, without reading those that are neither."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_index("ix_outbox_due_at")
        table.create_index("ix_outbox_state_due_at", ["state", "due_at"])
        table.create_index("ix_outbox_created_at", ["created_at"])
    with op.batch_alter_table("sessions") as table:
        revoked = sa.text("revoked_at IS NOT NULL")
        table.create_index("ix_sessions_revoked_at", ["revoked_at"], sqlite_where=revoked, postgresql_where=revoked)
        table.create_index("ix_sessions_last_seen_at", ["last_seen_at"])


def downgrade() -> None:
    with op.batch_alter_table("sessions") as table:
        table.drop_index("ix_sessions_last_seen_at")
        table.drop_index("ix_sessions_revoked_at")
    with op.batch_alter_table("outbox") as table:
        table.drop_index("ix_outbox_created_at")
        table.drop_index("ix_outbox_state_due_at")
        table.create_index("ix_outbox_due_at", ["due_at"])
