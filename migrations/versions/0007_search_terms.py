"""How many passages hold each term, and what full-text indexes miss of a text."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What PostgreSQL's parser reads as part of a word: a path, a host, a tag, a number with its sign.
JOINING = "/._-:@~+=&<>"


def upgrade() -> None:
    """Keep the terms' counts, and index what the databases' own tokenizers do not see."""
    op.create_table(
        "terms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("df", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_terms")),
    )
    op.create_table(
        "corpus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("mean_words", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corpus")),
    )
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pages_url"), ["url"], unique=False)
    # A batch would make the table anew and lose the triggers that keep the index.
    _drop_index()
    op.add_column("passages", sa.Column("unseen", sa.Text(), nullable=False, server_default=""))
    _index(("heading", "body", "unseen"), f"translate({{}}, '{JOINING}', '{' ' * len(JOINING)}')")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE passages_fts_terms USING fts5vocab(passages_fts, row)")
        op.execute("INSERT INTO terms (term, df) SELECT term, doc FROM passages_fts_terms")
    else:
        op.execute("INSERT INTO terms (term, df) SELECT word, ndoc FROM ts_stat('SELECT tsv FROM passages')")
    op.execute("INSERT INTO corpus (passages, mean_words) SELECT count(*), coalesce(avg(word_count), 0) FROM passages")
    # The next indexing reads every page again, which fills the new column.
    op.execute("UPDATE pages SET content_hash = ''")


def downgrade() -> None:
    """Index headings and bodies alone again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE passages_fts_terms")
    _drop_index()
    op.drop_column("passages", "unseen")
    _index(("heading", "body"), "{}")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pages_url"))
    op.drop_table("corpus")
    op.drop_table("terms")


def _drop_index() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER passages_fts_{event}")
        op.execute("DROP TABLE passages_fts")
    else:
        op.execute("DROP INDEX ix_passages_tsv")
        op.execute("ALTER TABLE passages DROP COLUMN tsv")


def _index(columns: tuple[str, ...], words: str) -> None:
    """Index columns, each as ``words`` makes it for PostgreSQL."""
    names = ", ".join(columns)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE VIRTUAL TABLE passages_fts USING fts5({names}, content='passages', content_rowid='id', "
            "tokenize='porter unicode61 remove_diacritics 2')"
        )
        values = {row: ", ".join(f"{row}.{name}" for name in ("id", *columns)) for row in ("new", "old")}
        new = f"INSERT INTO passages_fts (rowid, {names}) VALUES ({values['new']})"
        old = f"INSERT INTO passages_fts (passages_fts, rowid, {names}) VALUES ('delete', {values['old']})"
        op.execute(f"CREATE TRIGGER passages_fts_insert AFTER INSERT ON passages BEGIN {new}; END")
        op.execute(f"CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN {old}; END")
        op.execute(f"CREATE TRIGGER passages_fts_update AFTER UPDATE ON passages BEGIN {old}; {new}; END")
        op.execute("INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')")
        return
    parts = [
        f"setweight(to_tsvector('english', {words.format(name)}), '{'A' if name == 'heading' else 'D'}')"
        for name in columns
    ]
    op.execute(f"ALTER TABLE passages ADD COLUMN tsv tsvector GENERATED ALWAYS AS ({' || '.join(parts)}) STORED")
    op.execute("CREATE INDEX ix_passages_tsv ON passages USING gin (tsv)")
