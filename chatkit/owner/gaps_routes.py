"""/owner/gaps: what readers asked in vain, and what is done about it."""

from typing import cast, get_args

from flask import Response

from chatkit.chat.content_gaps import KIND_LABELS
from chatkit.gaps import clustering, issue, service
from chatkit.gaps.models import ClusterState
from chatkit.ingest import follow_ups
from chatkit.owner import fields, guard
from chatkit.owner.figures import count

bp = guard.make_blueprint("gaps", __name__, "/gaps")

STATES: tuple[ClusterState, ...] = get_args(ClusterState)
# What the tabs show; `open` is whatever still needs something.
VIEWS: dict[str, tuple[ClusterState, ...]] = {"open": service.OPEN} | {state: (state,) for state in STATES}
PAGE = 50
DONE = {"set": "Done. The state was changed."}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """List the clusters."""
    view = fields.choice(guard.query(), "state", VIEWS, "open")
    start = fields.number(guard.query(), "start", 0, fields.MOST_NUMBER, 0)
    found, counts = service.list_page(VIEWS[view], PAGE + 1, start), service.count_by_state()
    return guard.render(
        "gaps.html",
        views={
            name: f"{name.capitalize()} {count(sum(counts[state] for state in states))}"
            for name, states in VIEWS.items()
        },
        view=view,
        clusters=found[:PAGE],
        start=start,
        next_start=start + PAGE if len(found) > PAGE else None,
        kinds=KIND_LABELS,
        most_new=clustering.MAX_CLUSTERS if clustering.is_full() else None,
    )


@bp.get(f"/<int(max={fields.MOST_NUMBER}):cluster_id>")
@guard.page
def show(cluster_id: int) -> str:
    """Show one cluster with its questions."""
    cluster = service.get(cluster_id)
    return guard.render("gap.html", DONE, cluster=cluster, issue_link=issue.link(cluster), kinds=KIND_LABELS)


@bp.post(f"/<int(max={fields.MOST_NUMBER}):cluster_id>/state")
@guard.act
def set_state(cluster_id: int) -> Response:
    """Take a cluster to another state."""
    state = cast(ClusterState, fields.choice(guard.form(), "state", STATES))
    service.set_state(cluster_id, state, actor=guard.owner().email)
    if state == "published":
        # In case pages were indexed since its questions failed.
        follow_ups.request("gaps")
    return guard.back_to("owner_gaps.show", cluster_id=cluster_id, done="set")
