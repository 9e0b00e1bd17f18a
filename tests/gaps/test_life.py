"""A gap's whole life: asked, clustered, taken up, written about, published, verified after a re-index, or sent back."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.audit.models import AuditEntry
from chatkit.curated.service import Draft, save
from chatkit.database.orm import table
from chatkit.errors import Invalid
from chatkit.gaps import clustering, issue, service
from chatkit.ingest import follow_ups
from tests import factories
from tests.chat.conftest import ask, rate
from tests.factories import MakeApp

ZOO = {"zebra.md": "# Zebras\n\nThe loudest zebra sings in the east.\n"}
OKAPI = "\n## What the okapi eats\n\nThe okapi eats leaves, buds and fruits.\n"
ASKED = ("What does the okapi eat?", "what do okapis eat")


def _after_indexing(app: Flask) -> None:
    with app.app_context():
        follow_ups.run_due()


def _cluster(app: Flask) -> service.Cluster:
    with app.app_context():
        while clustering.cluster_batch():
            pass
        [found] = service.list_page(("new", "drafting", "published", "verified"), 10)
    return found


def test_a_gap_from_its_question_to_its_verification(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(FORGE_URL="https://github.com/zoo/docs")
    client, folder = app.test_client(), tmp_path / "zoo"
    factories.index(app, folder, ZOO)
    for question in ASKED:
        ask(client, question, "https://docs.example.com/zebra")
    cluster = _cluster(app)
    assert (cluster.state, {text.question for text in cluster.texts}) == ("new", set(ASKED))
    with app.app_context():
        link = issue.link(cluster) or ""
        service.set_state(cluster.id, "drafting", actor="owner@example.org")
    assert link.startswith("https://github.com/zoo/docs/issues/new?")
    [body] = parse_qs(urlsplit(link).query)["body"]
    assert all(question in body for question in ASKED)

    # Published too early: the pages say nothing of it yet, and a change elsewhere shows that.
    with app.app_context():
        service.set_state(cluster.id, "published", actor="owner@example.org")
    _after_indexing(app)
    assert _cluster(app).state == "published"
    factories.index(app, folder, {"other.md": "# Giraffes\n\nThe giraffe sleeps standing.\n"})
    _after_indexing(app)
    back = _cluster(app)
    assert back.state == "drafting"
    assert {text.question for text in back.failed} == set(ASKED)

    with app.app_context():
        service.set_state(cluster.id, "published", actor="owner@example.org")
    factories.index(app, folder, {"zebra.md": ZOO["zebra.md"] + OKAPI})
    _after_indexing(app)
    verified = _cluster(app)
    assert (verified.state, verified.failed) == ("verified", ())
    acts = [(row["actor"], row["action"]) for row in factories.rows(app, table(AuditEntry))]
    assert acts == [
        *[("owner@example.org", "gap_state")] * 2,
        ("server", "gap_failed"),
        ("owner@example.org", "gap_state"),
        ("server", "gap_verified"),
    ]


def test_what_is_published_after_the_pages_were_indexed_is_checked_at_once(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    factories.index(app, tmp_path, ZOO)
    ask(client, ASKED[0])
    cluster = _cluster(app)
    factories.index(app, tmp_path, {"zebra.md": ZOO["zebra.md"] + OKAPI})
    _after_indexing(app)
    with app.app_context():
        service.set_state(cluster.id, "published")
        follow_ups.request("gaps")
        follow_ups.run_due()
    assert _cluster(app).state == "verified"


def test_a_curated_answer_closes_a_gap_too(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path, ZOO)
    ask(client, ASKED[0])
    cluster = _cluster(app)
    with app.app_context():
        save(Draft([ASKED[0]], "Leaves."))
        service.set_state(cluster.id, "published")
    factories.index(app, tmp_path, {"other.md": "# Giraffes\n\nThe giraffe sleeps standing.\n"})
    _after_indexing(app)
    assert _cluster(app).state == "verified"


def test_what_was_rated_down_is_closed_by_its_owner_alone(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    factories.index(app, tmp_path, {"zebra.md": ZOO["zebra.md"] + OKAPI})
    answers = [ask(client, ASKED[0]) for _ in range(2)]
    rate(client, answers[0])
    cluster = _cluster(app)
    with app.app_context():
        service.set_state(cluster.id, "published")
    factories.index(app, tmp_path, {"other.md": "# Giraffes\n\nThe giraffe sleeps standing.\n"})
    _after_indexing(app)
    assert _cluster(app).state == "published"
    with app.app_context():
        service.set_state(cluster.id, "verified")
    # An answer from before is rated down only now.
    rate(client, answers[1])
    closed = _cluster(app)
    assert (closed.state, closed.counts.total()) == ("verified", 2)
    rate(client, ask(client, ASKED[0]))
    assert _cluster(app).state == "new"


def test_nobody_sets_what_only_the_server_says(app: Flask, client: FlaskClient) -> None:
    ask(client, ASKED[0])
    cluster = _cluster(app)
    with app.app_context(), pytest.raises(Invalid):
        service.set_state(cluster.id, "verified")
    assert _cluster(app).state == "new"
