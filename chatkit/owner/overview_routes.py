"""/owner: the overview."""

from chatkit.owner import fields, guard
from chatkit.owner import overview as figures_of
from chatkit.owner.labels import OUTCOME_MEANINGS

bp = guard.make_blueprint("overview", __name__)


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """Show the figures of the last days."""
    days = int(fields.choice(guard.query(), "days", [str(each) for each in figures_of.PERIODS], "28"))
    return guard.render(
        "overview.html",
        found=figures_of.overview(days),
        periods=figures_of.PERIODS,
        meanings=OUTCOME_MEANINGS,
    )
