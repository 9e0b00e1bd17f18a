"""`flask recommendations`."""

import click

from chatkit.database.command import DatabaseGroup
from chatkit.errors import NotFound
from chatkit.personalize import curation
from chatkit.personalize.models import Rule
from chatkit.text.printable import printable

recommendations_commands = DatabaseGroup("recommendations", help="Pages recommended to everybody, or to nobody.")


@recommendations_commands.command()
@click.argument("url")
def pin(url: str) -> None:
    """Recommend the page at URL to every reader of its site, before all others."""
    _decide(url, "pinned")


@recommendations_commands.command()
@click.argument("url")
def exclude(url: str) -> None:
    """Recommend the page at URL to nobody."""
    _decide(url, "excluded")


@recommendations_commands.command()
@click.argument("url")
def reset(url: str) -> None:
    """Take back what was decided of the page at URL."""
    try:
        curation.reset(url)
    except NotFound as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{printable(url)} is neither pinned nor excluded any more.")


@recommendations_commands.command("list")
def list_rules() -> None:
    """List what is pinned and what is excluded."""
    rules = curation.rules()
    for url, rule in rules.items():
        click.echo(f"{rule:<9} {printable(url)}")
    if not rules:
        click.echo("No page is pinned or excluded.")


def _decide(url: str, rule: Rule) -> None:
    try:
        known = curation.decide(url, rule)
    except NotFound as error:
        raise click.ClickException(f"{error} `flask content status` lists what is indexed.") from None
    click.echo(f"{printable(known)} is {rule}.")
