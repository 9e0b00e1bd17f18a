"""What a server does once before it serves, and what it checks before it reloads.

gunicorn's master runs this module in a process of its own, since it outlives a reload and must not hold old code.
"""

import runpy
import sys

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatkit import create_app
from chatkit.database import engine, schema
from chatkit.database.orm import db
from chatkit.errors import SchemaError, SettingsError, database_problem
from chatkit.server import fixtures

RELOAD = "reload"


def main() -> None:
    """Do what the arguments say; what is wrong is printed, and ends the start or the reload."""
    try:
        if sys.argv[1:2] == [RELOAD]:
            check_reload(sys.argv[2])
        else:
            start()
    except SettingsError as error:
        # A reload that is refused is one line of the log.
        sys.exit(" ".join(error.problems) if RELOAD in sys.argv else str(error))


def start() -> None:
    """Check the settings and the database, and prepare the latter. Raises ``SettingsError``."""
    with create_app().app_context():
        try:
            _check_schema()
            fixtures.prepare_database()
        except (DBAPIError, PoolTimeout) as error:
            raise SettingsError([database_problem(error)]) from None


def check_reload(configuration: str) -> None:
    """Check what new workers would be made of; nothing is changed. Raises ``SettingsError``.

    ``configuration`` is gunicorn's own file, empty when there is none.
    """
    try:
        if configuration:
            runpy.run_path(configuration)
        app = create_app()
    except (ImportError, SyntaxError) as error:
        raise SettingsError([f"The program does not load: {error}."]) from None
    engine.limit_waits(app)
    with app.app_context():
        try:
            _check_schema()
            fixtures.refuse_in_production()
        except (DBAPIError, PoolTimeout) as error:
            raise SettingsError([database_problem(error)]) from None


def _check_schema() -> None:
    try:
        with db.engine.connect() as connection:
            schema.check(connection)
    except SchemaError as error:
        raise SettingsError([str(error)]) from None


if __name__ == "__main__":
    main()
