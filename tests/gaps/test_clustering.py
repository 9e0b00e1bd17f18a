"""Which questions stand together, and what becomes of their clusters."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update

from chatkit.chat import content_gaps
from chatkit.chat.models import Gap
from chatkit.database.orm import db, utcnow
from chatkit.gaps import clustering, service
from chatkit.gaps.models import GapCluster
from tests import factories
from tests.factories import Person


def record(app: Flask, *questions: str, page: str | None = None, user_id: int | None = None) -> None:
    """Record questions as gaps and cluster them."""
    with app.app_context():
        for question in questions:
            content_gaps.record("weak", str(uuid.uuid4()), question, page, user_id)
            db.session.commit()
        while clustering.cluster_batch():
            pass


def clusters(app: Flask) -> list[set[str]]:
    """Return the questions of each cluster."""
    with app.app_context():
        found = service.list_page(("new", "drafting", "published", "verified", "ignored"), 100)
    return [{text.question for text in cluster.texts} for cluster in found]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I change the foghorn's interval?", "changing foghorn intervals"),
        ("Can I run Lighthouse on FreeBSD?", "Does Lighthouse run on FreeBSD"),
        ("How much does it cost?", "What does it cost, and how much?"),
    ],
)
def test_questions_of_the_same_words_stand_together(app: Flask, tmp_path: Path, one: str, other: str) -> None:
    factories.index(app, tmp_path / "guide")
    record(app, one, other)
    assert clusters(app) == [{one, other}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I change the foghorn's interval?", "How do I paint the lighthouse?"),
        ("Does it run on FreeBSD?", "Does it run on Solaris?"),
    ],
)
def test_other_questions_stand_apart(app: Flask, tmp_path: Path, one: str, other: str) -> None:
    factories.index(app, tmp_path / "guide")
    record(app, one, other)
    assert sorted(clusters(app), key=str) == sorted([{one}, {other}], key=str)


def test_the_same_question_on_two_pages_is_one_cluster_with_both(app: Flask) -> None:
    record(app, "Is there a zebra?", page="https://docs.example.com/a")
    record(app, "is there a zebra", page="https://docs.example.com/b")
    with app.app_context():
        [cluster] = service.list_page(service.OPEN, 10)
    assert set(cluster.pages) == {"https://docs.example.com/a", "https://docs.example.com/b"}
    assert cluster.counts == {"weak": 2}


def test_clustering_all_at_once_or_one_by_one_comes_to_the_same(app: Flask) -> None:
    questions = [
        f"How do I {verb} the {thing}?" for verb in ("paint", "clean") for thing in ("lamp", "door", "foghorn")
    ]
    record(app, *questions)
    at_once = clusters(app)
    with app.app_context():
        db.session.execute(delete(Gap))
        assert clustering.prune(100) == len(at_once)
        db.session.commit()
    for question in questions:
        record(app, question)
    assert sorted(map(sorted, clusters(app))) == sorted(map(sorted, at_once))


def test_a_cluster_goes_with_its_last_question_and_outlives_its_oldest(app: Flask) -> None:
    who = factories.person(app)
    record(app, "Is there a zebra?", user_id=who.id)
    record(app, "is there a zebra?!")
    _delete(app, who)
    assert clusters(app) == [{"is there a zebra?!"}]
    record(app, "Is THERE a zebra?")
    assert len(clusters(app)) == 1
    with app.app_context():
        db.session.execute(delete(Gap))
        clustering.prune(100)
        db.session.commit()
    assert factories.count(app, GapCluster) == 0


def test_there_are_no_more_clusters_than_a_number(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 2)
    record(app, "Is there a zebra?", "How do I paint a wall?", "Who sings loudest?", "Are there zebras?")
    assert sorted(map(len, clusters(app))) == [1, 2]
    with app.app_context():
        assert not clustering.cluster_batch()
        assert clustering.is_full()


def test_what_waited_has_its_turn_when_a_cluster_is_done_with(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 1)
    monkeypatch.setattr(clustering, "OVERLAP", 0)
    record(app, "Is there a zebra?", "How do I paint a wall?", "Who sings loudest?")
    assert clusters(app) == [{"Is there a zebra?"}]
    with app.app_context():
        service.set_state(1, "ignored")
        assert not clustering.is_full()
    record(app)
    assert clusters(app) == [{"Is there a zebra?"}, {"How do I paint a wall?"}]


def test_what_was_verified_is_new_again_when_it_is_asked_in_vain(app: Flask) -> None:
    record(app, "Is there a zebra?")
    with app.app_context():
        told = {"announced_at": utcnow(), "mailed_at": utcnow()}
        hour_ago = utcnow() - timedelta(hours=1)
        db.session.execute(update(GapCluster).values(state="verified", state_at=hour_ago, **told))
        db.session.commit()
    record(app, "Is there a zebra?")
    [row] = factories.rows(app, GapCluster.__table__)
    assert (row["state"], row["announced_at"], row["mailed_at"], row["size"]) == ("new", None, None, 2)


def test_what_was_ignored_stays_so(app: Flask) -> None:
    record(app, "Is there a zebra?")
    with app.app_context():
        service.set_state(1, "ignored")
    record(app, "Is there a zebra?")
    assert [row["state"] for row in factories.rows(app, GapCluster.__table__)] == ["ignored"]


def _delete(app: Flask, who: Person) -> None:
    assert app.test_client().delete(f"{factories.API}/user", headers=who.headers).status_code == 204
    with app.app_context():
        clustering.prune(100)
        db.session.commit()
