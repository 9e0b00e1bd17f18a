"""Keep clusters of gaps, curated answers, the test set with its runs, and verdicts on answers."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gap_clusters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("failing_state", sa.String(32), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        *_times("opened_at", "state_at", "asked_at"),
        *_times("announced_at", "mailed_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('new', 'drafting', 'published', 'verified', 'ignored')", name=op.f("ck_gap_clusters_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_clusters")),
    )
    op.create_index("ix_gap_clusters_state_size", "gap_clusters", ["state", "size"])
    op.create_index(op.f("ix_gap_clusters_leader_id"), "gap_clusters", ["leader_id"])
    op.add_column("gaps", sa.Column("cluster_id", sa.Integer(), nullable=True))
    op.create_index("ix_gaps_cluster_id_id", "gaps", ["cluster_id", "id"])
    op.create_table(
        "curated_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("page_url", sa.String(1000), nullable=False),
        sa.Column("anchor", sa.String(200), nullable=False),
        sa.Column("section_hash", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        *_times("hit_at", nullable=True),
        *_times("created_at", "updated_at"),
        sa.CheckConstraint("standing IN ('current', 'changed', 'gone')", name=op.f("ck_curated_answers_standing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curated_answers")),
    )
    op.create_table(
        "test_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.JSON(), nullable=False),
        sa.Column("shows", sa.JSON(), nullable=False),
        sa.Column("split", sa.String(255), nullable=False),
        sa.Column("site", sa.String(255), nullable=False),
        sa.Column("version", sa.String(255), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        *_times("created_at"),
        sa.CheckConstraint("origin IN ('owner', 'import', 'review')", name=op.f("ck_test_questions_origin")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_test_questions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_questions")),
    )
    op.create_index(op.f("ix_test_questions_message_id"), "test_questions", ["message_id"])
    op.create_index(op.f("ix_test_questions_user_id"), "test_questions", ["user_id"])
    op.create_table(
        "test_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("index_state", sa.String(32), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("not_asked", sa.Integer(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("newly_failing", sa.JSON(), nullable=False),
        sa.Column("newly_passing", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        *_times("ran_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_runs")),
    )
    op.create_index(op.f("ix_test_runs_ran_at"), "test_runs", ["ran_at"])
    op.create_table(
        "review_verdicts",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("section", sa.String(1300), nullable=False),
        *_times("reviewed_at"),
        sa.CheckConstraint("verdict IN ('right', 'wrong', 'incomplete')", name=op.f("ck_review_verdicts_verdict")),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["messages.id"], name=op.f("fk_review_verdicts_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_review_verdicts")),
    )
    op.create_table(
        "index_follow_ups",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("index_state", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_index_follow_ups")),
    )


def downgrade() -> None:
    for name in ("index_follow_ups", "review_verdicts", "test_runs", "test_questions", "curated_answers"):
        op.drop_table(name)
    op.drop_index("ix_gaps_cluster_id_id", "gaps")
    op.execute("ALTER TABLE gaps DROP COLUMN cluster_id")
    op.drop_table("gap_clusters")


def _times(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]
