"""What `flask content` prints of an indexing, and of one that would be."""

import click

from chatkit.ingest import inventory
from chatkit.ingest.outcomes import Parsed
from chatkit.ingest.page_source import PageSource
from chatkit.ingest.reasons import count_reasons
from chatkit.ingest.service import Report
from chatkit.text.printable import printable

SHOWN_REASONS, SHOWN_PATHS = 20, 3
FIRST_WORDS, FIRST_CHARACTERS = 14, 100


def print_source(source: PageSource) -> None:
    """Print what a source was taken for and why."""
    click.echo(
        printable(f"{source.name}, read as {source.generator} ({source.reason}), published at {source.base_url}")
    )


def print_page(page: Parsed) -> None:
    """Print a page as it would be indexed: file, address, title, scope, and what its first passage begins with."""
    scope = ", ".join(each for each in (page.version and f"version {page.version}", page.language) if each)
    click.echo(printable(f"{page.path} → {page.url}"))
    click.echo(f"  {printable(page.title)}{f' [{printable(scope)}]' if scope else ''}")
    if page.passages:
        words = " ".join(page.passages[0].body.split()[:FIRST_WORDS])
        click.echo(f"    {printable(words[:FIRST_CHARACTERS])} …")


def print_report(report: Report, source: PageSource) -> None:
    """Print what was done, in pages, and on standard error why pages were not."""
    click.echo(f"  {printable(inventory.describe_site(source.name, source.site))}")
    click.echo(f"  {report}")
    click.echo(f"  {report.seconds:.1f} s, {report.writing_seconds:.1f} s of it writing")
    print_reasons(report, source)


def print_preview(report: Report, source: PageSource) -> None:
    """Print what would be done, and on standard error why pages would not."""
    click.echo(f"  site {source.site}")
    click.echo(
        f"  {report.indexed} pages would be indexed ({report.passages} passages), "
        f"{len(report.unreadable)} are unreadable, {len(report.skipped)} would be left out; nothing was written"
    )
    print_reasons(report, source)


def print_reasons(report: Report, source: PageSource) -> None:
    """Print on standard error which pages have no text, and why others were not read or are left out."""
    if report.textless:
        shown = printable(", ".join(report.textless[:SHOWN_PATHS]))
        remedy = ""
        if source.generator == "html":
            remedy = "; what only JavaScript shows is not in them: index the files that the site is made from"
        count = len(report.textless)
        click.echo(f"  without text: {count} {'page' if count == 1 else 'pages, such as'} {shown}{remedy}", err=True)
    for place, note in list(report.notes.items())[:SHOWN_REASONS]:
        click.echo(f"  note: {printable(f'{place}: {note}')}", err=True)
    for path, reason in list(report.unreadable.items())[:SHOWN_REASONS]:
        click.echo(f"  unreadable: {printable(f'{path}: {reason}')}", err=True)
    if len(report.unreadable) > SHOWN_REASONS:
        click.echo(f"  unreadable: {len(report.unreadable) - SHOWN_REASONS} more", err=True)
    for each in count_reasons(report.skipped):
        click.echo(f"  left out: {printable(str(each))}", err=True)
