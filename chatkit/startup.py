"""What a server does once before it serves; gunicorn runs this module in a process of its own."""

import sys

from sqlalchemy.exc import OperationalError, ProgrammingError

from chatkit import create_app
from chatkit.errors import SettingsError, database_problem
from chatkit.server import fixtures


def main() -> None:
    """Check the settings and the database; what is wrong is printed, and ends the start."""
    try:
        with create_app().app_context():
            fixtures.prepare_database()
    except SettingsError as error:
        sys.exit(str(error))
    except (OperationalError, ProgrammingError) as error:
        sys.exit(str(SettingsError([database_problem(error)])))


if __name__ == "__main__":
    main()
