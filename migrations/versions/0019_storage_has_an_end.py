"""Keep what the bounds of storage are counted by, and to which conversation a saved chat belongs."""

import hashlib
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0025"
branch_labels = None
depends_on = None

BATCH = 500
ANONYMOUS = sa.text("user_id IS NULL")
DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    for name, kind in (("saved_chats", sa.Integer()), ("saved_bytes", sa.BigInteger())):
        op.add_column("users", sa.Column(name, kind, nullable=False, server_default="0"))
    op.add_column("users", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_users_deleted_at", "users", ["deleted_at"], sqlite_where=DELETED, postgresql_where=DELETED)
    op.add_column("saved_chats", sa.Column("conversation_id", sa.String(36), nullable=True))
    for name in ("size", "message_count"):
        op.add_column("saved_chats", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    count = "json_array_length(messages)"
    if op.get_bind().dialect.name == "postgresql":
        count = f"CASE WHEN json_typeof(messages) = 'array' THEN {count} ELSE 0 END"
    op.execute(f"UPDATE saved_chats SET message_count = {count}, size = length(CAST(messages AS TEXT))")
    op.execute(
        """UPDATE users SET saved_chats = (SELECT count(*) FROM saved_chats WHERE user_id = users.id),
           saved_bytes = (SELECT coalesce(sum(size), 0) FROM saved_chats WHERE user_id = users.id)"""
    )
    op.create_index(
        "ix_saved_chats_user_id_conversation_id", "saved_chats", ["user_id", "conversation_id"], unique=True
    )
    op.create_index("ix_messages_anonymous", "messages", ["id"], sqlite_where=ANONYMOUS, postgresql_where=ANONYMOUS)
    op.add_column("gaps", sa.Column("fingerprint", sa.String(64), nullable=False, server_default=""))
    _fingerprint_gaps()
    op.create_index("ix_gaps_fingerprint_id", "gaps", ["fingerprint", "id"])


def downgrade() -> None:
    op.drop_index("ix_gaps_fingerprint_id", "gaps")
    op.execute("ALTER TABLE gaps DROP COLUMN fingerprint")
    op.drop_index("ix_messages_anonymous", "messages")
    op.drop_index("ix_saved_chats_user_id_conversation_id", "saved_chats")
    for name in ("conversation_id", "size", "message_count"):
        op.execute(f"ALTER TABLE saved_chats DROP COLUMN {name}")
    op.drop_index("ix_users_deleted_at", "users")
    for name in ("saved_chats", "saved_bytes", "deleted_at"):
        op.execute(f"ALTER TABLE users DROP COLUMN {name}")


def _fingerprint_gaps() -> None:
    gaps = sa.table("gaps", sa.column("id"), sa.column("page"), sa.column("question"), sa.column("fingerprint"))
    connection, last = op.get_bind(), -(2**31)
    columns = sa.select(gaps.c.id, gaps.c.page, gaps.c.question).order_by(gaps.c.id).limit(BATCH)
    while rows := connection.execute(columns.where(gaps.c.id > last)).all():
        for row in rows:
            own = gaps.update().where(gaps.c.id == row.id)
            connection.execute(own.values(fingerprint=_fingerprint(row.page, row.question)))
        last = rows[-1].id


def _fingerprint(page: str, question: str) -> str:
    """Return what `chatkit.chat.content_gaps` gives a new question, as it was when this was written."""
    plain = unicodedata.normalize("NFKC", question).casefold()
    letters = "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LMN")
    return hashlib.sha256(f"{page}\n{letters}".encode("utf-8", "replace")).hexdigest()
