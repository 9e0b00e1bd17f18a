"""The weekly mail to the owners: the clusters that are new since the one before; none where there is nothing new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import select, update

from chatkit.config import settings
from chatkit.database.orm import db, monday_of, table, utcnow
from chatkit.gaps import service
from chatkit.gaps.models import GapCluster
from chatkit.mail import service as mail
from chatkit.mail.service import RenderedMail
from chatkit.text.printable import shortened

TEMPLATE = "gaps_digest"
# So many clusters are listed, those of most questions; how many more there are is said.
LISTED, MAX_QUESTION = 20, 300
_CLUSTERS = table(GapCluster)


def queue_weekly(now: datetime | None = None) -> bool:
    """Queue the mail about what was opened before this week's Monday (UTC) and no mail told of, and commit.

    Each owner gets one. Returns whether any was queued; what it tells of is marked in the same transaction, so that
    none is sent twice.
    """
    now = now or utcnow()
    due = (_CLUSTERS.c.mailed_at.is_(None), _CLUSTERS.c.opened_at < monday_of(now))
    owners = [address for address, role in settings().owners.items() if role == "owner"]
    ids = db.session.scalars(select(_CLUSTERS.c.id).where(*due, _CLUSTERS.c.state == "new").limit(1)).all()
    if not owners or not ids:
        db.session.rollback()
        return False
    own = (
        update(_CLUSTERS)
        .where(*due)
        .values(mailed_at=now)
        .returning(_CLUSTERS.c.id, _CLUSTERS.c.state, _CLUSTERS.c.size)
    )
    told = sorted((-row.size, row.id) for row in db.session.execute(own) if row.state == "new")
    context = {"clusters": [id_ for _, id_ in told[:LISTED]], "more": max(len(told) - LISTED, 0)}
    for address in owners:
        mail.queue(address, TEMPLATE, context)
    db.session.commit()
    return True


def render(context: Mapping[str, Any]) -> RenderedMail | None:
    """Return the mail about these clusters as they are now; None when none of them is new any more."""
    clusters = [cluster for cluster in service.list_of(context["clusters"]) if cluster.state == "new"]
    if not clusters:
        return None
    link, more = f"{settings().base_url}/owner/gaps", context["more"]
    clusters.sort(key=lambda cluster: (-cluster.counts.total(), cluster.id))
    lines = [
        (shortened(cluster.question, MAX_QUESTION), cluster.counts.total(), f"{link}/{cluster.id}")
        for cluster in clusters
    ]
    rest = [f"And {more} more."] if more else []
    intro = "Readers asked this in the last week, and the pages did not answer it:"
    items = [f"- {question} ({_times(number)})\n  {address}" for question, number, address in lines]
    text = "\n\n".join([intro, "\n".join(items), *rest, f"All of them: {link}", ""])
    entry = Markup('<li><a href="{2}">{0}</a> ({1})</li>')
    listed = Markup("").join(entry.format(question, _times(number), address) for question, number, address in lines)
    page = Markup('<!doctype html><html lang="en"><body><p>{0}</p><ul>{1}</ul>{2}<p><a href="{3}">All of them</a></p>')
    html = page.format(intro, listed, Markup("").join(Markup("<p>{}</p>").format(each) for each in rest), link)
    number = len(clusters) + more
    subject = f"{number} new {'question' if number == 1 else 'questions'} that the pages do not answer"
    return RenderedMail(subject, text, f"{html}</body></html>", link)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
