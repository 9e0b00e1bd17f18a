"""Reading an answer that another process writes, until that process is dead."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from chatkit.answers.phrases.english import ENGLISH
from chatkit.chat import answer_reader, event_stream, transcripts
from chatkit.chat.answer_reader import Completed, Remote
from chatkit.chat.reply import Reply
from chatkit.database.orm import db
from tests import factories

DEAD_SECONDS = 0.4


def test_a_completed_answer_is_there_at_once() -> None:
    reply = Reply("x", "Done.", [], [], {})
    assert answer_reader.wait(Completed(reply)) is reply


def test_an_answer_whose_writer_died_ends_with_the_extractive_one_for_every_reader(app: Flask, abandoned: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        readers = [Remote(app, abandoned, DEAD_SECONDS) for _ in range(2)]
        replies = list(pool.map(answer_reader.wait, readers))
    ended = f"The fog\n\n{ENGLISH.interrupted}\n\nPages. [1]"
    assert {reply.answer for reply in replies} == {ended}
    row = factories.answer_row(app, abandoned)
    assert (row["content"], row["state"], row["fallback"]) == (ended, "done", None)
    assert row["metadata"] == {"model": "extractive", "fallback": True, "fallback_reason": "broke_off"}


def test_heartbeats_keep_an_answer_running(app: Flask, abandoned: str) -> None:
    reader = Remote(app, abandoned, 0.9)
    # Each read waits a quarter of a second, so together they take longer than a dead writer has.
    for number in range(4):
        with app.app_context():
            transcripts.heartbeat({abandoned: f"The foghorn {number}"})
            db.session.commit()
        reply = reader.poll(0, 0)
        assert (reply.state, reply.answer) == ("running", f"The foghorn {number}")


def test_a_reader_who_had_more_than_the_transcript_reads_on_where_the_answer_broke_off(
    app: Flask, abandoned: str
) -> None:
    offset = len("The foghorn sou")
    body = "".join(event_stream.events(Remote(app, abandoned, DEAD_SECONDS), offset, {}))
    events = factories.events(body)
    text = "".join(event.data["content"] for event in events if event.name == "token")
    assert text == f"\n\n{ENGLISH.interrupted}\n\nPages. [1]"
    assert events[-1].id == str(len(factories.answer_row(app, abandoned)["content"]))
