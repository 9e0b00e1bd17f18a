"""/owner/answers: curated answers."""

from typing import Any

from flask import Response

from chatkit.curated import service
from chatkit.curated.service import MAX_QUESTION, MAX_QUESTIONS, Draft
from chatkit.curated.wording import MAX_CHARACTERS
from chatkit.gaps import service as gaps
from chatkit.owner import fields, guard

bp = guard.make_blueprint("curated", __name__, "/answers")

DONE = {
    "saved": "Saved. Readers get it from now on.",
    "confirmed": "Confirmed: the answer holds for its section as that is now.",
    "removed": "Removed. The pages answer again.",
}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """List the curated answers."""
    return guard.render("answers.html", DONE, answers=service.list_all(), most=service.MAX_ANSWERS)


@bp.get("/new")
@guard.page
def new() -> str:
    """Show the form of a new answer, with the questions of a gap if it is for one."""
    cluster_id = fields.number(guard.query(), "gap", 0, fields.MOST_NUMBER, 0)
    questions = [text.question for text in gaps.get(cluster_id).texts] if cluster_id else []
    return guard.render("answer.html", answer=None, questions=questions, **_LIMITS)


@bp.get(f"/<int(max={fields.MOST_NUMBER}):answer_id>")
@guard.page
def show(answer_id: int) -> str:
    """Show an answer in the form that changes it."""
    answer = service.get(answer_id)
    now = service.section_now(answer)
    return guard.render("answer.html", DONE, answer=answer, questions=answer.questions, section_now=now, **_LIMITS)


@bp.post("/new")
@guard.act
def add() -> Response:
    """Store a new answer."""
    return guard.back_to("owner_curated.show", answer_id=_save(None), done="saved")


@bp.post(f"/<int(max={fields.MOST_NUMBER}):answer_id>")
@guard.act
def change(answer_id: int) -> Response:
    """Store an answer in the place of the one there is."""
    return guard.back_to("owner_curated.show", answer_id=_save(answer_id), done="saved")


@bp.post(f"/<int(max={fields.MOST_NUMBER}):answer_id>/confirm")
@guard.act
def confirm(answer_id: int) -> Response:
    """Take a flag away, unless the section changed since its page was opened."""
    seen = fields.text(guard.form(), "seen", 64)
    service.confirm(answer_id, seen, actor=guard.owner().email)
    return guard.back_to("owner_curated.show", answer_id=answer_id, done="confirmed")


@bp.post(f"/<int(max={fields.MOST_NUMBER}):answer_id>/remove")
@guard.act
def remove(answer_id: int) -> Response:
    """Remove an answer."""
    service.remove(answer_id, actor=guard.owner().email)
    return guard.back_to("owner_curated.index", done="removed")


def _save(answer_id: int | None) -> int:
    form = guard.form()
    questions = fields.text(form, "questions", (MAX_QUESTION + 1) * MAX_QUESTIONS * 2).split("\n")
    markdown, section = fields.text(form, "markdown", 4 * MAX_CHARACTERS), fields.text(form, "section", 2_000)
    return service.save(Draft(questions, markdown, section), answer_id, actor=guard.owner().email)


_LIMITS: dict[str, Any] = {"most_questions": MAX_QUESTIONS, "most_characters": MAX_CHARACTERS}
