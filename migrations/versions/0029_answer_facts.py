"""Keep what the owner finds answers by, and how many there were each day."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# What was asked before is found by its time, outcome and rating. It is not in the figures: most of it is gone.
FILL = """INSERT INTO answer_facts
    (answer_id, conversation_id, asked_at, outcome, page, site, language, rating, is_counted)
SELECT messages.id, COALESCE(conversation_id, anonymous_session_id, ''), created_at, COALESCE(outcome, 'nearest'),
    '', '', '', rating, {false}
FROM messages LEFT JOIN feedback ON feedback.answer_id = messages.id WHERE role = 'assistant'"""


def upgrade() -> None:
    op.create_table(
        "answer_facts",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("page", sa.String(1000), nullable=False),
        sa.Column("site", sa.String(255), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("rating", sa.String(8), nullable=True),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["messages.id"], name=op.f("fk_answer_facts_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_facts")),
    )
    op.create_index(op.f("ix_answer_facts_asked_at"), "answer_facts", ["asked_at"])
    op.create_index("ix_answer_facts_conversation_id_answer_id", "answer_facts", ["conversation_id", "answer_id"])
    op.create_index("ix_answer_facts_page_answer_id", "answer_facts", ["page", "answer_id"])
    is_rated = sa.text("rating IS NOT NULL")
    op.create_index(
        "ix_answer_facts_rating_answer_id",
        "answer_facts",
        ["rating", "answer_id"],
        sqlite_where=is_rated,
        postgresql_where=is_rated,
    )
    op.execute(FILL.format(false="false" if op.get_bind().dialect.name == "postgresql" else "0"))
    op.create_table(
        "daily_counts",
        sa.Column("measure", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("label", sa.String(1000), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("measure", "day", "label", name=op.f("pk_daily_counts")),
    )
    op.create_index(op.f("ix_daily_counts_day"), "daily_counts", ["day"])


def downgrade() -> None:
    op.drop_table("daily_counts")
    op.drop_table("answer_facts")
