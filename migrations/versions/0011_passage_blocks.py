"""Keep the structure of each passage and the language of each page, as their readers find them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = ("heading", "body", "unseen")


def upgrade() -> None:
    """Take a passage that is indexed for one paragraph, until the next indexing has read its page again."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("pages", sa.Column("language", sa.String(35)))
    op.add_column("passages", sa.Column("blocks", sa.JSON(), nullable=False, server_default="[]"))
    if on_sqlite:
        # It would write to the full-text index for each row, though no word of it changes.
        op.execute("DROP TRIGGER passages_fts_update")
        paragraph = "json_array(json_object('kind', 'prose', 'at', 0, 'units', json_array(length(body))))"
    else:
        paragraph = (
            "json_build_array(json_build_object('kind', 'prose', 'at', 0, 'units', json_build_array(length(body))))"
        )
    op.execute(f"UPDATE passages SET blocks = {paragraph}")
    if on_sqlite:
        _keep_updates_indexed()
    op.execute("UPDATE pages SET content_hash = ''")


def downgrade() -> None:
    # Plain, on both databases: making a table anew would lose the triggers that keep the index.
    op.execute("ALTER TABLE passages DROP COLUMN blocks")
    op.execute("ALTER TABLE pages DROP COLUMN language")


def _keep_updates_indexed() -> None:
    names = ", ".join(COLUMNS)
    new, old = (", ".join(f"{row}.{name}" for name in ("id", *COLUMNS)) for row in ("new", "old"))
    op.execute(
        f"""CREATE TRIGGER passages_fts_update AFTER UPDATE ON passages BEGIN
        INSERT INTO passages_fts (passages_fts, rowid, {names}) VALUES ('delete', {old});
        INSERT INTO passages_fts (rowid, {names}) VALUES ({new}); END"""
    )
