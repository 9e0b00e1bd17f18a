"""Keep which site, version and language each page and passage belongs to, and the order of pages."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

from chatkit.search.versions import current_versions, read_address

revision = "0016"
down_revision = "0017"
branch_labels = None
depends_on = None

PAGES = sa.text("SELECT p.id, s.site, p.url FROM pages p JOIN sources s ON s.id = p.source_id")


def upgrade() -> None:
    """Give each source the site of its base URL, and each page the version that its address names."""
    # Plain, on both databases: a batch would make a table anew and lose what belongs to it.
    op.add_column("sources", sa.Column("site", sa.String(255), nullable=False, server_default="/"))
    op.add_column("pages", sa.Column("version", sa.String(100)))
    op.add_column("pages", sa.Column("order_key", sa.String(500), nullable=False, server_default=""))
    op.add_column("passages", sa.Column("scope_id", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "scopes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("is_current", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_scopes_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scopes")),
        sa.UniqueConstraint("source_id", "version", "language", name=op.f("uq_scopes_source_id_version_language")),
    )
    connection = op.get_bind()
    for id_, base_url in connection.execute(sa.text("SELECT id, base_url FROM sources")).all():
        site = urlsplit(base_url).netloc or "/"
        connection.execute(sa.text("UPDATE sources SET site = :site WHERE id = :id"), {"site": site, "id": id_})
    pages = [(id_, site, read_address(url).version or None, url) for id_, site, url in connection.execute(PAGES)]
    for id_, _, version, _ in pages:
        if version is not None:
            named = sa.text("UPDATE pages SET version = :version WHERE id = :id")
            connection.execute(named, {"version": version, "id": id_})
    op.execute("UPDATE pages SET order_key = path")
    op.execute(
        """INSERT INTO scopes (source_id, version, language, pages)
           SELECT source_id, coalesce(version, ''), coalesce(language, ''), count(*) FROM pages
           GROUP BY source_id, coalesce(version, ''), coalesce(language, '')"""
    )
    for site, version in current_versions((site, version, url) for _, site, version, url in pages).items():
        current = sa.text(
            """UPDATE scopes SET is_current = true
               WHERE version = :version AND source_id IN (SELECT id FROM sources WHERE site = :site)"""
        )
        connection.execute(current, {"version": version or "", "site": site})
    op.execute(
        """UPDATE passages SET scope_id = (
             SELECT s.id FROM scopes s JOIN pages p ON p.source_id = s.source_id
               AND coalesce(p.version, '') = s.version AND coalesce(p.language, '') = s.language
             WHERE p.id = passages.page_id)"""
    )
    op.create_index("ix_passages_id_scope_id", "passages", ["id", "scope_id"])


def downgrade() -> None:
    op.drop_index("ix_passages_id_scope_id", "passages")
    op.drop_table("scopes")
    for table, column in (("passages", "scope_id"), ("pages", "order_key"), ("pages", "version"), ("sources", "site")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
