"""Pages belong to sources, and remember how a site's server marked them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the pages there are one source: ChatKit's own documentation, or what was indexed earlier."""
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("base_url", sa.String(length=1000), nullable=False),
        sa.Column("generator", sa.String(length=16), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_sources_name")),
    )
    op.execute(
        "INSERT INTO sources (name, base_url, generator, indexed_at) "
        "SELECT CASE WHEN min(CASE WHEN url LIKE '/guide/%' THEN 1 ELSE 0 END) = 1 "
        "THEN 'ChatKit''s documentation' ELSE 'pages indexed earlier' END, '', 'chatkit', max(indexed_at) "
        "FROM pages HAVING count(*) > 0"
    )
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("etag", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("last_modified", sa.String(length=64), nullable=True))
    op.execute("UPDATE pages SET source_id = (SELECT id FROM sources)")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.alter_column("source_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_constraint(op.f("uq_pages_path"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_pages_source_id_path"), ["source_id", "path"])
        batch_op.create_foreign_key(op.f("fk_pages_source_id"), "sources", ["source_id"], ["id"], ondelete="CASCADE")


def downgrade() -> None:
    """Keep one page of each path."""
    # While migrating, SQLite does not follow foreign keys.
    others = "SELECT id FROM pages WHERE id NOT IN (SELECT min(id) FROM pages GROUP BY path)"
    op.execute(f"DELETE FROM passages WHERE page_id IN ({others})")
    op.execute(f"DELETE FROM pages WHERE id IN ({others})")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_pages_source_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_pages_source_id_path"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_pages_path"), ["path"])
        batch_op.drop_column("last_modified")
        batch_op.drop_column("etag")
        batch_op.drop_column("source_id")
    op.drop_table("sources")
