"""`flask answers`."""

from typing import TextIO

import click

from chatkit.curated import service
from chatkit.curated.service import Draft
from chatkit.database.command import DatabaseGroup
from chatkit.errors import ApiError
from chatkit.text.printable import printable

answers_commands = DatabaseGroup("answers", help="Curated answers: list, write, remove.")


@answers_commands.command("list")
def list_answers() -> None:
    """List the curated answers with their numbers, those whose section has changed first."""
    found = service.list_all()
    if not found:
        click.echo("There is no curated answer. Write one with `flask answers write`, or in the owner's room.")
    for row in found:
        flag = "" if row.standing == "current" else f"  ITS SECTION IS {row.standing.upper()}"
        click.echo(f"{row.id}  {printable(row.questions[0])}  ({row.hits} given){flag}")
        for question in row.questions[1:]:
            click.echo(f"    {printable(question)}")
        if row.section:
            click.echo(f"    {printable(row.section)}")


@answers_commands.command()
@click.option("--question", "questions", multiple=True, required=True, help="A question that it answers; repeatable.")
@click.option("--section", default="", help="The address of the section it rests on.")
@click.option("--replace", "number", type=int, help="The number of the answer in whose place it comes.")
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
def write(questions: tuple[str, ...], section: str, number: int | None, file: TextIO | None) -> None:
    """Write an answer, whose Markdown stands in a file; without one the lines of the section answer."""
    try:
        draft = Draft(questions, file.read() if file is not None else "", section)
        click.echo(f"Answer {service.save(draft, number)} is given within seconds.")
    except UnicodeDecodeError:
        raise click.ClickException("The file is not encoded as UTF-8.") from None
    except ApiError as error:
        raise click.ClickException(error.message) from None


@answers_commands.command()
@click.argument("number", type=int)
def remove(number: int) -> None:
    """Remove an answer by its number in `flask answers list`."""
    try:
        service.remove(number)
    except ApiError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"Answer {number} is removed.")
