"""Clustering: each question that the pages do not answer joins the cluster whose first question asks the same.

It is compared with that one alone, so that a cluster never drifts, and what comes of it depends on the order of the
questions and the index, on nothing else. It is done beside the requests, some questions at a time. Of the clusters that
no owner has worked on there are only so many: those that were asked least give way to newer ones.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask, current_app
from sqlalchemy import Row, case, delete, func, insert, select, update

from chatkit.chat.models import Gap
from chatkit.database.newest import lock_for_adding
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.gaps import similarity
from chatkit.gaps.leaders import Leader, Leaders
from chatkit.gaps.models import GapCluster
from chatkit.search import index
from chatkit.search.statistics import CorpusStatistics

# How many gaps are looked at together, and how many clusters there are at most that no owner has worked on.
BATCH, MAX_CLUSTERS = 100, 2_000
# How many first questions a process that does not know them reads at once.
LEARNED = 100
# A transaction that began earlier may end later, so numbers up to so many below the last are looked at again.
OVERLAP = 500
# The number of no cluster: that of the questions whose cluster gave way. Asked again, they have a cluster again.
GAVE_WAY = 0
NEVER = datetime.min.replace(tzinfo=UTC)
LOCK = "gap_clusters"
_GAPS, _CLUSTERS = table(Gap), table(GapCluster)
_UNTOUCHED = (_CLUSTERS.c.state == "new", _CLUSTERS.c.is_kept.is_(False))


@dataclass
class _Progress:
    """Up to which gap this process has come, and the first questions of the clusters, as far as it knows them."""

    after: int = 0
    leaders: Leaders = field(default_factory=Leaders)


@dataclass
class _Cluster:
    """A cluster with its first question's number, and what is added to it; without a number until it is stored."""

    id: int | None
    leader_id: int
    added: set[str] = field(default_factory=set)
    asked_at: datetime = NEVER


def init_app(app: Flask) -> None:
    """Make the place for what this process knows of the work."""
    app.extensions["chatkit_clustering"] = _Progress()


def cluster_batch() -> bool:
    """Assign some of the gaps that are in no cluster, and commit; False when there are none.

    Where another process was quicker nothing is stored, and the next call begins with what that one has left.
    """
    progress: _Progress = current_app.extensions["chatkit_clustering"]
    known = _count_and_last()
    columns = [_GAPS.c[name] for name in ("id", "fingerprint", "question", "asked_at")]
    alone = select(*columns).where(_GAPS.c.cluster_id.is_(None), _GAPS.c.id > progress.after)
    gaps = db.session.execute(alone.order_by(_GAPS.c.id).limit(BATCH)).all()
    if not gaps:
        db.session.rollback()
        return False
    corpus = index.corpus_statistics()
    by_leader: dict[Leader, _Cluster] = {(row.leader_id, row.fingerprint): _Cluster(*row[:2]) for row in _leaders()}
    if unknown := progress.leaders.find_unknown(by_leader, corpus.state):
        _learn(progress.leaders, [leader_id for leader_id, _ in unknown[:LEARNED]], corpus)
        return True
    same_text = _clusters_by_text([gap.fingerprint for gap in gaps])
    wordings = similarity.read([gap.question for gap in gaps], corpus)
    # Comparing meanings takes a while, in which no transaction shall stay open.
    db.session.rollback()
    by_id, by_text = {cluster.id: cluster for cluster in by_leader.values()}, dict[str, _Cluster]()
    for gap, wording in zip(gaps, wordings, strict=True):
        cluster = by_text.get(gap.fingerprint) or by_id.get(same_text.get(gap.fingerprint))
        if cluster is None and (leader := progress.leaders.find(wording)) is not None:
            cluster = by_leader[leader]
        if cluster is None:
            leader = (gap.id, gap.fingerprint)
            cluster = by_leader[leader] = _Cluster(None, gap.id)
            progress.leaders.add(leader, wording)
        by_text[gap.fingerprint] = cluster
        cluster.added.add(gap.fingerprint)
        cluster.asked_at = max(cluster.asked_at, gap.asked_at)
    if _take([gap.id for gap in gaps], known):
        gave_way = {text for text, cluster_id in same_text.items() if cluster_id == GAVE_WAY}
        _store([cluster for cluster in by_leader.values() if cluster.added], gave_way, corpus.state)
        db.session.commit()
        progress.after = max(progress.after, gaps[-1].id - OVERLAP)
    else:
        db.session.rollback()
    return True


def is_full() -> bool:
    """Tell whether there are as many clusters that no owner has worked on as there may be."""
    untouched = select(func.count()).select_from(_CLUSTERS).where(*_UNTOUCHED)
    return (db.session.scalar(untouched) or 0) >= MAX_CLUSTERS


def prune(limit: int) -> int:
    """Give up to ``limit`` clusters whose first question is gone the next one, and delete those without any.

    Returns how many are gone. The caller commits.
    """
    lock_for_adding(LOCK)
    exists = select(_GAPS.c.id).where(_GAPS.c.id == _CLUSTERS.c.leader_id).exists()
    lost = db.session.scalars(select(_CLUSTERS.c.id).where(~exists).limit(limit)).all()
    if not lost:
        return 0
    is_empty = ~select(_GAPS.c.id).where(_GAPS.c.cluster_id == _CLUSTERS.c.id).exists()
    gone = row_count(db.session.execute(delete(_CLUSTERS).where(_CLUSTERS.c.id.in_(lost), is_empty)))
    oldest = select(func.min(_GAPS.c.id)).where(_GAPS.c.cluster_id == _CLUSTERS.c.id).scalar_subquery()
    left = update(_CLUSTERS).where(_CLUSTERS.c.id.in_(lost))
    db.session.execute(left.values(leader_id=func.coalesce(oldest, _CLUSTERS.c.leader_id)))
    return gone


def _count_and_last() -> tuple[int, int | None]:
    """Return what changes whenever a cluster is added or deleted."""
    count, last = db.session.execute(select(func.count(), func.max(_CLUSTERS.c.id)).select_from(_CLUSTERS)).one()
    return count, last


def _leaders() -> Sequence[Row[int, int, str]]:
    found = select(_CLUSTERS.c.id, _CLUSTERS.c.leader_id, _GAPS.c.fingerprint)
    return db.session.execute(found.join(_GAPS, _GAPS.c.id == _CLUSTERS.c.leader_id)).all()


def _learn(leaders: Leaders, leader_ids: Sequence[int], corpus: CorpusStatistics) -> None:
    """Read some first questions, a few at a time: what they mean takes a while."""
    asked = select(_GAPS.c.id, _GAPS.c.fingerprint, _GAPS.c.question).where(_GAPS.c.id.in_(leader_ids))
    rows = db.session.execute(asked).all()
    wordings = similarity.read([row.question for row in rows], corpus)
    db.session.rollback()
    for row, wording in zip(rows, wordings, strict=True):
        leaders.add((row.id, row.fingerprint), wording)


def _clusters_by_text(fingerprints: Sequence[str]) -> dict[str, int]:
    """Return the cluster that each of these texts is in already, if any; ``GAVE_WAY`` of one that is there no more."""
    known = select(_GAPS.c.fingerprint, func.max(_GAPS.c.cluster_id)).group_by(_GAPS.c.fingerprint)
    found = db.session.execute(known.where(_GAPS.c.fingerprint.in_(fingerprints), _GAPS.c.cluster_id >= GAVE_WAY))
    return dict(found.all())


def _take(gap_ids: Sequence[int], known: tuple[int, int | None]) -> bool:
    """Take these gaps for this process; False when one of them is gone, or clusters are others than were compared.

    They stay taken until the caller commits, and no other process adds clusters meanwhile.
    """
    lock_for_adding(LOCK)
    alone = update(_GAPS).where(_GAPS.c.id.in_(gap_ids), _GAPS.c.cluster_id.is_(None))
    taken = row_count(db.session.execute(alone.values(cluster_id=GAVE_WAY)))
    return taken == len(gap_ids) and _count_and_last() == known


def _store(clusters: Sequence[_Cluster], gave_way: Set[str], index_state: str) -> None:
    """Store clusters with the questions that were taken, and those of the same text whose cluster gave way.

    Nobody is told of one with such a text again: who asks the same in turns would else tell of it in each.
    """
    is_any_new, now = False, utcnow()
    for cluster in clusters:
        if cluster.id is None:
            values = {"leader_id": cluster.leader_id, "failing_state": index_state, "asked_at": cluster.asked_at}
            if not gave_way.isdisjoint(cluster.added):
                values |= {"announced_at": now, "mailed_at": now}
            new = insert(GapCluster).values(state="new", size=0, failed=[], **values).returning(GapCluster.id)
            cluster.id, is_any_new = db.session.execute(new).scalar_one(), True
        alone = (_GAPS.c.fingerprint.in_(cluster.added), _GAPS.c.cluster_id == GAVE_WAY)
        db.session.execute(update(_GAPS).where(*alone).values(cluster_id=cluster.id))
        size = select(func.count()).where(_GAPS.c.cluster_id == cluster.id).scalar_subquery()
        own = update(_CLUSTERS).where(_CLUSTERS.c.id == cluster.id)
        latest = case((_CLUSTERS.c.asked_at < cluster.asked_at, cluster.asked_at), else_=_CLUSTERS.c.asked_at)
        db.session.execute(own.values(size=size, asked_at=latest))
        _reopen(cluster, index_state)
    if is_any_new:
        # An account that asks on loses its oldest questions, and their clusters shall take nobody's place.
        prune(BATCH)
        _make_room()


def _make_room() -> None:
    """Have the clusters beyond ``MAX_CLUSTERS`` give way: those that were asked least, of these the oldest.

    None gives way that an owner has worked on. The newest half stays however seldom it was asked, so that whoever asks
    many things twice leaves room for what is new; their questions stay in the report of gaps.
    """
    newest, ids = (MAX_CLUSTERS + 1) // 2, select(_CLUSTERS.c.id).where(*_UNTOUCHED)
    last_of_newest = ids.order_by(_CLUSTERS.c.id.desc()).limit(1).offset(newest - 1).scalar_subquery()
    older = ids.where(_CLUSTERS.c.id < last_of_newest).order_by(_CLUSTERS.c.size.desc(), _CLUSTERS.c.id.desc())
    beyond = older.limit(BATCH).offset(MAX_CLUSTERS - newest)
    # The conditions once more, for an owner may work on one meanwhile.
    gone = delete(_CLUSTERS).where(*_UNTOUCHED, _CLUSTERS.c.id.in_(beyond)).returning(_CLUSTERS.c.id)
    if gone_ids := db.session.scalars(gone).all():
        db.session.execute(update(_GAPS).where(_GAPS.c.cluster_id.in_(gone_ids)).values(cluster_id=GAVE_WAY))


def _reopen(cluster: _Cluster, index_state: str) -> None:
    """Make what was verified new again when it is asked in vain since."""
    verified = (_CLUSTERS.c.id == cluster.id, _CLUSTERS.c.state == "verified", _CLUSTERS.c.state_at < cluster.asked_at)
    told_again = {"announced_at": None, "mailed_at": None, "opened_at": utcnow()}
    values = {"state": "new", "state_at": utcnow(), "failing_state": index_state, **told_again}
    db.session.execute(update(_CLUSTERS).where(*verified).values(values))
