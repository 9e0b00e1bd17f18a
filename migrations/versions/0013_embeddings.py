"""Keep the vectors that an encoder makes of passages, by the hash of their text."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0015"
branch_labels = None
depends_on = None

BATCH = 1_000


def upgrade() -> None:
    op.create_table(
        "embeddings",
        sa.Column("text_hash", sa.String(32), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("text_hash", "model", name=op.f("pk_embeddings")),
    )
    op.add_column("corpus", sa.Column("state", sa.String(32), nullable=False, server_default=""))
    op.add_column("passages", sa.Column("text_hash", sa.String(32), nullable=False, server_default=""))
    _hash_texts()
    op.create_index(op.f("ix_passages_text_hash"), "passages", ["text_hash"])


def downgrade() -> None:
    op.drop_index(op.f("ix_passages_text_hash"), "passages")
    # Plain, on both databases: making a table anew would lose the triggers that keep the index.
    op.execute("ALTER TABLE passages DROP COLUMN text_hash")
    op.execute("ALTER TABLE corpus DROP COLUMN state")
    op.drop_table("embeddings")


def _hash_texts() -> None:
    """Hash what is indexed, so that it is encoded without being indexed anew."""
    connection = op.get_bind()
    read = sa.text("SELECT id, heading, body FROM passages WHERE id > :after ORDER BY id LIMIT :batch")
    write = sa.text("UPDATE passages SET text_hash = :hash WHERE id = :id")
    after = 0
    while rows := connection.execute(read, {"after": after, "batch": BATCH}).all():
        hashes = [hashlib.sha256(f"{row.heading}\n{row.body}".encode()).hexdigest()[:32] for row in rows]
        connection.execute(write, [{"id": row.id, "hash": found} for row, found in zip(rows, hashes, strict=True)])
        after = rows[-1].id
