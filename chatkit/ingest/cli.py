"""`flask content`: what is indexed is listed, searched, encoded, compared and removed."""

import re
import sys
from datetime import timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext

from chatkit import config
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.database.orm import db
from chatkit.ingest import inventory, neighbourhood, schedule
from chatkit.ingest.index_lock import IndexLock
from chatkit.ingest.models import IndexSchedule
from chatkit.search import embedding, encoders, neighbours, retrieval
from chatkit.text.printable import printable

MINUTE = "%Y-%m-%d %H:%M UTC"
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
LEAST, MOST = timedelta(minutes=5), timedelta(days=30)


def _parse_duration(context: click.Context, parameter: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})([dhm])", text)
    duration = int(found[1]) * UNITS[found[2]] if found else timedelta()
    if not LEAST <= duration <= MOST:
        raise click.BadParameter(f"{text} is no duration from 5m to 30d, such as 30m, 6h or 1d.")
    return duration


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
        click.echo(f"{hit.rank:7.2f}  {printable(hit.heading)}\n         {printable(hit.url)}")


@click.command()
@with_appcontext
def status() -> None:
    """List what is indexed: sources, pages, passages, and when."""
    found = inventory.status()
    if not found:
        click.echo("Nothing is indexed. Index a folder: flask content index FOLDER --base-url URL")
        return
    for source in found:
        read_as = f"{source.generator} ({source.reason})" if source.reason else source.generator
        click.echo(printable(source.name))
        click.echo(f"  read as {printable(read_as)}, published at {printable(source.base_url or 'several places')}")
        click.echo(f"  {printable(inventory.describe_site(source.name, source.site))}")
        for what, counts in (("versions", source.versions), ("languages", source.languages)):
            if counts:
                shown = ", ".join(f"{name} ({number} pages)" for name, number in counts.items())
                click.echo(f"  {what}: {printable(shown)}")
        when = f"{source.indexed_at:{MINUTE}}"
        click.echo(f"  {source.pages} pages, {source.passages} passages, last indexed {when}")
        if source.schedule is not None:
            _print_schedule(source.schedule)
    if (vectors := embedding.status()) is not None:
        click.echo(f"{vectors.encoded} of {vectors.passages} passages have vectors of {vectors.encoder}.")


@click.command("schedule")
@with_appcontext
@click.argument("names", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--every", metavar="DURATION", callback=_parse_duration, help="How often, such as 30m, 6h or 1d.")
@click.option("--off", is_flag=True, help="Index the sources again only when that is asked for.")
def repeat(names: tuple[str, ...], every: timedelta | None, off: bool) -> None:
    """Have the server index known sources again, as often as is said, beside its readers."""
    if (every is None) != off:
        raise click.UsageError("Say either --every DURATION or --off.")
    sources = schedule.find_sources(names)
    schedule.repeat(sources, every)
    for source in sources:
        click.echo(f"{source.name}: {f'every {_duration_text(every)}' if every else 'only when asked for'}")


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
@click.option("--background", is_flag=True, hidden=True)
def find_neighbours(background: bool) -> None:
    """Find now which pages are near each other, if that is not known; a server that runs does it by itself."""
    with IndexLock() as lock:
        if background:
            neighbourhood.find_neighbours(lock)
            return
        was_missing = neighbours.refresh(lock.confirm)
    click.echo("The neighbours of every page are found." if was_missing else "There is nothing to find.")


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
    audit.record(AuditAction.PAGES_REMOVED, what[:200], pages=removed)
    db.session.commit()
    click.echo(f"{removed} pages removed.")


def _print_schedule(known: IndexSchedule) -> None:
    if known.every_seconds:
        click.echo(f"  indexed again every {_duration_text(timedelta(seconds=known.every_seconds))}")
    if known.requested_at is not None:
        click.echo(f"  asked for at {known.requested_at:{MINUTE}}, waits for the server")
    if known.started_at is not None and (known.ended_at is None or known.ended_at < known.started_at):
        click.echo(f"  being indexed again since {known.started_at:{MINUTE}}")
    elif known.ended_at is not None:
        how = "failed" if known.failed else "indexed again"
        click.echo(f"  {how} at {known.ended_at:{MINUTE}}: {printable(known.result)}")


def _duration_text(duration: timedelta) -> str:
    return next(f"{duration // unit}{name}" for name, unit in UNITS.items() if not duration % unit)
