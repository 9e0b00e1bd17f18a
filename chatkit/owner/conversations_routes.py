"""/owner/conversations: what was asked and answered."""

from chatkit.owner import conversation_filter, conversations, fields, guard
from chatkit.owner.conversations import UNKNOWN
from chatkit.owner.labels import OUTCOMES, RATINGS

bp = guard.make_blueprint("conversations", __name__, "/conversations")
STATE_LABELS = {"running": "is being written", "stopped": "was stopped by its reader", "done": ""}


@bp.get("/", strict_slashes=False)
@guard.page
def index() -> str:
    """List the conversations that fit the filter, the latest first."""
    query = guard.query()
    wanted = conversation_filter.parse(query)
    before = fields.number(query, "before", 1, fields.MOST_NUMBER, 0) or None
    rows, next_number = conversations.find(wanted, before)
    sites, languages = ([(name, name) for name in (*names, UNKNOWN)] for names in conversations.choices())
    choices = {"outcome": [*OUTCOMES.items()], "rating": [*RATINGS.items()], "site": sites, "language": languages}
    return guard.render(
        "conversations.html",
        rows=rows,
        next_number=next_number,
        before=before,
        chosen={name: value for name, value in query.items() if name != "before" and value},
        filters=choices,
    )


@bp.get(f"/<int(max={fields.MOST_NUMBER}):answer_id>")
@guard.page
def read(answer_id: int) -> str:
    """Show a conversation, each answer beside the passages that it rests on."""
    found = conversations.read(answer_id)
    return guard.render("conversation.html", found=found, answer_id=answer_id, states=STATE_LABELS)
