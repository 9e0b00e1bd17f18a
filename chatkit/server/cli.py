"""`flask serve`, `flask doctor`, `flask prune` and `flask seed-users`.

The first two are registered as commands of flask itself, so that they work when the application does not start.
"""

import errno
import os
import secrets
import socket
import sys
from pathlib import Path

import click
import flask_migrate
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy.exc import OperationalError

from chatkit import config
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.database.command import DatabaseCommand
from chatkit.database.orm import db
from chatkit.errors import ContentError, SettingsError, database_problem
from chatkit.ingest import inventory
from chatkit.ingest import service as ingest
from chatkit.ingest.folder import Folder
from chatkit.ingest.index_writer import BUNDLED_DOCS
from chatkit.paths import DOCS, gunicorn_conf
from chatkit.search import encoders
from chatkit.server import fixtures, pruning, setting_names, trials

SAMPLE_SITE = "/guide/"


@click.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Prepare what is missing, then serve: secret, migrations, index of the documentation, gunicorn."""
    instance = Path.cwd() / "instance"
    _write_secret_once(instance)
    info = context.ensure_object(ScriptInfo)
    try:
        app = info.load_app()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    chosen: config.Settings = app.config["CHATKIT"]
    _refuse_busy_port(chosen)
    with app.app_context():
        try:
            flask_migrate.upgrade()
            fixtures.refuse_in_production()
            _index_own_documentation(chosen.base_path)
        except OperationalError as error:
            raise click.ClickException(database_problem(error)) from None
        except SettingsError as error:
            # Before anything is said of a start.
            raise click.ClickException(str(error)) from None
    _print_banner(chosen)
    sys.stdout.flush()
    command = [sys.executable, "-m", "gunicorn", "-c", str(gunicorn_conf()), "--bind", _listening(chosen), "wsgi:app"]
    os.execv(sys.executable, command)


@click.command()
@click.option("--test", "tested", type=click.Choice([*trials.TRIALS, "all"]), help="Try this out as well.")
@click.option("--send-to", metavar="EMAIL", help="With --test mail or all: send one mail to this address.")
def doctor(tested: str | None, send_to: str | None) -> None:
    """Show every setting, where it comes from and what is unsafe; exits with 1 if something is.

    With --test the database, the mail server or the model is used as the server would use it.
    """
    instance = Path.cwd() / "instance"
    readings = config.read(instance)
    problems = config.check(readings)
    width = max(len(name) for name in readings)
    for name, reading in readings.items():
        shown = reading.text or "(not set)"
        if reading.text and reading.setting.secret:
            shown = "********"
        click.echo(f"{name:<{width}}  {shown:<24} {reading.source:<18} {reading.setting.meaning}")
    for sentence in setting_names.unread(*config.given_names(instance)):
        click.echo(f"note: {sentence}")
    for problem in problems:
        click.echo(f"unsafe: {problem}")
    if problems:
        sys.exit(1)
    for advice in config.advise(readings):
        click.echo(f"note: {advice}")
    chosen = config.load(instance)
    click.echo(f"Search by meaning: {encoders.describe(chosen)}.")
    click.echo("The settings are safe.")
    names = [] if tested is None else list(trials.TRIALS) if tested == "all" else [tested]
    results = [trials.run(name, chosen, send_to) for name in names]
    for result in results:
        click.echo(f"{result.name:<9} {result.verdict:<7} {result.seconds:6.2f} s  {result.sentence}")
    if any(result.verdict == "failed" for result in results):
        sys.exit(1)


@click.command(cls=DatabaseCommand)
@with_appcontext
def prune() -> None:
    """Delete what is past its time: tokens, sessions, transcripts, events, mails, windows."""
    rows = pruning.prune_all()
    audit.record(AuditAction.PRUNED, "database", rows=rows)
    db.session.commit()
    click.echo(f"{rows} rows deleted.")


@click.command("seed-users", cls=DatabaseCommand)
@with_appcontext
@click.option("--count", default=3, show_default=True, type=click.IntRange(1, 1000))
@click.option("--remove", "removing", is_flag=True, help="Remove every test user instead.")
def seed_users(count: int, removing: bool) -> None:
    """Make test users and print a session token for each; refuses production."""
    if removing:
        removed = fixtures.remove_users()
        audit.record(AuditAction.TEST_USERS_REMOVED, "test users", count=removed)
        db.session.commit()
        click.echo(f"{removed} test users removed.")
        return
    if not config.settings().test_mode:
        raise click.ClickException("Test users are for test mode: set INTEGRATION_TEST_MODE=true.")
    for _ in range(count):
        token, name = secrets.token_urlsafe(32), secrets.token_hex(4)
        fixtures.add_user(f"reader-{name}{fixtures.DOMAIN}", token)
        click.echo(f"reader-{name}{fixtures.DOMAIN}  {token}")
    audit.record(AuditAction.TEST_USERS_ADDED, "test users", count=count)
    db.session.commit()


def _write_secret_once(instance: Path) -> None:
    path = instance / config.ENV_FILE
    readings = config.read(instance)
    reading = readings["SECRET_KEY"]
    # One that is wrong, or stands in a file that cannot be read, is for the operator to mend.
    if reading.text is not None or reading.problem is not None or readings.file_problems:
        return
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A last line without its end must not run into the secret.
        gap = "\n" if path.exists() and path.stat().st_size else ""
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            file.write(f"{gap}SECRET_KEY={secrets.token_hex(32)}\n")
    except OSError as error:
        message = f"SECRET_KEY is not set, and {path} cannot be written: {error.strerror}. Let its user own it."
        raise click.ClickException(message) from None
    click.echo(f"A fresh SECRET_KEY was written to {path.relative_to(Path.cwd())}.")


def _listening(chosen: config.Settings) -> str:
    host = chosen.listen_address
    return f"[{host}]:{chosen.port}" if ":" in host else f"{host}:{chosen.port}"


def _refuse_busy_port(chosen: config.Settings) -> None:
    port = chosen.port
    with socket.socket(socket.AF_INET6 if ":" in chosen.listen_address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.listen_address, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                message = f"LISTEN_ADDRESS cannot be listened on: {error.strerror}. Use an address of this machine."
                raise click.ClickException(message) from None
            message = f"Port {port} is in use by another program. Stop it, or choose another: PORT={port + 1} make run"
            raise click.ClickException(message) from None


def _index_own_documentation(base_path: str) -> None:
    """Index the documentation that travels with the code, unless the owner indexed a site of their own.

    Its pages are served below ``base_path``.
    """
    if any(source.name != BUNDLED_DOCS for source in inventory.status()):
        click.echo("Answering from the pages indexed earlier.")
        return
    own = Folder(DOCS, base_path + SAMPLE_SITE, "chatkit", BUNDLED_DOCS)
    try:
        report = ingest.index(own, waiting=_do_not_wait)
    except ContentError as error:
        click.echo(str(error))
        return
    pages = f"{report.indexed} pages indexed, {report.unchanged} unchanged"
    click.echo(f"Answering from ChatKit's own documentation: {pages}.")


def _do_not_wait(reason: str) -> None:
    raise ContentError(f"{reason} Answering from what is indexed so far.")


def _print_banner(chosen: config.Settings) -> None:
    for warning in chosen.warnings:
        click.echo(f"Note: {warning}")
    click.echo(f"\nChatKit is starting. Open  http://{_listening(chosen)}/\n")
