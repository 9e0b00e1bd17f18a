"""Keep the structure of each passage and the language of each page, as their readers find them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A passage that is indexed is taken for one paragraph, until the next indexing has read its page again."""
    op.add_column("pages", sa.Column("language", sa.String(35)))
    op.add_column("passages", sa.Column("blocks", sa.JSON(), nullable=False, server_default="[]"))
    op.execute("UPDATE pages SET content_hash = ''")


def downgrade() -> None:
    # Plain, on both databases: making a table anew would lose the triggers that keep the index.
    op.execute("ALTER TABLE passages DROP COLUMN blocks")
    op.execute("ALTER TABLE pages DROP COLUMN language")
