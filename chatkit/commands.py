"""`flask content`: commands that need the settings and the database alone, each imported when it is named."""

import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo

from chatkit.database.command import DatabaseCommand
from chatkit.errors import ContentError

CONTENT_COMMANDS = {
    "check": "chatkit.ingest.check_command:check",
    "embed": "chatkit.ingest.cli:embed",
    "gaps": "chatkit.chat.cli:print_gaps",
    "index": "chatkit.ingest.index_command:index",
    "neighbours": "chatkit.ingest.cli:find_neighbours",
    "reindex": "chatkit.ingest.index_command:reindex",
    "remove": "chatkit.ingest.cli:remove",
    "schedule": "chatkit.ingest.cli:repeat",
    "search": "chatkit.ingest.cli:search",
    "status": "chatkit.ingest.cli:status",
}


def make_app(overrides: Mapping[str, object] | None = None, *, serves: bool) -> Flask:
    """Return an application with its settings and its database alone; it checks the former and touches not the latter.

    Raises ``SettingsError`` as `create_app` does; what does not serve readers may do without SECRET_KEY.
    """
    # Imported here, so that `--help` imports nothing that it does not need.
    from chatkit import config
    from chatkit.database import engine
    from chatkit.paths import MIGRATIONS

    app = Flask("chatkit", instance_path=str(Path.cwd() / "instance"), static_folder=None)
    app.config["CHATKIT"] = config.load(Path(app.instance_path), overrides, serves=serves)
    engine.init_app(app, str(MIGRATIONS))
    return app


def make_content_app() -> Flask:
    """Return what `flask content` works in; wiring all of the application takes longer than most of its commands."""
    from chatkit.observability import logs
    from chatkit.search import embedding, meaning

    app = make_app(serves=False)
    logs.configure(app.config["CHATKIT"])
    meaning.init_app(app)
    embedding.init_app(app)
    return app


class ContentGroup(DatabaseCommand, click.Group):
    """The group of these commands; what they cannot do is one sentence, and never a traceback."""

    def __init__(self, **options: Any) -> None:
        super().__init__("content", help="The site's pages: index, check and search them.", **options)

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(CONTENT_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in CONTENT_COMMANDS:
            return None
        command: click.Command = pkgutil.resolve_name(CONTENT_COMMANDS[name])
        return command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ContentError as error:
            raise click.ClickException(str(error)) from None


# A command of flask itself, so that it starts without the rest of the application.
content = ContentGroup(context_settings={"obj": ScriptInfo(create_app=make_content_app)})
