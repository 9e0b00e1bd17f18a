"""Let indexing add its passages to the full-text index in large parts, on SQLite in one statement."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = ("heading", "body", "unseen")
# Bytes of new words that are gathered before they go into the index; each part is merged again later.
GATHERED, USUAL = 16 * 1024**2, 1024**2


def upgrade() -> None:
    """FTS5 writes what it has gathered at the end of each statement, and a trigger makes each row one."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER passages_fts_insert")
        _gather(GATHERED)
    else:
        op.execute(f"ALTER INDEX ix_passages_tsv SET (gin_pending_list_limit = {GATHERED // 1024})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        names, values = (", ".join(prefix + name for name in COLUMNS) for prefix in ("", "new."))
        new = f"INSERT INTO passages_fts (rowid, {names}) VALUES (new.id, {values})"
        op.execute(f"CREATE TRIGGER passages_fts_insert AFTER INSERT ON passages BEGIN {new}; END")
        _gather(USUAL)
    else:
        op.execute("ALTER INDEX ix_passages_tsv RESET (gin_pending_list_limit)")


def _gather(size: int) -> None:
    op.execute(f"INSERT INTO passages_fts (passages_fts, rank) VALUES ('hashsize', {size})")
