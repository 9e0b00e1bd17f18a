"""Keep the code of a sign-in mail, bound to the browser that asked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verification_tokens") as table:
        table.add_column(sa.Column("browser_hash", sa.String(64)))
        table.add_column(sa.Column("code_hash", sa.String(64)))
        table.add_column(sa.Column("code_tries", sa.Integer(), nullable=False, server_default="0"))
        table.create_index("ix_verification_tokens_browser_hash", ["browser_hash"])


def downgrade() -> None:
    with op.batch_alter_table("verification_tokens") as table:
        table.drop_index("ix_verification_tokens_browser_hash")
        table.drop_column("code_tries")
        table.drop_column("code_hash")
        table.drop_column("browser_hash")
