"""Keep who asked to sign in to the owner's room, and who is signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owner_sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_owner_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_owner_sign_ins_email"), "owner_sign_ins", ["email"])
    op.create_index(op.f("ix_owner_sign_ins_created_at"), "owner_sign_ins", ["created_at"])
    op.create_table(
        "owner_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_owner_sessions_token_hash")),
    )
    op.create_index(op.f("ix_owner_sessions_email"), "owner_sessions", ["email"])
    op.create_index(op.f("ix_owner_sessions_expires_at"), "owner_sessions", ["expires_at"])


def downgrade() -> None:
    op.drop_table("owner_sessions")
    op.drop_table("owner_sign_ins")
