"""Each answer is counted once, by how it ended and how it is rated, whoever wrote it; addresses are not kept."""

from collections import Counter
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from chatkit.chat import answer_facts, transcripts
from chatkit.chat.models import AnswerFacts, DailyCount, Feedback, Gap, Message
from chatkit.database.orm import db, table
from tests import factories, tables
from tests.chat.conftest import ask, rate
from tests.factories import MakeApp, Person
from tests.modelserver import Behaviour, model_server

FOGHORN = "How often does the foghorn sound?"
TEXT = "The foghorn sounds every thirty seconds in dense fog. [1]"


def _counts(app: Flask, *measures: str) -> dict[tuple[str, str], int]:
    found = Counter[tuple[str, str]]()
    for row in factories.rows(app, table(DailyCount)):
        found[row["measure"], row["label"]] += row["number"] if row["measure"] in measures else 0
    return {key: number for key, number in found.items() if number}


def test_a_rating_is_counted_as_it_is_last_given(app: Flask, asked: FlaskClient) -> None:
    message_id = ask(asked, FOGHORN)
    seen = []
    for rating in ("down", "down", "up", "down"):
        rate(asked, message_id, rating)
        seen.append(_counts(app, "rating", "cited_down"))
    down = {("rating", "down"): 1, ("cited_down", "/guide/foghorn"): 1}
    assert seen == [down, down, {("rating", "up"): 1}, down]
    assert [row["rating"] for row in factories.rows(app, table(AnswerFacts))] == ["down"]
    assert factories.count(app, Feedback) == 1


def test_an_answer_of_a_model_moves_to_the_outcome_that_it_ends_with(make_app: MakeApp, tmp_path: Path) -> None:
    with model_server() as model:
        app = make_app(**model.settings)
        factories.index(app, tmp_path)
        for behaviour in (Behaviour(TEXT), Behaviour("NOT_COVERED"), Behaviour(TEXT)):
            model.behave(behaviour)
            ask(app.test_client(), FOGHORN)
        outcomes = [row["outcome"] for row in factories.rows(app, table(AnswerFacts))]
        kept = [row["outcome"] for row in factories.rows(app, table(Message)) if row["role"] == "assistant"]
    assert outcomes == kept
    counted = {("outcome", outcome): outcomes.count(outcome) for outcome in set(outcomes)}
    assert _counts(app, "outcome") == counted
    assert sum(_counts(app, "latency").values()) == 3


def test_a_rating_while_an_answer_is_written_counts_for_the_pages_that_it_ends_with(
    app: Flask, asked: FlaskClient
) -> None:
    message_id = ask(asked, FOGHORN)
    with app.app_context():
        message = transcripts.find(message_id)
        assert message is not None
        ended = transcripts.to_reply(message)
        message.state, message.citations = "running", []
        db.session.commit()
        rate(asked, message_id)
        assert _counts(app, "cited_down") == {}
        transcripts.finish(ended)
        answer_facts.finish(message.id, ended)
        db.session.commit()
        assert _counts(app, "cited_down") == {("cited_down", "/guide/foghorn"): 1}
    rate(asked, message_id, "up")
    assert _counts(app, "cited_down") == {}


def test_what_no_reader_asked_is_no_gap_also_when_it_is_rated_down(make_app: MakeApp, tmp_path: Path) -> None:
    crawler = {"User-Agent": "Googlebot/2.1"}
    with model_server() as model:
        plain, with_model = make_app(), make_app(**model.settings)
        model.behave(Behaviour("NOT_COVERED"))
        factories.index(plain, tmp_path)
        for app, question in ((plain, "Is there a zebra?"), (with_model, FOGHORN)):
            client = app.test_client()
            rate(client, ask(client, question, **crawler))
            assert factories.rows(app, table(Gap)) == []
            rate(client, ask(client, question))
            assert {"down"} < {row["kind"] for row in factories.rows(app, table(Gap))}
            with app.app_context():
                db.session.execute(table(Gap).delete())
                db.session.commit()


def test_an_answer_whose_writer_died_is_counted_once(app: Flask, asked: FlaskClient) -> None:
    with app.app_context():
        message_id = ask(asked, FOGHORN)
        message = transcripts.find(message_id)
        assert message is not None
        message.state, message.content = "running", ""
        message.fallback = {"text": "", "citations": [], "outcome": "not_covered"}
        db.session.commit()
        for _ in range(2):
            transcripts.finish_abandoned(message, begun=False)
            db.session.commit()
    assert _counts(app, "outcome") == {("outcome", "not_covered"): 1}


def test_no_address_that_a_reader_writes_is_kept(app: Flask, asked: FlaskClient, who: Person) -> None:
    page = "https://docs.example.com/guide/?mail=anna%40example.net"
    message_id = ask(asked, "Mail anna@example.net or ping 192.0.2.7: does the foghorn sound?", page, **who.headers)
    rate(asked, message_id, note="Ask ben@example.net", headers=who.headers)
    text = tables.dump(app).text
    for address in ("anna@", "anna%40", "192.0.2.7", "ben@example.net"):
        assert address not in text
    [question, answer] = factories.rows(app, table(Message))
    assert question["content"] == "Mail [e-mail] or ping [address]: does the foghorn sound?"
    [facts] = factories.rows(app, table(AnswerFacts))
    assert (facts["page"], facts["language"], facts["outcome"]) == (
        "https://docs.example.com/guide/",
        "en",
        answer["outcome"],
    )
