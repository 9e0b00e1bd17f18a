"""`flask content index` and `reindex`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask import current_app
from flask.cli import with_appcontext

from chatkit.errors import ContentError
from chatkit.ingest import reindexing, schedule, service
from chatkit.ingest.crawler import site
from chatkit.ingest.index_lock import WAIT_SECONDS
from chatkit.ingest.page_source import PageSource
from chatkit.ingest.readers import registry
from chatkit.ingest.report import print_page, print_preview, print_report, print_source
from chatkit.ingest.source_options import SourceOptions, split_place
from chatkit.search import embedding
from chatkit.search.stated import Stated
from chatkit.text.printable import printable

base_url_option = click.option("--base-url", help="What the addresses of a folder's pages begin with.")
generator_option = click.option(
    "--generator", type=click.Choice(registry.NAMES), default=registry.AUTO, show_default=True
)
delay_option = click.option(
    "--delay", default=site.DELAY_SECONDS, show_default=True, help="Seconds between requests to a site."
)
include_option = click.option(
    "--include", multiple=True, metavar="GLOB", help="Index no page but those that a GLOB names, as in .gitignore."
)
exclude_option = click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out the pages that a GLOB names.")
wait_option = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=WAIT_SECONDS,
    show_default=True,
    help="Seconds to wait for another indexing.",
)


@click.command()
@with_appcontext
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@base_url_option
@generator_option
@click.option("--name", help="What the source is called in the index; for one SOURCE only.")
@click.option(
    "--site", "site_name", help="The site that the pages are part of; only sources of one site answer together."
)
@click.option("--version", help="The version of the documentation, where neither generator nor addresses say it.")
@click.option("--language", metavar="TAG", help="The language of pages that do not say theirs, such as `pt-BR`.")
@include_option
@exclude_option
@delay_option
@click.option(
    "--max-pages",
    type=click.IntRange(min=1),
    default=site.MAX_PAGES,
    show_default=True,
    help="Pages to fetch of a site at most.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be indexed; nothing is written, no database is asked.")
@wait_option
def index(
    sources: tuple[str, ...],
    base_url: str | None,
    generator: str,
    name: str | None,
    site_name: str | None,
    version: str | None,
    language: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    delay: float,
    max_pages: int,
    dry_run: bool,
    wait: float,
) -> None:
    """Index the pages of each SOURCE; pages that are gone from it are removed.

    SOURCE is a folder of Markdown, MDX and HTML, or the address of a site or of its sitemap.
    SOURCE=URL gives one a base URL of its own.
    """
    if name is not None and len(sources) > 1:
        raise click.UsageError("--name is for one SOURCE; index the others by themselves.")
    places = [split_place(given, base_url) for given in sources]
    stated = Stated(site_name, version, language)
    options = [
        SourceOptions(place, base, generator, name, delay, max_pages, include, exclude, stated)
        for place, base in places
    ]
    failed = False
    with ExitStack() as scratch:
        # Of a crawl that only shows what it finds, nothing is kept.
        kept = scratch.enter_context(TemporaryDirectory()) if dry_run else current_app.instance_path
        for each, source in [(each, open_source(each, Path(kept))) for each in options]:
            print_source(source)
            try:
                if dry_run:
                    print_preview(service.preview(source, print_page), source)
                else:
                    _index(source, each, wait)
            except ContentError as error:
                failed = True
                click.echo(printable(str(error)), err=True)
    if failed:
        sys.exit(1)


@click.command()
@with_appcontext
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@wait_option
@click.option("--background", is_flag=True, hidden=True)
def reindex(names: tuple[str, ...], wait: float, background: bool) -> None:
    """Index known sources again, the way they were indexed before; all of them unless some are named."""
    failed = False
    known_sources = schedule.find_sources(names)
    if not known_sources:
        raise click.ClickException("No source is known that could be indexed again. Index one: flask content index")
    for known in known_sources:
        if background:
            reindexing.work(known, wait)
            continue
        options = SourceOptions.from_stored(known.options)
        try:
            source = options.open(Path(current_app.instance_path))
            print_source(source)
            _index(source, options, wait)
        except (ContentError, ValueError) as error:
            failed = True
            click.echo(printable(f"{known.name}: {str(error).rstrip('.')}."), err=True)
    if failed:
        sys.exit(1)


def open_source(options: SourceOptions, instance: Path) -> PageSource:
    """Return a source; what cannot be read so ends the command with a sentence."""
    try:
        return options.open(instance)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None


def _index(source: PageSource, options: SourceOptions, wait_seconds: float) -> None:
    with _progress(source.name) as progress:
        report = service.index(
            source, progress, lambda reason: click.echo(f"{reason} Waiting …"), wait_seconds, options.to_store()
        )
    print_report(report, source)
    vectors = embedding.status()
    if vectors is not None and vectors.encoded < vectors.passages:
        missing = vectors.passages - vectors.encoded
        click.echo(f"  {missing} passages get vectors from the server while it runs, or now: flask content embed")


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
