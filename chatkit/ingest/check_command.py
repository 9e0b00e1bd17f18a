"""`flask content check`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from flask.cli import with_appcontext

from chatkit.errors import ContentError
from chatkit.ingest import checking, inventory
from chatkit.ingest.checking import LiveSite, PublishedPage
from chatkit.ingest.index_command import (
    base_url_option,
    delay_option,
    exclude_option,
    generator_option,
    include_option,
    open_source,
)
from chatkit.ingest.report import print_source
from chatkit.ingest.source_options import SourceOptions, split_place
from chatkit.text.printable import printable


@click.command()
@with_appcontext
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--sample", type=click.IntRange(min=1), default=50, show_default=True, help="Pages of a source to fetch.")
@click.option("--at", help="Where the pages are, in place of their base URL; needed when that is a path.")
@click.option("--sitemap", is_flag=True, help="Compare all addresses with the site's sitemap, and fetch no page.")
@base_url_option
@generator_option
@include_option
@exclude_option
@delay_option
def check(
    sources: tuple[str, ...],
    sample: int,
    at: str | None,
    sitemap: bool,
    base_url: str | None,
    generator: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    delay: float,
) -> None:
    """Compare addresses and anchors with the live site; print what fails, and exit with 1 if something does.

    SOURCE is a folder, which is read as `index` would read it now, or the name of another source as it is indexed.
    Without one, all sources are checked as they are indexed.
    """
    failed = False
    checked = sources or inventory.names()
    if not checked:
        raise click.ClickException("Nothing is indexed that could be checked. Name a folder, or index one first.")
    for given in checked:
        place, base = split_place(given, base_url)
        name, root, pages = given, "", list[PublishedPage]()
        try:
            if sources and Path(place).is_dir():
                with TemporaryDirectory() as scratch:
                    options = SourceOptions(place, base, generator, include=include, exclude=exclude)
                    source = open_source(options, Path(scratch))
                    print_source(source)
                    name, root, pages = source.name, source.base_url, checking.read_pages(source)
            else:
                root, pages = checking.indexed_pages(given)
            failed |= _check(name, LiveSite(root, at, delay), pages, None if sitemap else sample)
        except ValueError as error:
            raise click.UsageError(f"{error}.") from None
        except ContentError as error:
            failed = True
            click.echo(printable(str(error)), err=True)
    if failed:
        sys.exit(1)


def _check(name: str, site: LiveSite, pages: list[PublishedPage], number: int | None) -> bool:
    """Print what is wrong with a source, and whether anything is."""
    if number is None:
        problems = list(site.check_sitemap(pages))
        compared = f"{len(pages)} addresses compared with the sitemap of {site.root}"
    else:
        chosen = checking.sample(pages, number)
        problems = list(site.check_pages(chosen))
        anchors = sum(len(page.anchors) for page in chosen)
        compared = f"{len(chosen)} of {len(pages)} pages, with {anchors} anchors, compared with {site.root}"
    click.echo(f"{name}: {compared}, {len(problems)} wrong")
    for problem in problems:
        click.echo(f"  {printable(f'{problem.path}: {problem.address}: {problem.reason}')}", err=True)
    return bool(problems)
