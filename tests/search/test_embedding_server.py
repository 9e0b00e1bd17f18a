"""Vectors from a server of OpenAI's protocol, and what happens when it gives none."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chatkit.curated import matching
from chatkit.curated.service import Draft, save
from chatkit.database.orm import db
from chatkit.errors import RetryLater
from chatkit.search import embedding, likeness, retrieval
from chatkit.search.query import Question, analyze
from chatkit.text.analysis import query_words
from tests.encoding import HARBOUR, encode, index_and_encode, needs_encoder
from tests.factories import MakeApp, index

pytestmark = needs_encoder


class _Handler(BaseHTTPRequestHandler):
    """Gives texts about darkness and light one direction, and all others another."""

    body: bytes | None = None
    status = 200
    requests: int

    def do_POST(self) -> None:
        type(self).requests += 1
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        bright = any(word in asked["input"].lower() for word in ("lamp", "dark"))
        vector = [3.0, 1.0] + [0.0] * 14 if bright else [1.0, -3.0] + [0.0] * 14
        body = self.body or json.dumps({"data": [{"embedding": vector}]}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def handler() -> Iterator[tuple[type[_Handler], str]]:
    """Run a server; yield what it answers, to be changed, and its address."""
    kind = type("Handler", (_Handler,), {"requests": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kind, f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_passages_in_every_language_are_found_by_a_server_s_vectors(
    make_app: MakeApp, tmp_path: Path, handler: tuple[type[_Handler], str]
) -> None:
    app = make_app(SEMANTIC=None, EMBEDDING_MODEL="small", OPENAI_BASE_URL=handler[1])
    index_and_encode(app, tmp_path / "pages")
    with app.app_context():
        found = embedding.status()
        assert found is not None
        assert (found.encoder, found.encoded, found.passages) == ("small", 4, 4)
        first = retrieval.retrieve(analyze(Question("What helps in the dark?")))[0]
    assert first.url == "/guide/lamp#lamp"
    assert (first.meaning, first.unit_scores) == (None, None)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"data": []}'), (200, b'{"data": [{"embedding": [0]}]}')],
)
def test_words_answer_while_the_server_gives_no_vector(
    make_app: MakeApp, tmp_path: Path, handler: tuple[type[_Handler], str], status: int, body: bytes
) -> None:
    app = make_app(SEMANTIC=None, EMBEDDING_MODEL="small", OPENAI_BASE_URL=handler[1])
    index_and_encode(app, tmp_path / "pages")
    handler[0].status, handler[0].body = status, body
    with app.app_context():
        assert retrieval.retrieve(analyze(Question("When does the keeper sleep?")))[0].url == "/guide/keeper#keeper"


def test_a_server_that_is_away_keeps_one_question_with_curated_wordings_waiting_once(
    make_app: MakeApp, handler: tuple[type[_Handler], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(SEMANTIC=None, EMBEDDING_MODEL="small", OPENAI_BASE_URL=handler[1])
    handler[0].status = 500
    compare, in_transaction, read = likeness.of, list[bool](), Counter[str]()

    def compare_and_look(one: str, other: str) -> float:
        in_transaction.append(db.session().in_transaction())
        return compare(one, other)

    def read_and_count(text: str) -> list[str]:
        read[text] += 1
        return query_words(text)

    monkeypatch.setattr(likeness, "of", compare_and_look)
    monkeypatch.setattr(matching, "query_words", read_and_count)
    with app.app_context():
        save(Draft([f"{word} do I trim the wick?" for word in ("How", "Why", "When")], "With scissors."))
        assert matching.find(analyze(Question("how do i trim the wick"))) is not None
        assert handler[0].requests == 0
        for _ in range(2):
            assert matching.find(analyze(Question("Where do I trim the wick?"))) is None
    assert (handler[0].requests, in_transaction) == (1, [False])
    # A wording once for all questions, at most; another database may have had the same ones before.
    assert read.pop("Where do I trim the wick?") == 2
    assert max(read.values(), default=1) == 1


def test_encoding_is_postponed_while_the_server_is_away(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC=None, EMBEDDING_MODEL="small", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    index(app, tmp_path / "pages", HARBOUR)
    with pytest.raises(RetryLater, match="cannot be reached"):
        encode(app)
