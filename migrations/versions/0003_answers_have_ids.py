"""Name answers by an id the client makes, and keep their state and how they came about."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("message_id", sa.String(36)))
        table.add_column(sa.Column("conversation_id", sa.String(36)))
        table.add_column(sa.Column("state", sa.String(16), nullable=False, server_default="done"))
        table.add_column(sa.Column("citations", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("metadata", sa.JSON(), nullable=False, server_default="{}"))
        table.create_unique_constraint(op.f("uq_messages_message_id"), ["message_id"])
        table.create_check_constraint(op.f("ck_messages_state"), "state IN ('running', 'done', 'stopped')")
        table.create_index("ix_messages_conversation_id_id", ["conversation_id", "id"])


def downgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.drop_index("ix_messages_conversation_id_id")
        table.drop_constraint(op.f("ck_messages_state"), type_="check")
        table.drop_constraint(op.f("uq_messages_message_id"), type_="unique")
        for name in ("metadata", "citations", "state", "conversation_id", "message_id"):
            table.drop_column(name)
