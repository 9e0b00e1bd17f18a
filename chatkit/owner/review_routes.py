"""/owner/review: answers to be judged."""

from typing import cast, get_args

from flask import Response

from chatkit.owner import fields, guard
from chatkit.owner.labels import OUTCOMES, RATINGS
from chatkit.review import service
from chatkit.review.models import Verdict
from chatkit.review.service import Kind

bp = guard.make_blueprint("review", __name__, "/review")

KINDS = {
    "negative": f"Rated {RATINGS['down']}",
    "unsure": OUTCOMES["nearest"].capitalize(),
    "sample": "A sample of this week",
}
DONE = {"judged": "Kept. Here is what is left."}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """List the answers of a kind that nobody has judged."""
    kind = cast(Kind, fields.choice(guard.query(), "kind", KINDS, "negative"))
    items, counts = service.queue(kind), service.count_verdicts()
    most = service.SHOWN if len(items) == service.SHOWN else None
    return guard.render("review.html", DONE, kinds=KINDS, kind=kind, items=items, counts=counts, most=most)


@bp.get(f"/<int(max={fields.MOST_NUMBER}):answer_id>")
@guard.page
def show(answer_id: int) -> str:
    """Show an answer with the form of the verdict."""
    kind = fields.choice(guard.query(), "kind", KINDS, "negative")
    return guard.render("review_item.html", item=service.get(answer_id), kind=kind, verdicts=get_args(Verdict))


@bp.post(f"/<int(max={fields.MOST_NUMBER}):answer_id>")
@guard.act
def judge(answer_id: int) -> Response:
    """Keep a verdict."""
    form = guard.form()
    verdict = cast(Verdict, fields.choice(form, "verdict", get_args(Verdict), ""))
    section = fields.text(form, "section", 2_000)
    to_test_set = fields.choice(form, "to_test_set", ("yes",)) == "yes"
    service.judge(answer_id, verdict, section, to_test_set=to_test_set, actor=guard.owner().email)
    kind = fields.choice(form, "kind", KINDS, "negative")
    return guard.back_to("owner_review.index", kind=kind, done="judged")
