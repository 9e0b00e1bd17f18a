"""Index the terms that ChatKit's own analysis makes of a passage, alike on both databases."""

import sqlalchemy as sa
from alembic import op

from chatkit.search.postgresql_bm25 import term_vector
from chatkit.text.analysis import index_terms
from chatkit.text.languages.registry import ENGLISH, language_of, language_of_tag

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BATCH = 1_000
# Bytes of new words that are gathered before they go into the index.
GATHERED = 16 * 1024**2
# What PostgreSQL's parser reads as part of a word: a path, a host, a tag, a number with its sign.
JOINING = "/._-:@~+=&<>"
FORMER = ("heading", "body", "unseen")

PASSAGES = sa.text(
    "SELECT p.id, p.heading, p.body, pages.language FROM passages p JOIN pages ON pages.id = p.page_id "
    "WHERE p.id > :after ORDER BY p.id LIMIT :batch"
)


def upgrade() -> None:
    """Analyse every passage anew, so that the index finds as much as it did until the next indexing."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        op.execute("DROP TABLE passages_fts_terms")
        for event in ("delete", "update"):
            op.execute(f"DROP TRIGGER passages_fts_{event}")
        op.execute("DROP TABLE passages_fts")
        # Terms are ASCII letters and digits, and all that is not ASCII: nothing of them is cut or folded again.
        op.execute("CREATE VIRTUAL TABLE passages_fts USING fts5(heading, body, tokenize='ascii')")
        op.execute(f"INSERT INTO passages_fts (passages_fts, rank) VALUES ('hashsize', {GATHERED})")
        op.execute("CREATE VIRTUAL TABLE passages_fts_terms USING fts5vocab(passages_fts, row)")
    else:
        op.execute("ALTER TABLE passages DROP COLUMN tsv")
        op.execute("ALTER TABLE passages ADD COLUMN tsv tsvector NOT NULL DEFAULT ''")
    # Plain, on both databases: a batch would make a table anew and lose what belongs to it.
    op.execute("ALTER TABLE passages DROP COLUMN unseen")
    op.execute("ALTER TABLE passages RENAME COLUMN word_count TO term_count")
    op.execute("ALTER TABLE corpus RENAME COLUMN mean_words TO mean_terms")
    op.add_column("corpus", sa.Column("languages", sa.Text(), nullable=False, server_default=""))
    _index(on_sqlite)
    if on_sqlite:
        deleted = "DELETE FROM passages_fts WHERE rowid = old.id"
        op.execute(f"CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN {deleted}; END")
    else:
        op.execute("CREATE INDEX ix_passages_tsv ON passages USING gin (tsv)")
        op.execute(f"ALTER INDEX ix_passages_tsv SET (gin_pending_list_limit = {GATHERED // 1024})")
    op.execute("DELETE FROM terms")
    if on_sqlite:
        op.execute("INSERT INTO terms (term, df) SELECT term, doc FROM passages_fts_terms")
    else:
        op.execute("INSERT INTO terms (term, df) SELECT word, ndoc FROM ts_stat('SELECT tsv FROM passages')")
    tags = op.get_bind().scalars(
        sa.text("SELECT language FROM pages GROUP BY language ORDER BY count(*) DESC, language")
    )
    languages = " ".join(dict.fromkeys((language_of_tag(tag) or ENGLISH).tag for tag in tags))
    op.get_bind().execute(
        sa.text(
            "UPDATE corpus SET languages = :languages, mean_terms = (SELECT coalesce(avg(term_count), 0) FROM passages)"
        ),
        {"languages": languages},
    )


def downgrade() -> None:
    """Have the databases cut words themselves again; the next indexing of former ChatKit fills ``unseen``."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        op.execute("DROP TABLE passages_fts_terms")
        op.execute("DROP TRIGGER passages_fts_delete")
        op.execute("DROP TABLE passages_fts")
    else:
        op.execute("ALTER TABLE passages DROP COLUMN tsv")
    op.execute("ALTER TABLE corpus DROP COLUMN languages")
    op.execute("ALTER TABLE corpus RENAME COLUMN mean_terms TO mean_words")
    op.add_column("passages", sa.Column("unseen", sa.Text(), nullable=False, server_default=""))
    op.execute("ALTER TABLE passages RENAME COLUMN term_count TO word_count")
    _index_formerly(on_sqlite)


def _index(on_sqlite: bool) -> None:
    connection, after = op.get_bind(), 0
    while rows := connection.execute(PASSAGES, {"after": after, "batch": BATCH}).all():
        values = []
        for id_, heading, body, tag in rows:
            language = language_of(tag, body)
            terms = index_terms(heading, language), index_terms(body, language)
            headings, bodies = map(" ".join, terms)
            indexed = {"heading": headings, "body": bodies} if on_sqlite else {"tsv": term_vector(headings, bodies)}
            values.append({"id": id_, "term_count": sum(map(len, terms)), **indexed})
        if on_sqlite:
            connection.execute(sa.text("UPDATE passages SET term_count = :term_count WHERE id = :id"), values)
            added = "INSERT INTO passages_fts (rowid, heading, body) VALUES (:id, :heading, :body)"
            connection.execute(sa.text(added), values)
        else:
            set_ = "UPDATE passages SET term_count = :term_count, tsv = cast(:tsv AS tsvector) WHERE id = :id"
            connection.execute(sa.text(set_), values)
        after = rows[-1].id


def _index_formerly(on_sqlite: bool) -> None:
    names = ", ".join(FORMER)
    if on_sqlite:
        op.execute(
            f"CREATE VIRTUAL TABLE passages_fts USING fts5({names}, content='passages', content_rowid='id', "
            "tokenize='porter unicode61 remove_diacritics 2')"
        )
        op.execute(f"INSERT INTO passages_fts (passages_fts, rank) VALUES ('hashsize', {GATHERED})")
        values = {row: ", ".join(f"{row}.{name}" for name in ("id", *FORMER)) for row in ("new", "old")}
        new = f"INSERT INTO passages_fts (rowid, {names}) VALUES ({values['new']})"
        old = f"INSERT INTO passages_fts (passages_fts, rowid, {names}) VALUES ('delete', {values['old']})"
        op.execute(f"CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN {old}; END")
        op.execute(f"CREATE TRIGGER passages_fts_update AFTER UPDATE ON passages BEGIN {old}; {new}; END")
        op.execute("INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')")
        op.execute("CREATE VIRTUAL TABLE passages_fts_terms USING fts5vocab(passages_fts, row)")
        return
    words = f"translate({{}}, '{JOINING}', '{' ' * len(JOINING)}')"
    parts = [
        f"setweight(to_tsvector('english', {words.format(name)}), '{'A' if name == 'heading' else 'D'}')"
        for name in FORMER
    ]
    op.execute(f"ALTER TABLE passages ADD COLUMN tsv tsvector GENERATED ALWAYS AS ({' || '.join(parts)}) STORED")
    op.execute("CREATE INDEX ix_passages_tsv ON passages USING gin (tsv)")
    op.execute(f"ALTER INDEX ix_passages_tsv SET (gin_pending_list_limit = {GATHERED // 1024})")
