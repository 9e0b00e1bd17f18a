"""Whether what an owner published answers: after a re-index the questions of its cluster are asked again.

They are asked as a reader would, without a model, the curated answers included. Where all are answered the cluster is
`verified`, else it is `drafting` again, with what failed. Nobody can say so by hand, but for questions of which an
answer was only rated down: they are answered whatever was published, so that a cluster with one waits for its owner.
"""

import time

import structlog
from sqlalchemy import select, update

from chatkit.answers.extractive import Outcome
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.curated import answering
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.errors import NotFound
from chatkit.gaps import service
from chatkit.gaps.models import GapCluster
from chatkit.gaps.service import Text
from chatkit.search import index
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve

log = structlog.get_logger()

_CLUSTERS = table(GapCluster)


def verify_published() -> int:
    """Check each published cluster that was not checked in this state of the index, commit; return how many."""
    state = index.corpus_statistics().state
    due = (_CLUSTERS.c.state == "published", _CLUSTERS.c.failing_state != state)
    ids = db.session.scalars(select(_CLUSTERS.c.id).where(*due).order_by(_CLUSTERS.c.id)).all()
    for cluster_id in ids:
        _verify(cluster_id, state)
    return len(ids)


def _verify(cluster_id: int, index_state: str) -> None:
    try:
        cluster = service.get(cluster_id)
    except NotFound:
        return
    texts = cluster.texts
    failed = [[text.fingerprint, outcome] for text in texts if (outcome := _ask(text)) is not Outcome.ANSWERED]
    values: dict[str, object] = {"failed": failed, "state": "drafting" if failed else "verified", "state_at": utcnow()}
    values |= {"failing_state": index_state} if failed else {}
    if cluster.is_for_the_owner and not failed:
        # It stays published, and is asked again in the next state of the index.
        db.session.execute(
            update(_CLUSTERS).where(_CLUSTERS.c.id == cluster_id).values(failing_state=index_state, failed=[])
        )
        db.session.commit()
        return
    # An owner may have taken it elsewhere meanwhile.
    own = update(_CLUSTERS).where(_CLUSTERS.c.id == cluster_id, _CLUSTERS.c.state == "published")
    if row_count(db.session.execute(own.values(values))):
        action = AuditAction.GAP_FAILED if failed else AuditAction.GAP_VERIFIED
        audit.record(action, f"gap {cluster_id}", actor=audit.SERVER, asked=len(texts), failed=len(failed))
        log.info("gap_checked", cluster=cluster_id, asked=len(texts), failed=len(failed))
    db.session.commit()


def _ask(text: Text) -> Outcome:
    """Return how a question is answered now."""
    began = time.monotonic()
    query = analyze(Question(text.question, page_url=text.page or None))
    answer = answering.answer(query, lambda: retrieve(query))
    # No transaction stays open while others are let go first, half of the time.
    db.session.rollback()
    time.sleep(time.monotonic() - began)
    return answer.outcome
