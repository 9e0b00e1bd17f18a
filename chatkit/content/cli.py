"""`flask content`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from chatkit.content import search as searching
from chatkit.content import service

content_commands = AppGroup("content", help="The site's pages: index and search them.")


@content_commands.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--base-url", required=True, help="What a page's path is appended to for its link.")
def index(folder: Path, base_url: str) -> None:
    """Index the Markdown files below FOLDER; pages that are gone are removed."""
    report = service.index(folder, base_url)
    click.echo(
        f"{report.indexed} pages indexed ({report.passages} passages), "
        f"{report.unchanged} unchanged, {report.removed} removed."
    )
    for path, reason in report.unreadable.items():
        click.echo(f"unreadable: {path}: {reason}", err=True)


@content_commands.command()
@click.argument("question")
@click.option("--limit", default=5, show_default=True)
def search(question: str, limit: int) -> None:
    """Print the passages that fit QUESTION best."""
    hits = searching.search(question, limit)
    if not hits:
        click.echo("Nothing found.")
    for hit in hits:
        click.echo(f"{hit.rank:7.2f}  {hit.heading}\n         {hit.url}")
