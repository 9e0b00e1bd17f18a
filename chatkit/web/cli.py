"""`flask read-only`."""

import time

import click
from flask.cli import with_appcontext

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.database.command import DatabaseCommand
from chatkit.database.orm import db
from chatkit.web import read_only
from chatkit.web.read_only import REFRESH_SECONDS


@click.command("read-only", cls=DatabaseCommand)
@click.argument("state", type=click.Choice(["on", "off", "status"]), default="status")
@click.option("--no-wait", is_flag=True, help="Do not wait until every worker has seen it.")
@with_appcontext
def read_only_command(state: str, no_wait: bool) -> None:
    """Switch storing off or on while the servers run: readers go on reading and asking.

    Waits until every worker of every server has seen it, which takes a few seconds.
    """
    if state == "status":
        since = read_only.since()
        click.echo(
            "Read-only mode is off." if since is None else f"Read-only mode is on, since {since:%Y-%m-%d %H:%M} UTC."
        )
        return
    on = state == "on"
    read_only.switch(on)
    audit.record(AuditAction.READ_ONLY_ON if on else AuditAction.READ_ONLY_OFF, "site")
    db.session.commit()
    read_only.forget()
    if not no_wait:
        time.sleep(REFRESH_SECONDS)
    click.echo("Nothing of readers is stored from now on; questions are answered." if on else "Storing is on again.")
