"""Passages get their vectors beside the requests: in pieces, once for each text, and not for long."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from chatkit.database.orm import db
from chatkit.search import embedding, encoders, index
from chatkit.search.models import Embedding, Page
from tests import factories
from tests.encoding import HARBOUR, encode, index_and_encode, needs_encoder
from tests.factories import MakeApp

pytestmark = needs_encoder


def _counts() -> tuple[int, int]:
    found = embedding.status()
    assert found is not None
    return found.encoded, found.passages


def test_every_passage_in_a_language_that_the_encoder_knows_gets_vectors(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    factories.index(app, tmp_path / "pages", HARBOUR)
    with app.app_context():
        assert _counts() == (0, 3)
        assert {page.language for page in db.session.scalars(select(Page))} == {None, "de"}
    encode(app)
    with app.app_context():
        assert _counts() == (3, 3)


def test_work_that_broke_off_goes_on_where_it_was(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "PIECE_SECONDS", 0)
    broken_off, fresh = make_app(SEMANTIC="on"), make_app(SEMANTIC="on")
    factories.index(broken_off, tmp_path / "pages", HARBOUR)
    with broken_off.app_context():
        assert embedding.embed_batch()
        assert _counts() == (1, 3)
    encode(fresh)
    with fresh.app_context():
        assert _counts() == (3, 3)


def test_text_that_is_indexed_again_is_not_encoded_again(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    with app.app_context():
        kept = set(db.session.scalars(select(Embedding.text_hash)))
        db.session.execute(update(Page).values(content_hash=""))
        db.session.commit()
    factories.index(app, tmp_path / "pages", HARBOUR)
    with app.app_context():
        assert _counts() == (3, 3)
        assert set(db.session.scalars(select(Embedding.text_hash))) == kept


def test_vectors_go_with_their_text_and_with_their_encoder(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    with app.app_context():
        db.session.add(Embedding(text_hash="0" * 32, model="former", vector=b"1"))
        db.session.commit()
    (tmp_path / "pages" / "fog.md").write_text("# Foghorn\n\nIt is silent.\n")
    (tmp_path / "pages" / "lamp.md").unlink()
    factories.index(app, tmp_path / "pages", {})
    encode(app)
    with app.app_context():
        assert _counts() == (2, 2)
        assert len(db.session.scalars(select(Embedding)).all()) == 2


def test_nothing_is_asked_of_the_database_but_its_state_once_all_is_done(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="on")
    index_and_encode(app, tmp_path / "pages")
    assert encode(app) == 0
    with app.app_context():
        before = index.corpus_statistics().state
        assert not embedding.embed_batch()
        assert index.corpus_statistics().state == before


def test_vectors_are_announced_for_the_state_of_the_index_they_were_made_for_alone(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(SEMANTIC="on")
    with app.app_context():
        index.refresh()
        db.session.commit()
        known = index.corpus_statistics().state
    factories.index(app, tmp_path / "pages", HARBOUR)
    with app.app_context():
        assert index.announce_vectors(known) is None
        now = index.corpus_statistics().state
        assert index.announce_vectors(now) == index.corpus_statistics().state != now


def test_an_encoder_that_is_off_does_no_work(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(SEMANTIC="off")
    factories.index(app, tmp_path / "pages", HARBOUR)
    assert encode(app) == 0
    with app.app_context():
        assert embedding.status() is None
        assert encoders.choose(app.config["CHATKIT"]).model is None
