"""`flask content gaps`: what readers asked that the pages do not answer."""

import itertools

import click
from flask.cli import with_appcontext

from chatkit.chat import content_gaps
from chatkit.chat.content_gaps import KIND_LABELS
from chatkit.text.printable import printable


@click.command("gaps")
@with_appcontext
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="Questions to print.")
def print_gaps(limit: int) -> None:
    """Print the questions the pages do not answer, by page and theme, the most asked first."""
    report = content_gaps.report()
    if not report:
        click.echo("Nothing was asked in vain in the last 90 days.")
    for page, page_gaps in itertools.groupby(report[:limit], lambda gap: gap.page):
        click.echo(printable(page or "On no page"))
        for theme, theme_gaps in itertools.groupby(page_gaps, lambda gap: gap.theme):
            click.echo(f"  {printable(theme)}")
            for gap in theme_gaps:
                kinds = ", ".join(f"{count} {KIND_LABELS[kind]}" for kind, count in gap.counts.most_common())
                click.echo(f"    {printable(gap.question)}  ({kinds})")
                for note in gap.notes:
                    click.echo(f"      “{printable(note)}”")
    if len(report) > limit:
        click.echo(f"… and {len(report) - limit} more questions; see them with --limit {len(report)}.")
