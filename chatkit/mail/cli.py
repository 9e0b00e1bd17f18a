"""`flask mail`."""

import click

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.config import settings
from chatkit.database.command import DatabaseGroup
from chatkit.database.orm import db
from chatkit.errors import RetryLater
from chatkit.mail import service

mail_commands = DatabaseGroup("mail", help="The outbox: see what waits, send what is due, try again what was given up.")


@mail_commands.command()
def outbox() -> None:
    """Show the waiting messages, each with a fresh link and code that replace earlier ones."""
    waiting = service.render_waiting()
    if not waiting:
        click.echo("The outbox is empty.")
    else:
        # Whoever sees a link can sign in by it.
        audit.record(AuditAction.MAIL_LINKS_SHOWN, "outbox", count=len(waiting))
        db.session.commit()
    for message, made in waiting:
        click.echo(f"{message.recipient}  waiting since {message.created_at:%Y-%m-%d %H:%M} UTC")
        if message.last_error:
            click.echo(f"  {message.last_error}")
        click.echo(f"  {made.link}")
        if made.code is not None:
            click.echo(f"  code {made.code}")


@mail_commands.command()
def deliver() -> None:
    """Send what is due now, over SMTP."""
    if settings().smtp_host is None:
        raise click.ClickException("SMTP_HOST is not set, so no mail can leave. `flask mail outbox` shows what waits.")
    try:
        click.echo(f"{service.deliver_due()} sent.")
    except RetryLater as error:
        raise click.ClickException(f"{error} The mails wait.") from None


@mail_commands.command()
def dead() -> None:
    """Show the messages that were given up, and why."""
    given_up = service.list_dead()
    if not given_up:
        click.echo("No message was given up.")
    for message in given_up:
        queued = f"queued {message.created_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{message.id}  {message.recipient}  {queued}  tries: {message.attempts}")
        click.echo(f"  {message.last_error}")


@mail_commands.command()
@click.argument("message_ids", metavar="[ID]...", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every message that was given up.")
def requeue(message_ids: tuple[int, ...], everything: bool) -> None:
    """Try messages that were given up again, by their numbers in `flask mail dead`."""
    if everything == bool(message_ids):
        raise click.UsageError("Name the messages by their numbers, or use --all.")
    number = service.requeue(None if everything else message_ids)
    if not number:
        raise click.ClickException("No such message was given up. `flask mail dead` lists them.")
    audit.record(AuditAction.MAIL_REQUEUED, "outbox", count=number)
    db.session.commit()
    click.echo(f"{number} waiting again.")
