"""`flask gaps`: what an owner does about the questions that the pages do not answer."""

from typing import cast, get_args

import click

from chatkit.database.command import DatabaseGroup
from chatkit.errors import ApiError
from chatkit.gaps import clustering, issue, service
from chatkit.gaps.models import ClusterState
from chatkit.text.printable import printable

gaps_commands = DatabaseGroup("gaps", help="Clusters of questions that the pages do not answer: list, show, set.")
STATES = click.Choice(get_args(ClusterState))


@gaps_commands.command("list")
@click.option("--state", "states", multiple=True, type=STATES, help="These alone; without it, those that are open.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 2_000))
def list_clusters(states: tuple[ClusterState, ...], limit: int) -> None:
    """List clusters with their numbers, those of most questions first."""
    while clustering.cluster_batch():
        pass
    found = service.list_page(states or service.OPEN, limit)
    if not found:
        click.echo("There is none.")
    for cluster in found:
        failed = f", {len(cluster.failed)} failed" if cluster.failed else ""
        times = f"{cluster.counts.total()} asked{failed}"
        click.echo(f"{cluster.id}  {cluster.state}  {printable(cluster.question)}  ({times})")


@gaps_commands.command("show")
@click.argument("number", type=int)
def show_cluster(number: int) -> None:
    """Show the questions of a cluster, and the link to a prefilled issue."""
    try:
        cluster = service.get(number)
    except ApiError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{cluster.state} since {cluster.state_at:%Y-%m-%d}")
    for text in cluster.texts:
        failed = f"  failed: {text.outcome}" if text.outcome else ""
        click.echo(f"  {printable(text.question)}  ({printable(text.page) or 'on no page'}){failed}")
        for note in text.notes:
            click.echo(f"    “{printable(note)}”")
    if (link := issue.link(cluster)) is not None:
        click.echo(link)


@gaps_commands.command("set")
@click.argument("number", type=int)
@click.argument("state", type=STATES)
def set_state(number: int, state: str) -> None:
    """Take a cluster to another state; `verified` is yours for what was rated not helpful alone, else the server's."""
    try:
        service.set_state(number, cast(ClusterState, state))
    except ApiError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{number} is {state}.")
