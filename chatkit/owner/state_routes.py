"""/owner/server: the index, the mail, the limits and the backups, with the act beside each."""

from flask import Response

from chatkit.owner import fields, guard, state

bp = guard.make_blueprint("state", __name__, "/server")
DONE = {
    "requeued": "It is tried again within seconds.",
    "reindex": "It is indexed again as soon as nothing else is being indexed.",
    "scheduled": "The schedule is changed.",
    "banned": "Shut out. Every server knows it within five seconds.",
    "lifted": "Let in again.",
    "reset": "Its limits begin again.",
    "none": "Nothing was counted under it.",
}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """Show how the server stands."""
    return guard.render(
        "state.html",
        done_sentences=DONE,
        found=state.state(),
        intervals=list(state.INTERVALS.items()),
        ban_times=list(state.BAN_TIMES.items()),
    )


@bp.post("/mail/requeue")
@guard.act
def requeue() -> Response:
    """Try a mail again, or all."""
    state.requeue(fields.number(guard.form(), "id", 1, fields.MOST_NUMBER, 0) or None, guard.owner().email)
    return guard.back_to("owner_state.index", done="requeued")


@bp.post("/index/again")
@guard.act
def reindex() -> Response:
    """Have a source indexed again, or all."""
    state.reindex(fields.text(guard.form(), "source", 1000), guard.owner().email)
    return guard.back_to("owner_state.index", done="reindex")


@bp.post("/index/schedule")
@guard.act
def repeat() -> Response:
    """Say how often a source is indexed again."""
    form = guard.form()
    hours = int(fields.choice(form, "hours", state.INTERVALS, "0"))
    state.repeat(fields.text(form, "source", 1000, required=True), hours, guard.owner().email)
    return guard.back_to("owner_state.index", done="scheduled")


@bp.post("/limits/ban")
@guard.act
def ban() -> Response:
    """Shut somebody out."""
    form = guard.form()
    hours = int(fields.choice(form, "hours", state.BAN_TIMES, "1"))
    state.ban(fields.text(form, "who", 254, required=True), hours, guard.owner().email)
    return guard.back_to("owner_state.index", done="banned")


@bp.post(f"/limits/bans/<int(max={fields.MOST_NUMBER}):ban_id>/lift")
@guard.act
def lift(ban_id: int) -> Response:
    """Let somebody in again."""
    state.lift(ban_id, guard.owner().email)
    return guard.back_to("owner_state.index", done="lifted")


@bp.post("/limits/reset")
@guard.act
def reset() -> Response:
    """Let the limits of somebody begin again."""
    gone = state.reset(fields.text(guard.form(), "key", 254, required=True), guard.owner().email)
    return guard.back_to("owner_state.index", done="reset" if gone else "none")
