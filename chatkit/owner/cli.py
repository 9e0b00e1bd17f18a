"""`flask owners`."""

import click

from chatkit.config import settings
from chatkit.database.command import DatabaseGroup
from chatkit.errors import Forbidden
from chatkit.owner import sessions
from chatkit.web import read_only

owners_commands = DatabaseGroup("owners", help="Who may enter the owner's room.")


@owners_commands.command()
@click.argument("email", callback=lambda context, parameter, given: given.strip().lower())
def link(email: str) -> None:
    """Show a link that signs the owner with the address EMAIL in, where no mail gets through."""
    if read_only.since() is not None:
        raise click.ClickException("Storing is switched off, so nobody can sign in. Run `flask read-only off` first.")
    try:
        shown = sessions.make_link(email)
    except Forbidden:
        known = ", ".join(settings().owners) or "nobody"
        raise click.ClickException(f"{email} may not enter: the setting OWNERS names {known}.") from None
    click.echo(shown)
    minutes = int(sessions.LINK_LIFETIME.total_seconds() // 60)
    click.echo(f"It works for {minutes} minutes, once, in any browser. Whoever sees it can use it.", err=True)
