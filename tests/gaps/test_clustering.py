"""Which questions stand together, and what becomes of their clusters."""

import re
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from operator import itemgetter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, text, update

from chatkit.chat import content_gaps
from chatkit.chat.models import Gap
from chatkit.database.orm import db, table, utcnow
from chatkit.gaps import clustering, service, similarity
from chatkit.gaps.models import ClusterState, GapCluster
from chatkit.gaps.similarity import Wording
from chatkit.search import index
from chatkit.search.statistics import CorpusStatistics
from tests import factories
from tests.chat.conftest import ask
from tests.conftest import Reused
from tests.encoding import needs_encoder
from tests.factories import MakeApp, Person
from tests.plans import scanned
from tests.servers import eventually
from tests.sql_log import log_sql

OTHERS = (
    "Is there a zebra?",
    "How do I paint a wall?",
    "Who sings loudest?",
    "Where is the spare lamp?",
    "When does the boat leave?",
    "Which harbour freezes?",
)


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


@needs_encoder
def test_readers_questions_without_a_word_in_common_stand_together_where_they_mean_the_same(
    semantic_app: Flask,
) -> None:
    client = semantic_app.test_client()
    same = {"How do I repair a broken boat?", "fixing a damaged ship"}
    for question in (*same, "Where are ships built?", "Do whales sleep?"):
        ask(client, question)
    record(semantic_app)
    assert sorted(clusters(semantic_app), key=len, reverse=True)[0] == same
    assert len(clusters(semantic_app)) == 3


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


def test_the_cluster_that_was_asked_least_gives_way_and_comes_back_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 4)
    zebra, wall, song, lamp, boat = OTHERS[:5]
    record(app, zebra, zebra, wall, song, lamp)
    with app.app_context():
        assert clustering.is_full()
    record(app, boat)
    assert _sizes(app) == {zebra: 2, song: 1, lamp: 1, boat: 1}
    # Nothing of it was lost: both times count when it is asked again.
    record(app, wall)
    assert _sizes(app) == {zebra: 2, lamp: 1, boat: 1, wall: 2}
    # It is no news, or who asks things in turns would have the owner told of them without end.
    rows = sorted(factories.rows(app, GapCluster.__table__), key=itemgetter("id"))
    told = [(row["announced_at"] is not None, row["mailed_at"] is not None) for row in rows]
    assert told == [(False, False)] * 3 + [(True, True)]
    with app.app_context():
        assert {gap.question for gap in content_gaps.report()} == set(OTHERS[:5])
        assert clustering.is_full()
        assert not clustering.cluster_batch()


def test_what_is_new_has_its_place_also_when_all_else_was_asked_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 4)
    record(app, *(question for question in OTHERS[:4] for _ in range(2)))
    record(app, OTHERS[4])
    record(app, OTHERS[5])
    assert _sizes(app) == {OTHERS[2]: 2, OTHERS[3]: 2, OTHERS[4]: 1, OTHERS[5]: 1}


def test_what_an_owner_has_worked_on_never_gives_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: dict[str, tuple[ClusterState, ...]] = {
        OTHERS[0]: ("drafting",),
        OTHERS[1]: ("published",),
        OTHERS[2]: ("ignored",),
        OTHERS[3]: ("ignored", "new"),
    }
    record(app, *OTHERS[:4])
    with app.app_context():
        for number, states in enumerate(steps.values(), 1):
            for state in states:
                service.set_state(number, state)
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 1)
    for question in OTHERS[4:]:
        record(app, question)
    assert set(_sizes(app)) == {*OTHERS[:4], OTHERS[-1]}


def test_an_account_that_asks_on_takes_no_more_places_than_it_may_keep_questions(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 3)
    monkeypatch.setattr(content_gaps, "MAX_OF_ONE_ACCOUNT", 1)
    who = factories.person(app)
    record(app, OTHERS[0])
    for question in OTHERS[1:]:
        record(app, question, user_id=who.id)
    assert _sizes(app) == {OTHERS[0]: 1, OTHERS[-1]: 1}


def test_of_two_processes_that_cluster_at_once_the_later_one_begins_anew(
    app: Flask, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, read = make_app(), similarity.read

    def overtaken(texts: Sequence[str], corpus: CorpusStatistics) -> list[Wording]:
        monkeypatch.setattr(similarity, "read", read)
        record(other, "Are there zebras?")
        return read(texts, corpus)

    monkeypatch.setattr(similarity, "read", overtaken)
    record(app, "Is there a zebra?", OTHERS[1])
    assert sorted(clusters(app), key=len) == [{OTHERS[1]}, {"Is there a zebra?", "Are there zebras?"}]
    assert factories.count(app, GapCluster) == 2


def test_what_an_owner_takes_up_while_it_gives_way_stays(
    postgresql_reused: Reused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "MAX_CLUSTERS", 1)
    postgresql_reused.empty()
    app = postgresql_reused.app
    record(app, OTHERS[0])
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE%'")
    with app.app_context(), ThreadPoolExecutor(1) as thread, db.engine.connect() as owner:
        owner.execute(update(table(GapCluster)).values(state="drafting", is_kept=True))
        recorded = thread.submit(record, app, OTHERS[1])
        with db.engine.connect() as watcher:
            watcher.execution_options(isolation_level="AUTOCOMMIT")
            eventually(lambda: recorded.done() or watcher.scalar(waiting))
        assert not recorded.done()
        owner.commit()
        recorded.result()
    assert set(_sizes(app)) == set(OTHERS[:2])


def test_terms_are_asked_about_in_parts(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        corpus, terms = index.corpus_statistics(), ["zebra", "wall", "lamp", "fog", "oil"]
        at_once = index.term_statistics(terms, corpus)
        monkeypatch.setattr(index, "MAX_TERMS", 2)
        assert index.term_statistics(terms, corpus) == at_once
        assert at_once.frequencies.keys() == {"lamp", "fog", "oil"}


def test_what_clustering_looks_for_is_found_by_an_index(app: Flask) -> None:
    with log_sql(app) as log:
        record(app, *OTHERS)
    # In which order two tables are joined PostgreSQL chooses by their sizes, as far as it has counted them.
    ours = re.compile(r"(?!.*\b(?:JOIN|EXISTS)\b)(SELECT|INSERT|UPDATE|DELETE).*\bgap", re.DOTALL)
    statements = {words for words in log if ours.match(words)}
    assert len(statements) > 8
    with app.app_context(), db.engine.connect() as connection:
        for statement in statements:
            found = scanned(connection, statement, generic=True)
            assert [scan for scan in found if re.search(r"\bgaps\b", scan)] == [], statement


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


def _sizes(app: Flask) -> dict[str, int]:
    """Return how many questions each cluster has, by the first of them."""
    with app.app_context():
        found = service.list_page(("new", "drafting", "published", "verified", "ignored"), 100)
    return {cluster.question: cluster.counts.total() for cluster in found}


def _delete(app: Flask, who: Person) -> None:
    assert app.test_client().delete(f"{factories.API}/user", headers=who.headers).status_code == 204
    with app.app_context():
        clustering.prune(100)
        db.session.commit()
