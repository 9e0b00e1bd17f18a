"""Keep of which site and version the section of a curated answer is, for when it is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, source in (("site", "sources.site"), ("version", "pages.version")):
        op.add_column("curated_answers", sa.Column(name, sa.String(255), nullable=False, server_default=""))
        op.execute(
            f"UPDATE curated_answers SET {name} = coalesce((SELECT {source} FROM pages "
            "JOIN sources ON sources.id = pages.source_id WHERE pages.url = curated_answers.page_url "
            "ORDER BY pages.id LIMIT 1), '')"
        )


def downgrade() -> None:
    for name in ("site", "version"):
        op.execute(f"ALTER TABLE curated_answers DROP COLUMN {name}")
