"""`flask content`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from chatkit import config
from chatkit.errors import ContentError
from chatkit.ingest import inventory, service
from chatkit.ingest.crawler import site
from chatkit.ingest.crawler.site import Site
from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import URL_LENGTH
from chatkit.ingest.page_source import NAME_LENGTH, PageSource
from chatkit.ingest.readers import registry
from chatkit.search import embedding, encoders, retrieval

content_commands = AppGroup("content", help="The site's pages: index and search them.")
URL_SCHEMES = ("http://", "https://")
AT_LEAST_ONE = click.IntRange(min=1)
SHOWN_REASONS = 20


@content_commands.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--base-url", help="What the addresses of a folder's pages begin with.")
@click.option("--generator", type=click.Choice(registry.NAMES), default=registry.AUTO, show_default=True)
@click.option("--name", help="What the source is called in the index; for one SOURCE only.")
@click.option("--delay", default=site.DELAY_SECONDS, show_default=True, help="Seconds between requests to a site.")
@click.option(
    "--max-pages",
    type=AT_LEAST_ONE,
    default=site.MAX_PAGES,
    show_default=True,
    help="Pages to fetch of a site at most.",
)
def index(
    sources: tuple[str, ...], base_url: str | None, generator: str, name: str | None, delay: float, max_pages: int
) -> None:
    """Index the pages of each SOURCE; pages that are gone from it are removed.

    SOURCE is a folder of Markdown, MDX and HTML, or the address of a site or of its sitemap.
    SOURCE=URL gives one a base URL of its own.
    """
    if name is not None and len(sources) > 1:
        raise click.UsageError("--name is for one SOURCE; index the others by themselves.")
    failed = False
    for source in [_source(given, base_url, generator, name, delay, max_pages) for given in sources]:
        try:
            _index(source)
        except ContentError as error:
            failed = True
            click.echo(str(error), err=True)
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be used: {str(error.orig).strip()}") from None
    if failed:
        sys.exit(1)


@content_commands.command()
@click.argument("question")
@click.option("--limit", type=AT_LEAST_ONE, default=5, show_default=True)
def search(question: str, limit: int) -> None:
    """Print the passages that fit QUESTION best."""
    hits = retrieval.search(question, limit)
    if not hits:
        click.echo("Nothing found.")
    for hit in hits:
        click.echo(f"{hit.rank:7.2f}  {hit.heading}\n         {hit.url}")


@content_commands.command()
def status() -> None:
    """List what is indexed: sources, pages, passages, and when."""
    found = inventory.status()
    if not found:
        click.echo("Nothing is indexed. Index a folder: flask content index FOLDER --base-url URL")
        return
    for source in found:
        click.echo(f"{source.name}\n  read as {source.generator}, published at {source.base_url or 'several places'}")
        when = f"{source.indexed_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"  {source.pages} pages, {source.passages} passages, last indexed {when}")
    if (vectors := embedding.status()) is not None:
        click.echo(f"{vectors.encoded} of {vectors.passages} passages have vectors of {vectors.encoder}.")


@content_commands.command()
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


@content_commands.command()
@click.argument("what", metavar="SOURCE|PAGE")
def remove(what: str) -> None:
    """Remove a source, by its name, or a page, by its address or path."""
    folder = str(Path(what).resolve()) if Path(what).is_dir() else what
    try:
        removed = inventory.remove(folder)
        if removed is None and folder != what:
            removed = inventory.remove(what)
    except ContentError as error:
        raise click.ClickException(str(error)) from None
    if removed is None:
        raise click.ClickException(f"Nothing is indexed under {what}. `flask content status` lists the sources.")
    click.echo(f"{removed} pages removed.")


def _source(
    given: str, base_url: str | None, generator: str, name: str | None, delay: float, max_pages: int
) -> PageSource:
    place, own_url = _split(given)
    source: PageSource
    try:
        if place.lower().startswith(URL_SCHEMES):
            source = Site(place, Path(current_app.instance_path), own_url, name, delay, max_pages)
        elif Path(place).is_dir():
            source = Folder(Path(place), own_url or base_url, generator, name)
        else:
            raise ValueError(f"{place} is neither a folder nor the address of a site")
        if len(source.name) > NAME_LENGTH or len(source.base_url) > URL_LENGTH:
            raise ValueError(f"the name and the base URL of a source have at most {NAME_LENGTH:,} characters")
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    return source


def _split(given: str) -> tuple[str, str | None]:
    """Return a source and the base URL behind it, as in `docs=https://docs.example.com/`."""
    place, _, url = given.rpartition("=")
    has_url = place and url.lower().startswith((*URL_SCHEMES, "/")) and not Path(given).is_dir()
    return (place, url) if has_url else (given, None)


def _index(source: PageSource) -> None:
    with _progress(source.name) as progress:
        report = service.index(source, progress, lambda: click.echo("Another indexing is at work. Waiting …"))
    click.echo(f"{source.name}, read as {source.generator}, published at {source.base_url}")
    click.echo(
        f"  {report.indexed} pages indexed ({report.passages} passages), {report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.unreadable)} unreadable, {len(report.skipped)} left out"
    )
    click.echo(f"  {report.seconds:.1f} s, {report.writing_seconds:.1f} s of it writing")
    vectors = embedding.status()
    if vectors is not None and vectors.encoded < vectors.passages:
        missing = vectors.passages - vectors.encoded
        click.echo(f"  {missing} passages get vectors from the server while it runs, or now: flask content embed")
    for kind, reasons in (("unreadable", report.unreadable), ("left out", report.skipped)):
        for path, reason in list(reasons.items())[:SHOWN_REASONS]:
            click.echo(f"  {kind}: {path}: {reason}", err=True)
        if len(reasons) > SHOWN_REASONS:
            click.echo(f"  {kind}: {len(reasons) - SHOWN_REASONS} more", err=True)


@contextmanager
def _progress(label: str) -> Iterator[service.Progress]:
    """Show progress on a terminal, and nothing elsewhere; how many pages a site has is learned on the way."""
    if not sys.stderr.isatty():
        yield lambda done, expected: None
        return
    with click.progressbar(length=1, label=label, show_pos=True, file=sys.stderr) as bar:

        def show(done: int, expected: int | None) -> None:
            bar.length = max(expected or done, done)
            bar.update(1)

        yield show
