"""/owner: the overview."""

from chatkit.owner import guard

bp = guard.make_blueprint("overview", __name__)


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """Show the overview."""
    return guard.render("overview.html")
