"""`flask mail`."""

import click
from flask.cli import AppGroup

from chatkit.config import settings
from chatkit.mail import service

mail_commands = AppGroup("mail", help="The outbox: see what waits, send what is due.")


@mail_commands.command()
def outbox() -> None:
    """Show the waiting messages, each with a fresh link that replaces earlier ones."""
    waiting = service.show_waiting()
    if not waiting:
        click.echo("The outbox is empty.")
    for message, made in waiting:
        click.echo(f"{message.recipient}  waiting since {message.created_at:%Y-%m-%d %H:%M} UTC")
        click.echo(f"  {made.link}")


@mail_commands.command()
def deliver() -> None:
    """Send what is due now, over SMTP."""
    if settings().smtp_host is None:
        raise click.ClickException("SMTP_HOST is not set, so no mail can leave. `flask mail outbox` shows what waits.")
    click.echo(f"{service.deliver_due()} sent.")
