"""Clustering: each question that the pages do not answer joins the cluster whose oldest question asks the same.

It is compared with that one alone, so that a cluster never drifts, and what comes of it depends on the order of the
questions and the index, on nothing else. It is done beside the requests, some questions at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask, current_app
from sqlalchemy import Row, case, delete, func, insert, select, update

from chatkit.chat.models import Gap
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.gaps import service, similarity
from chatkit.gaps.models import GapCluster
from chatkit.gaps.similarity import Wording
from chatkit.search import index

# How many gaps are looked at together, how many open clusters there are at most, and how many of the newest gaps that
# fitted in none are looked at again when there is room.
BATCH, MAX_CLUSTERS, LOOKED_AT_AGAIN = 100, 2_000, 1_000
# A transaction that began earlier may end later, so numbers up to so many below the last are looked at again.
OVERLAP = 500
NEVER = datetime.min.replace(tzinfo=UTC)
_GAPS, _CLUSTERS = table(Gap), table(GapCluster)


@dataclass
class _Progress:
    """Up to which gap this process has come, which of those above it did not fit, and whether any did not fit."""

    after: int = 0
    is_full: bool = False
    waiting: set[int] = field(default_factory=set)


@dataclass
class _Cluster:
    """A cluster with its oldest question, and what is added to it; its number is None as long as it is not stored."""

    id: int | None
    leader: Wording
    leader_id: int
    added: list[int] = field(default_factory=list)
    asked_at: datetime = NEVER


def init_app(app: Flask) -> None:
    """Make the place for what this process knows of the work."""
    app.extensions["chatkit_clustering"] = _Progress()


def cluster_batch() -> bool:
    """Assign some of the gaps that are in no cluster, and commit; False when there are none."""
    progress: _Progress = current_app.extensions["chatkit_clustering"]
    room = MAX_CLUSTERS - _count_open()
    if progress.is_full and room > 0:
        _look_again(progress)
    columns = [_GAPS.c[name] for name in ("id", "fingerprint", "question", "asked_at")]
    alone = select(*columns).where(_GAPS.c.cluster_id.is_(None), _GAPS.c.id > progress.after)
    gaps = db.session.execute(alone.order_by(_GAPS.c.id).limit(BATCH + len(progress.waiting))).all()
    gaps = [gap for gap in gaps if gap.id not in progress.waiting][:BATCH]
    if not gaps:
        db.session.rollback()
        return False
    corpus = index.corpus_statistics()
    clusters = [_Cluster(row.id, similarity.read(row.question, corpus), row.leader_id) for row in _leaders()]
    same_text = _clusters_by_text([gap.fingerprint for gap in gaps])
    wordings = [similarity.read(gap.question, corpus) for gap in gaps]
    # Comparing meanings takes a while, in which no transaction shall stay open.
    db.session.rollback()
    by_id, by_text = {cluster.id: cluster for cluster in clusters}, dict[str, _Cluster]()
    for gap, wording in zip(gaps, wordings, strict=True):
        cluster = by_text.get(gap.fingerprint) or by_id.get(same_text.get(gap.fingerprint))
        cluster = cluster or next((each for each in clusters if each.leader.asks_the_same(wording)), None)
        if cluster is None and room > 0:
            cluster = _Cluster(None, wording, gap.id)
            clusters.append(cluster)
            room -= 1
        if cluster is not None:
            by_text[gap.fingerprint] = cluster
            cluster.added.append(gap.id)
            cluster.asked_at = max(cluster.asked_at, gap.asked_at)
        else:
            progress.waiting.add(gap.id)
            progress.is_full = True
    _store([cluster for cluster in clusters if cluster.added], corpus.state)
    db.session.commit()
    progress.after = max(progress.after, gaps[-1].id - OVERLAP)
    progress.waiting = {id_ for id_ in progress.waiting if id_ > progress.after}
    return True


def is_full() -> bool:
    """Tell whether new questions that fit in no cluster have to wait."""
    return _count_open() >= MAX_CLUSTERS


def prune(limit: int) -> int:
    """Give up to ``limit`` clusters whose oldest question is gone the next one, and delete those without any.

    Returns how many are gone. The caller commits.
    """
    exists = select(_GAPS.c.id).where(_GAPS.c.id == _CLUSTERS.c.leader_id).exists()
    lost = db.session.scalars(select(_CLUSTERS.c.id).where(~exists).limit(limit)).all()
    gone = 0
    for id_ in lost:
        oldest = db.session.scalar(select(func.min(_GAPS.c.id)).where(_GAPS.c.cluster_id == id_))
        if oldest is None:
            gone += row_count(db.session.execute(delete(_CLUSTERS).where(_CLUSTERS.c.id == id_)))
        else:
            db.session.execute(update(_CLUSTERS).where(_CLUSTERS.c.id == id_).values(leader_id=oldest))
    return gone


def _count_open() -> int:
    return db.session.scalar(select(func.count()).where(_CLUSTERS.c.state.in_(service.OPEN))) or 0


def _look_again(progress: _Progress) -> None:
    """Begin anew with the newest gaps that are in no cluster, so that those that waited have their turn."""
    alone = select(_GAPS.c.id).where(_GAPS.c.cluster_id.is_(None)).order_by(_GAPS.c.id.desc())
    first = db.session.scalar(alone.offset(LOOKED_AT_AGAIN - 1).limit(1))
    progress.after, progress.is_full = min(progress.after, first - 1 if first is not None else 0), False
    progress.waiting.clear()


def _leaders() -> Sequence[Row[int, int, str]]:
    found = select(_CLUSTERS.c.id, _CLUSTERS.c.leader_id, _GAPS.c.question)
    return db.session.execute(found.join(_GAPS, _GAPS.c.id == _CLUSTERS.c.leader_id).order_by(_CLUSTERS.c.id)).all()


def _clusters_by_text(fingerprints: Sequence[str]) -> dict[str, int]:
    """Return the cluster that each of these texts is in already, if any."""
    known = select(_GAPS.c.fingerprint, func.min(_GAPS.c.cluster_id)).group_by(_GAPS.c.fingerprint)
    found = db.session.execute(known.where(_GAPS.c.fingerprint.in_(fingerprints), _GAPS.c.cluster_id.is_not(None)))
    return dict(found.all())


def _store(clusters: Sequence[_Cluster], index_state: str) -> None:
    for cluster in clusters:
        if cluster.id is None:
            values = {"leader_id": cluster.leader_id, "failing_state": index_state, "asked_at": cluster.asked_at}
            new = insert(GapCluster).values(state="new", size=0, failed=[], **values).returning(GapCluster.id)
            cluster.id = db.session.execute(new).scalar_one()
        db.session.execute(update(_GAPS).where(_GAPS.c.id.in_(cluster.added)).values(cluster_id=cluster.id))
        size = select(func.count()).where(_GAPS.c.cluster_id == cluster.id).scalar_subquery()
        own = update(_CLUSTERS).where(_CLUSTERS.c.id == cluster.id)
        latest = case((_CLUSTERS.c.asked_at < cluster.asked_at, cluster.asked_at), else_=_CLUSTERS.c.asked_at)
        db.session.execute(own.values(size=size, asked_at=latest))
        _reopen(cluster, index_state)


def _reopen(cluster: _Cluster, index_state: str) -> None:
    """Make what was verified new again when it is asked in vain since."""
    verified = (_CLUSTERS.c.id == cluster.id, _CLUSTERS.c.state == "verified", _CLUSTERS.c.state_at < cluster.asked_at)
    told_again = {"announced_at": None, "mailed_at": None, "opened_at": utcnow()}
    values = {"state": "new", "state_at": utcnow(), "failing_state": index_state, **told_again}
    db.session.execute(update(_CLUSTERS).where(*verified).values(values))
