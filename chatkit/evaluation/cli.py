"""`flask testset`."""

from itertools import chain
from typing import TextIO

import click

from chatkit.database.command import DatabaseGroup
from chatkit.errors import ApiError, Invalid
from chatkit.evaluation import runs, service
from chatkit.evaluation.models import TestQuestion
from chatkit.text.printable import printable

testset_commands = DatabaseGroup("testset", help="Questions with the sections that must be shown: list, run, exchange.")


@testset_commands.command("list")
def list_questions() -> None:
    """List the questions with their numbers, and how each did in the last run."""
    last = service.latest_run()
    results = service.results(last) if last is not None else {}
    found = service.list_page(0, service.MAX_QUESTIONS)
    if not found:
        click.echo("The test set is empty. Add questions with `flask testset import FILE`, or in the owner's room.")
    for row in found:
        result = results.get(row.id)
        verdict = "not run" if result is None else "passes" if result.passed else f"fails ({result.outcome})"
        click.echo(f"{row.id}  {verdict}  {_describe(row)}")


@testset_commands.command("import")
@click.argument("file", type=click.File(encoding="utf-8"))
def import_questions(file: TextIO) -> None:
    """Add the questions of a file of JSON lines, all or none; - reads from standard input."""
    try:
        done = service.import_lines(file)
    except Invalid as error:
        raise click.ClickException("\n".join(chain.from_iterable(error.fields.values()))) from None
    except ApiError as error:
        raise click.ClickException(error.message) from None
    except UnicodeDecodeError:
        raise click.ClickException("The file is not encoded as UTF-8.") from None
    click.echo(f"{done.added} added, {done.known} known already.")


@testset_commands.command("export")
def export_questions() -> None:
    """Print the test set as JSON lines, which `import` and `make eval` read."""
    for line in service.export_lines():
        click.echo(line, nl=False)


@testset_commands.command("remove")
@click.argument("ids", metavar="ID...", type=int, nargs=-1, required=True)
def remove_questions(ids: tuple[int, ...]) -> None:
    """Remove questions by their numbers in `flask testset list`."""
    try:
        click.echo(f"{service.remove(ids)} removed.")
    except ApiError as error:
        raise click.ClickException(error.message) from None


@testset_commands.command("run")
def run_questions() -> None:
    """Ask every question now and print what changed; ends with 1 when a question fails."""
    done = runs.run(rest=False)
    if done is None:
        raise click.ClickException("The test set is empty.")
    click.echo(f"{done.passed} of {done.asked} pass, in {done.seconds:.1f} seconds.")
    if done.not_asked:
        click.echo(f"{done.not_asked} were not asked: the time was up.")
    by_id = {row.id: row for row in service.list_page(0, service.MAX_QUESTIONS)}
    for title, ids in (("Newly failing", done.newly_failing), ("Newly passing", done.newly_passing)):
        for id_ in ids:
            click.echo(f"{title}: {id_}  {_describe(by_id[id_])}")
    if done.passed < done.asked:
        raise SystemExit(1)


def _describe(row: TestQuestion) -> str:
    expected = ", ".join(row.answered_by) or "no page answers this"
    return printable(f"{row.question} ({expected})")
