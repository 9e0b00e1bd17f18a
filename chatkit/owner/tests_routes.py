"""/owner/tests: the test set and what became of it when pages were indexed last."""

from flask import Response

from chatkit.evaluation import service
from chatkit.evaluation.questions import MAX_QUESTION, Line
from chatkit.ingest import follow_ups
from chatkit.owner import fields, guard

bp = guard.make_blueprint("tests", __name__, "/tests")

PAGE = 100
VIEWS = {"all": "All", "failing": "Failing"}
DONE = {
    "added": "Added. It is asked at the next run.",
    "imported": "Imported.",
    "known": "All of these questions were in the test set already.",
    "removed": "Removed.",
    "asked": "The test set is run within a few seconds. Reload the page then.",
}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """Show the last run, and the questions with what came of each."""
    view = fields.choice(guard.query(), "show", VIEWS, "all")
    after = fields.number(guard.query(), "after", 0, fields.MOST_NUMBER, 0)
    last = service.latest_run()
    results = service.results(last) if last else {}
    failing = [id_ for id_, result in results.items() if not result.passed]
    rows = service.list_page(after, PAGE + 1, failing if view == "failing" else None)
    changed = [*last.newly_failing, *last.newly_passing] if last else []
    return guard.render(
        "tests.html",
        DONE,
        views=VIEWS,
        view=view,
        last=last,
        results=results,
        rows=rows[:PAGE],
        next_after=rows[PAGE - 1].id if len(rows) > PAGE else None,
        after=after,
        changed={row.id: row for row in service.list_page(0, PAGE, changed)} if changed else {},
        total=service.count(),
        most=service.MAX_QUESTIONS,
    )


@bp.post("/add")
@guard.act
def add() -> Response:
    """Add a question."""
    form = guard.form()
    question = fields.text(form, "question", MAX_QUESTION, required=True)
    places = filter(None, map(str.strip, fields.text(form, "answered_by", 20_000).split("\n")))
    site, version = (fields.text(form, name, 255) for name in ("site", "version"))
    service.add_one(Line(question, tuple(places), site=site, version=version), actor=guard.owner().email)
    return guard.back_to("owner_tests.index", done="added")


@bp.post("/remove")
@guard.act
def remove() -> Response:
    """Remove a question."""
    service.remove([fields.number(guard.form(), "id", 1, fields.MOST_NUMBER)], actor=guard.owner().email)
    return guard.back_to("owner_tests.index", done="removed")


@bp.post("/run")
@guard.act
def run() -> Response:
    """Have the test set run by the job that runs it after indexing."""
    follow_ups.request("tests")
    return guard.back_to("owner_tests.index", done="asked")


@bp.post("/import")
@guard.act
def import_lines() -> Response:
    """Add the questions of JSON lines, all or none."""
    fields.text(guard.form(), "lines", 250_000, required=True)
    # With what stands above the first of them, so that a line is found by the number that names it.
    lines = guard.form()["lines"].split("\n")
    done = service.import_lines(lines, actor=guard.owner().email)
    return guard.back_to("owner_tests.index", done="imported" if done.added else "known")
