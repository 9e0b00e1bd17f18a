"""/owner/recommendations: the pages that are recommended to everybody, and those that are recommended to nobody."""

from typing import cast, get_args

from flask import Response

from chatkit.owner import fields, guard
from chatkit.personalize import curation
from chatkit.personalize.models import Rule

bp = guard.make_blueprint("recommendations", __name__, "/recommendations")

PAGE = 100
# As long as an address in the index may be.
MOST_CHARACTERS = 1_000
RULES: tuple[Rule, ...] = get_args(Rule)
DONE = {
    "pinned": "Pinned. Readers of its site get it first from now on.",
    "excluded": "Excluded. Nobody gets it from now on.",
    "reset": "Reset. It is recommended as any other page from now on.",
}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """List what was decided of pages."""
    start = fields.number(guard.query(), "start", 0, fields.MOST_NUMBER, 0)
    found = curation.list_page(start, PAGE + 1)
    next_start = start + PAGE if len(found) > PAGE else None
    return guard.render("recommendations.html", DONE, found=found[:PAGE], start=start, next_start=next_start)


@bp.post("/decide")
@guard.act
def decide() -> Response:
    """Pin or exclude a page."""
    form = guard.form()
    rule = cast(Rule, fields.choice(form, "rule", RULES, "pinned"))
    curation.decide(fields.text(form, "url", MOST_CHARACTERS, required=True), rule, actor=guard.owner().email)
    return guard.back_to("owner_recommendations.index", done=rule)


@bp.post("/reset")
@guard.act
def reset() -> Response:
    """Take back what was decided of a page."""
    curation.reset(fields.text(guard.form(), "url", MOST_CHARACTERS, required=True), actor=guard.owner().email)
    return guard.back_to("owner_recommendations.index", done="reset")
