"""Clusters of content gaps as an owner sees them and works on them.

An owner takes a cluster from `new` to `drafting` and to `published`, or sets it to `ignored`. `verified` is the
server's verdict alone, see `verification.py`, but for what readers only rated down: that was answered all along, and
whether the answer is right now an owner says.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, get_args

from sqlalchemy import Row, func, select, update

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.chat.models import Gap
from chatkit.database.orm import db, row_count, table, utcnow
from chatkit.errors import Invalid, NotFound
from chatkit.gaps.models import ClusterState, GapCluster

OPEN: tuple[ClusterState, ...] = ("new", "drafting", "published")
# Where an owner may take a cluster from each state.
STEPS: dict[ClusterState, tuple[ClusterState, ...]] = {
    "new": ("drafting", "published", "ignored"),
    "drafting": ("published", "new", "ignored"),
    "published": ("drafting", "ignored"),
    "verified": ("new",),
    "ignored": ("new",),
}
# How many rows of a cluster are looked through for its texts, and how many texts there are at most.
# In a list fewer rows do.
MAX_ROWS, LISTED_ROWS, MAX_TEXTS, MAX_NOTES = 1_000, 100, 20, 5
NONE = "There is no such cluster of questions."
_GAPS, _CLUSTERS = table(Gap), table(GapCluster)


@dataclass(frozen=True)
class Text:
    """A question of a cluster as last worded, with its page; ``outcome`` is how it failed when it was asked again."""

    question: str
    page: str
    fingerprint: str
    counts: Counter[str]
    notes: tuple[str, ...]
    outcome: str = ""


@dataclass(frozen=True)
class Cluster:
    """A cluster with its texts, those asked most first; the first words the whole."""

    id: int
    state: ClusterState
    texts: tuple[Text, ...]
    counts: Counter[str]
    opened_at: datetime
    state_at: datetime
    asked_at: datetime

    @property
    def question(self) -> str:
        return self.texts[0].question

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages on which it was asked, if that is known."""
        return tuple(dict.fromkeys(text.page for text in self.texts if text.page))

    @property
    def failed(self) -> tuple[Text, ...]:
        """The questions that failed when they were asked again last."""
        return tuple(text for text in self.texts if text.outcome)

    @property
    def is_for_the_owner(self) -> bool:
        """Whether one of its questions was only rated down, so that an answer to it says nothing of being right."""
        return any(text.counts.keys() == {"down"} for text in self.texts)

    @property
    def steps(self) -> tuple[ClusterState, ...]:
        """The states that an owner may set."""
        closing: tuple[ClusterState, ...] = ("verified",) if self.is_for_the_owner else ()
        return (*closing, *STEPS[self.state]) if self.state == "published" else STEPS[self.state]


def list_page(states: Collection[ClusterState], limit: int, offset: int = 0) -> list[Cluster]:
    """Return clusters in these states that have questions, those of most questions first."""
    has_questions = select(_GAPS.c.id).where(_GAPS.c.cluster_id == _CLUSTERS.c.id).exists()
    rows = select(_CLUSTERS).where(_CLUSTERS.c.state.in_(states), has_questions)
    rows = rows.order_by(_CLUSTERS.c.size.desc(), _CLUSTERS.c.id).limit(limit).offset(offset)
    return _read(db.session.execute(rows).all(), LISTED_ROWS)


def list_of(cluster_ids: Sequence[int]) -> list[Cluster]:
    """Return the clusters of these numbers that have questions, in the order of their numbers."""
    return _read(
        db.session.execute(select(_CLUSTERS).where(_CLUSTERS.c.id.in_(cluster_ids)).order_by(_CLUSTERS.c.id)).all()
    )


def get(cluster_id: int) -> Cluster:
    """Return a cluster; raises ``NotFound``, also for one whose questions are all gone."""
    found = list_of([cluster_id])
    if not found:
        raise NotFound(NONE)
    return found[0]


def count_by_state() -> dict[str, int]:
    """Return how many clusters there are in each state."""
    counted = db.session.execute(select(_CLUSTERS.c.state, func.count()).group_by(_CLUSTERS.c.state))
    return dict.fromkeys(get_args(ClusterState), 0) | dict(counted.all())


def set_state(cluster_id: int, state: ClusterState, *, actor: str | None = None) -> None:
    """Take a cluster to another state and commit; raises ``NotFound``, and ``Invalid`` for a step there is not."""
    now = db.session.scalar(select(_CLUSTERS.c.state).where(_CLUSTERS.c.id == cluster_id).with_for_update())
    if now is None:
        raise NotFound(NONE)
    steps = get(cluster_id).steps if state == "verified" else STEPS[now]
    if state not in steps:
        possible = ", ".join(steps)
        raise Invalid(
            {"state": [f"It is {now}, from where it can be set to {possible}. Reload the page and look again."]}
        )
    own = update(_CLUSTERS).where(_CLUSTERS.c.id == cluster_id)
    if not row_count(db.session.execute(own.values(state=state, state_at=utcnow(), is_kept=True))):
        raise NotFound(NONE)
    audit.record(AuditAction.GAP_STATE, f"gap {cluster_id}", actor=actor, state=state)
    db.session.commit()


def _read(rows: Sequence[Row[Any]], most: int = MAX_ROWS) -> list[Cluster]:
    """Return clusters with the texts of their newest ``most`` rows, without those whose rows are all gone.

    However many clusters there are, the database is asked twice.
    """
    ids = [row.id for row in rows]
    newest, counts = _newest_gaps(ids, most), defaultdict[int, Counter[str]](Counter)
    counted = select(_GAPS.c.cluster_id, _GAPS.c.kind, func.count()).where(_GAPS.c.cluster_id.in_(ids))
    for cluster_id, kind, number in db.session.execute(counted.group_by(_GAPS.c.cluster_id, _GAPS.c.kind)):
        counts[cluster_id][kind] = number
    return [_cluster(row, newest[row.id], counts[row.id]) for row in rows if row.id in newest]


def _newest_gaps(cluster_ids: Sequence[int], most: int) -> dict[int, list[Row[Any]]]:
    """Return the newest ``most`` rows of each cluster that has any, the latest first."""
    own = select(_GAPS.c.id).where(_GAPS.c.cluster_id == _CLUSTERS.c.id).order_by(_GAPS.c.id.desc())
    first = func.coalesce(own.offset(most - 1).limit(1).scalar_subquery(), 0)
    begins = select(_CLUSTERS.c.id, first.label("first")).where(_CLUSTERS.c.id.in_(cluster_ids))
    # Found out first: inlined, it could be asked again for each row.
    beginning = begins.cte("beginning").prefix_with("MATERIALIZED")
    columns = [_GAPS.c[name] for name in ("id", "cluster_id", "question", "page", "fingerprint", "kind", "note")]
    among = (_GAPS.c.cluster_id == beginning.c.id) & (_GAPS.c.id >= beginning.c.first)
    found: dict[int, list[Row[Any]]] = {}
    rows = db.session.execute(select(*columns).select_from(beginning).join(_GAPS, among)).all()
    for row in sorted(rows, key=attrgetter("id"), reverse=True):
        found.setdefault(row.cluster_id, []).append(row)
    return found


def _cluster(row: Row[Any], gaps: Sequence[Row[Any]], counts: Counter[str]) -> Cluster:
    """Return a cluster by its newest rows, the latest first, and how many there are of each kind in all."""
    by_text: dict[str, list[Row[Any]]] = {}
    for gap in gaps:
        by_text.setdefault(gap.fingerprint, []).append(gap)
    outcomes = dict(row.failed)
    most_first = sorted(by_text.items(), key=lambda item: -len(item[1]))[:MAX_TEXTS]
    texts = tuple(_text(gaps, outcomes.get(fingerprint, "")) for fingerprint, gaps in most_first)
    return Cluster(row.id, row.state, texts, counts, row.opened_at, row.state_at, row.asked_at)


def _text(gaps: Sequence[Row[Any]], outcome: str) -> Text:
    """Return what the rows of one text say; the first is the latest."""
    notes = tuple(dict.fromkeys(gap.note for gap in gaps if gap.note))[:MAX_NOTES]
    first = gaps[0]
    return Text(first.question, first.page, first.fingerprint, Counter(gap.kind for gap in gaps), notes, outcome)
