"""Sort the index's terms by code points on PostgreSQL, as SQLite does: what begins with letters is a range then."""

from alembic import op

revision = "0026"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sort_by("C")


def downgrade() -> None:
    _sort_by("default")


def _sort_by(collation: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'ALTER TABLE terms ALTER COLUMN term TYPE text COLLATE "{collation}"')
