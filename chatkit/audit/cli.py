"""`flask audit`."""

import json
from datetime import timedelta

import click
from flask.cli import with_appcontext

from chatkit.audit import service
from chatkit.audit.models import AuditEntry
from chatkit.audit.service import AuditAction
from chatkit.database.command import DatabaseCommand
from chatkit.database.orm import utcnow


@click.command("audit", cls=DatabaseCommand)
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="How far back.")
@click.option("--action", type=click.Choice([each.value for each in AuditAction]), help="This kind of act alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_appcontext
def audit(days: int, action: str | None, as_json: bool) -> None:
    """List what was done by commands and by the server, oldest first."""
    found = False
    for entry in service.entries(utcnow() - timedelta(days=days), AuditAction(action) if action else None):
        click.echo(json.dumps(_fields(entry)) if as_json else _line(entry))
        found = True
    if not found and not as_json:
        click.echo("Nothing was done in that time.")


def _fields(entry: AuditEntry) -> dict[str, object]:
    fields = {
        "at": f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
    }
    return fields | {"account_id": entry.account_id, "data": entry.data}


def _line(entry: AuditEntry) -> str:
    fields = _fields(entry)
    whose = [f"number {entry.account_id}"] if entry.account_id is not None else []
    more = [f"{name}: {value}" for name, value in entry.data.items()]
    parts = [str(fields[name]) for name in ("at", "actor", "action", "subject")]
    return "  ".join(part for part in (*parts, *whose, *more) if part)
