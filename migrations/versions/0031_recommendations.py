"""Keep which pages are near each other, what readers dismissed, and what the owner decided of pages."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("corpus", sa.Column("has_neighbours", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "page_neighbours",
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("neighbour_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_page_neighbours_page_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["neighbour_id"], ["pages.id"], name=op.f("fk_page_neighbours_neighbour_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("page_id", "position", name=op.f("pk_page_neighbours")),
    )
    op.create_index(op.f("ix_page_neighbours_neighbour_id"), "page_neighbours", ["neighbour_id"])
    op.create_table(
        "dismissals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(1100), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_dismissals_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dismissals")),
        sa.UniqueConstraint("user_id", "subject", name=op.f("uq_dismissals_user_id_subject")),
    )
    op.create_index("ix_dismissals_user_id_id", "dismissals", ["user_id", "id"])
    op.create_table(
        "page_rules",
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rule IN ('pinned', 'excluded')", name=op.f("ck_page_rules_rule")),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_page_rules")),
    )


def downgrade() -> None:
    op.drop_table("page_rules")
    op.drop_table("dismissals")
    op.drop_table("page_neighbours")
    op.execute("ALTER TABLE corpus DROP COLUMN has_neighbours")
