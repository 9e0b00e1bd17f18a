"""Keep what readers think of answers, and what the pages do not answer."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("page_url", sa.String(2000)))
    op.create_table(
        "feedback",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("rating", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rating IN ('up', 'down')", name=op.f("ck_feedback_rating")),
        sa.ForeignKeyConstraint(["answer_id"], ["messages.id"], name=op.f("fk_feedback_answer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_feedback")),
    )
    op.create_table(
        "gaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("page", sa.String(2000), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('unanswered', 'weak', 'down')", name=op.f("ck_gaps_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_gaps_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
        sa.UniqueConstraint("message_id", "kind", name=op.f("uq_gaps_message_id_kind")),
    )
    op.create_index(op.f("ix_gaps_user_id"), "gaps", ["user_id"])
    op.create_index(op.f("ix_gaps_asked_at"), "gaps", ["asked_at"])


def downgrade() -> None:
    op.drop_table("gaps")
    op.drop_table("feedback")
    # Plain, on both databases: making the table anew would lose its checks.
    op.execute("ALTER TABLE messages DROP COLUMN page_url")
