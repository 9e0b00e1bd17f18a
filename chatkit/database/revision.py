"""Whether the tables of a database are those that this code was written for."""

from functools import cache

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chatkit.errors import MIGRATE, lacks_tables
from chatkit.paths import MIGRATIONS

NEWER = "The database of DATABASE_URL was migrated by a newer version of ChatKit. Install that version here, too."


def revision_problem(connection: Connection) -> str | None:
    """Return in a sentence what is wrong with the revision of a database and what to do, None when it is the newest.

    Raises what the database raises when it is away.
    """
    head, known = _revisions()
    try:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError as error:
        if not lacks_tables(error):
            raise
        found = None
    if found == head:
        return None
    if found is None or found in known:
        return f"The database of DATABASE_URL is not migrated to this version of ChatKit. {MIGRATE}"
    return NEWER


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """Return the newest revision of this code, and all that it knows."""
    # Imported here: serving needs it once, and only where somebody asks.
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())
