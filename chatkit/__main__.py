"""`chatkit`, the command of an installed wheel; in a checkout `flask` is the same."""

from flask.cli import FlaskGroup

from chatkit import create_app


def main() -> None:
    """Run a command, such as `chatkit serve`."""
    FlaskGroup(create_app=create_app, load_dotenv=False, add_version_option=False, name="chatkit").main()


if __name__ == "__main__":
    main()
