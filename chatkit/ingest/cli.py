"""`flask content`: what is indexed is listed, searched, encoded and removed."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from chatkit import config
from chatkit.ingest import inventory
from chatkit.ingest.report import print_site
from chatkit.search import embedding, encoders, retrieval


@click.command()
@with_appcontext
@click.argument("question")
@click.option("--limit", type=click.IntRange(min=1), default=5, show_default=True)
def search(question: str, limit: int) -> None:
    """Print the passages that fit QUESTION best."""
    hits = retrieval.search(question, limit)
    if not hits:
        click.echo("Nothing found.")
    for hit in hits:
        click.echo(f"{hit.rank:7.2f}  {hit.heading}\n         {hit.url}")


@click.command()
@with_appcontext
def status() -> None:
    """List what is indexed: sources, pages, passages, and when."""
    found = inventory.status()
    if not found:
        click.echo("Nothing is indexed. Index a folder: flask content index FOLDER --base-url URL")
        return
    for source in found:
        click.echo(f"{source.name}\n  read as {source.generator}, published at {source.base_url or 'several places'}")
        print_site(source.name, source.site)
        when = f"{source.indexed_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"  {source.pages} pages, {source.passages} passages, last indexed {when}")
    if (vectors := embedding.status()) is not None:
        click.echo(f"{vectors.encoded} of {vectors.passages} passages have vectors of {vectors.encoder}.")


@click.command()
@with_appcontext
def embed() -> None:
    """Give every passage its vectors now; a server that runs does it by itself, a few at a time."""
    before = embedding.status()
    if before is None:
        raise click.ClickException(f"Search by meaning is {encoders.describe(config.settings())}.")
    with click.progressbar(length=before.passages, label=before.encoder, show_pos=True, file=sys.stderr) as bar:
        bar.update(before.encoded)
        done = before.encoded
        while embedding.embed_batch():
            found = embedding.status()
            if found is not None:
                bar.update(found.encoded - done)
                done = found.encoded
    click.echo(f"{done} of {before.passages} passages have vectors of {before.encoder}.")


@click.command()
@with_appcontext
@click.argument("what", metavar="SOURCE|PAGE")
def remove(what: str) -> None:
    """Remove a source, by its name, or a page, by its address or path."""
    folder = str(Path(what).resolve()) if Path(what).is_dir() else what
    removed = inventory.remove(folder)
    if removed is None and folder != what:
        removed = inventory.remove(what)
    if removed is None:
        raise click.ClickException(f"Nothing is indexed under {what}. `flask content status` lists the sources.")
    click.echo(f"{removed} pages removed.")
