"""`flask content gaps`: what readers asked that the pages do not answer."""

import itertools

import click
from flask.cli import with_appcontext

from chatkit.chat import content_gaps

KINDS = {"unanswered": "not covered", "weak": "answered weakly", "down": "rated down"}


@click.command("gaps")
@with_appcontext
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="Questions to print.")
def print_gaps(limit: int) -> None:
    """Print the questions the pages do not answer, by page and theme, the most asked first."""
    report = content_gaps.report()
    if not report:
        click.echo("Nothing was asked in vain in the last 90 days.")
    for page, on_page in itertools.groupby(report[:limit], lambda asked: asked.page):
        click.echo(_shown(page or "On no page"))
        for theme, alike in itertools.groupby(on_page, lambda asked: asked.theme):
            click.echo(f"  {_shown(theme)}")
            for asked in alike:
                kinds = ", ".join(f"{count} {KINDS[kind]}" for kind, count in asked.times.most_common())
                click.echo(f"    {_shown(asked.question)}  ({kinds})")
                for note in asked.notes:
                    click.echo(f"      “{_shown(note)}”")
    if len(report) > limit:
        click.echo(f"… and {len(report) - limit} more questions; see them with --limit {len(report)}.")


def _shown(text: str) -> str:
    """Return a reader's words on one line, without what would steer a terminal or turn its text around."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(text.split()))
