"""`flask content index`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from chatkit.errors import ContentError
from chatkit.ingest import service
from chatkit.ingest.crawler import site
from chatkit.ingest.index_lock import WAIT_SECONDS
from chatkit.ingest.page_source import PageSource
from chatkit.ingest.readers import registry
from chatkit.ingest.source_options import SourceOptions, split_place
from chatkit.search import embedding

SHOWN_REASONS = 20


@click.command()
@with_appcontext
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--base-url", help="What the addresses of a folder's pages begin with.")
@click.option("--generator", type=click.Choice(registry.NAMES), default=registry.AUTO, show_default=True)
@click.option("--name", help="What the source is called in the index; for one SOURCE only.")
@click.option("--delay", default=site.DELAY_SECONDS, show_default=True, help="Seconds between requests to a site.")
@click.option(
    "--max-pages",
    type=click.IntRange(min=1),
    default=site.MAX_PAGES,
    show_default=True,
    help="Pages to fetch of a site at most.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=WAIT_SECONDS,
    show_default=True,
    help="Seconds to wait for another indexing.",
)
def index(
    sources: tuple[str, ...],
    base_url: str | None,
    generator: str,
    name: str | None,
    delay: float,
    max_pages: int,
    wait: float,
) -> None:
    """Index the pages of each SOURCE; pages that are gone from it are removed.

    SOURCE is a folder of Markdown, MDX and HTML, or the address of a site or of its sitemap.
    SOURCE=URL gives one a base URL of its own.
    """
    if name is not None and len(sources) > 1:
        raise click.UsageError("--name is for one SOURCE; index the others by themselves.")
    places = [split_place(given, base_url) for given in sources]
    options = [SourceOptions(place, base, generator, name, delay, max_pages) for place, base in places]
    failed = False
    for source in [_open(each) for each in options]:
        try:
            _index(source, wait)
        except ContentError as error:
            failed = True
            click.echo(str(error), err=True)
    if failed:
        sys.exit(1)


def _open(options: SourceOptions) -> PageSource:
    try:
        return options.open(Path(current_app.instance_path))
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None


def _index(source: PageSource, wait_seconds: float) -> None:
    with _progress(source.name) as progress:
        report = service.index(source, progress, lambda reason: click.echo(f"{reason} Waiting …"), wait_seconds)
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
