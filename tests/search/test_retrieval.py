"""Search on both databases: what is found, what ranks higher, and that no question breaks it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from chatkit import create_app
from chatkit.database.orm import db
from chatkit.ingest import service
from chatkit.ingest.folder import Folder
from chatkit.paths import DOCS
from chatkit.search import index, postgresql_bm25, retrieval, sqlite_fts5
from chatkit.search.passages import Passage
from chatkit.search.query import Question, analyze
from tests import factories
from tests.conftest import dispose

LANGUAGES = {
    "cpp.md": "# C++\n\nC++ has templates.\n",
    "csharp.md": "# C#\n\nC# runs on .NET everywhere.\n",
    "c.md": "# C\n\nC has pointers.\n",
    "keys.md": "# Keys\n\nA key opens a secret door. The secret is the key.\n",
    "secret.md": "# Names\n\nThe program reads `SECRET_KEY` at its start, and `SECRET_KEYS` never.\n",
    "health.md": "# Calls\n\nCall `GET /health`, send `<chat-window>`, or write to reader@example.org.\n",
    "zh.md": "# 安装指南\n\n本文档介绍系统的安装方法。\n\n# 其他\n\n数据库备份在这里说明。\n",
    "ko.md": "# 한국어\n\n데이터베이스를 백업합니다.\n",
    "coffee.md": "# Breaks\n\nThe café opens at noon.\n",
}
FOUR = ("foghorn", "oil", "window", "submarin")
QUESTIONS = [
    "How do I index my pages?",
    "Which attributes does the element have?",
    "What happens when the database is locked and PostgreSQL restarts?",
    "backup",
    "Can readers sign in without a password, and how long does a link last?",
    "C++ SECRET_KEY",
]
# What has a meaning in a query of FTS5 or PostgreSQL, beside letters that make words and operators.
SYNTAX = st.text(alphabet="\"'`()[]{}<>*+-:^&|!~,;.@#$%=\\/_? \n\tANDORNOTNEARab1\u00e4\u4e2d", max_size=60)


def _retrieved(text: str, page_url: str | None = None) -> list[Passage]:
    return retrieval.retrieve(analyze(Question(text, page_url=page_url)))


def _found(app: Flask, question: str) -> list[str]:
    with app.app_context():
        return [hit.url for hit in retrieval.search(question, 5)]


@pytest.fixture
def languages(app: Flask, tmp_path: Path) -> Flask:
    """Return an application that knows pages with names that are hard to search for."""
    factories.index(app, tmp_path / "pages", LANGUAGES)
    return app


@given(st.one_of(SYNTAX, st.text(max_size=60)))
def test_no_question_is_query_syntax(languages: Flask, question: str) -> None:
    with languages.app_context():
        assert len(retrieval.search(f"{question} templates", 30)) >= 1


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is C++?", "/guide/cpp#c"),
        ("What is C#?", "/guide/csharp#c"),
        (".NET", "/guide/csharp#c"),
        ("SECRET_KEY", "/guide/secret#names"),
        ("secret_keys", "/guide/secret#names"),
        ("health", "/guide/health#calls"),
        ("window", "/guide/health#calls"),
        ("example", "/guide/health#calls"),
        ("怎么安装系统", "/guide/zh#安装指南"),
        ("备份", "/guide/zh#其他"),
        ("백업", "/guide/ko#한국어"),
        ("cafe", "/guide/coffee#breaks"),
        ("CAFÉ", "/guide/coffee#breaks"),
    ],
)
def test_names_and_other_scripts_are_found(languages: Flask, question: str, first: str) -> None:
    assert _found(languages, question)[0] == first


def test_both_databases_find_the_same_in_the_same_order(sqlite_url: str, postgresql_url: str) -> None:
    found = []
    for url in (sqlite_url, postgresql_url):
        app = create_app({"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": url})
        with app.app_context():
            service.index(Folder(DOCS, "/guide/"))
            passages = [_retrieved(question) for question in QUESTIONS]
            found.append([[(one.stable_id, round(one.rank, 6)) for one in ranked] for ranked in passages])
        dispose(app)
    assert all(found[0])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Welche Lampe brennt im Haus?", "/guide/de#lampen"),
        ("Lampen Häuser", "/guide/de#lampen"),
        ("Which lamp burns in a house?", "/guide/en#lamps"),
        ("lamps houses", "/guide/en#lamps"),
        ("¿Qué lámpara hay en las casas?", "/guide/es#lámparas"),
        ("лампа в доме", "/guide/ru#лампы"),
    ],
)
def test_a_question_is_read_in_a_language_that_is_indexed(
    app: Flask, tmp_path: Path, question: str, first: str
) -> None:
    pages = {
        "de.md": "---\nlang: de\n---\n# Lampen\n\nIn den Häusern brennen Lampen.\n",
        "en.md": "---\nlang: en\n---\n# Lamps\n\nLamps burn in the houses.\n",
        "es.md": "---\nlang: es\n---\n# Lámparas\n\nHay lámparas en cada casa.\n",
        "ru.md": "# Лампы\n\nЛампы горят в домах.\n",
    }
    factories.index(app, tmp_path / "guide", pages)
    assert _found(app, question)[0] == first


@pytest.mark.parametrize("question", ["Wie läuft die Wartung?", "Welchen Modus gibt es?", "Wartungsmodusanzeige"])
def test_compounds_are_found_by_their_parts_and_parts_by_their_compounds(
    app: Flask, tmp_path: Path, question: str
) -> None:
    pages = {
        "a.md": "---\nlang: de\n---\n# Betrieb\n\nDer Wartungsmodus.\n",
        "b.md": "---\nlang: de\n---\n# Öl\n\nÖl.\n",
    }
    factories.index(app, tmp_path / "guide", pages)
    with app.app_context():
        assert [hit.url for hit in _retrieved(question)] == ["/guide/a#betrieb"]


def test_the_page_says_in_which_language_the_conversation_is(app: Flask, tmp_path: Path) -> None:
    pages = {"de.md": "---\nlang: de-AT\n---\n# Lampen\n\nDie Lampe.\n", "en.md": "# Lamps\n\nThe lamp.\n"}
    factories.index(app, tmp_path / "guide", pages)
    with app.app_context():
        assert analyze(Question("Who is there?", page_url="/guide/de")).language == "de"
        assert analyze(Question("Wo ist die Lampe?")).language == "de"
        assert analyze(Question("Where is the lamp?")).language == "en"
        assert analyze(Question("灯在哪里")).language == "zh"
        assert _retrieved("Wo ist die Lampe?")[0].language == "de-AT"


def test_one_language_is_not_taken_for_another(languages: Flask) -> None:
    assert _found(languages, "C++") == ["/guide/cpp#c"]


@pytest.mark.parametrize(
    "page_url",
    ["/guide/b", "https://docs.example.com/guide/b?from=mail#top", "http://localhost:8000/guide/b/"],
)
def test_the_page_the_reader_is_on_ranks_higher(app: Flask, tmp_path: Path, page_url: str) -> None:
    text = "# Lamps\n\nTrim the wick.\n"
    factories.index(app, tmp_path / "guide", {"a.md": text, "b.md": text, "c.md": text})
    with app.app_context():
        assert _retrieved("wick")[0].url == "/guide/a#lamps"
        assert _retrieved("wick", page_url)[0].url == "/guide/b#lamps"


@pytest.mark.parametrize(
    "page_url", ["", "http://[", "https://docs.example.com/elsewhere", "/guide", "\x00", "a" * 2000]
)
def test_a_page_that_is_not_indexed_raises_nothing(app: Flask, tmp_path: Path, page_url: str) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        assert _retrieved("foghorn", page_url) == _retrieved("foghorn")


def test_the_page_does_not_beat_a_passage_that_fits_far_better(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        found = _retrieved("How often does the foghorn sound in dense fog?", "/guide/install")
    assert found[0].url == "/guide/foghorn#foghorn"


def test_how_many_passages_hold_a_word_is_known(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    with app.app_context():
        counted = index.term_statistics(FOUR, index.corpus_statistics())
    assert counted.passages == 6
    assert [counted.document_frequency(term) for term in FOUR] == [2, 1, 1, 0]


def test_what_is_removed_is_counted_no_more(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    (tmp_path / "guide" / "foghorn.md").unlink()
    factories.index(app, tmp_path / "guide", {"oil.md": "# More\n\nOil again.\n"})
    with app.app_context():
        counted = index.term_statistics(FOUR, index.corpus_statistics())
    assert counted.passages == 5
    assert [counted.document_frequency(term) for term in FOUR] == [0, 2, 1, 0]


@pytest.fixture
def many(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield the statements that an application sends to a database it takes for a large one."""
    pages = {f"{number}.md": f"# Page\n\nharbour water {'tugboat' * (number == 7)}\n" for number in range(20)}
    factories.index(app, tmp_path / "guide", pages)
    for ranker in (sqlite_fts5, postgresql_bm25):
        monkeypatch.setattr(ranker, "LARGE", 0)
        monkeypatch.setattr(ranker, "RAREST", 1)
    sent: list[str] = []

    def listen(connection: Connection, cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append(f"{statement} {parameters}")

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", listen)
        yield sent
        event.remove(db.engine, "before_cursor_execute", listen)


def test_among_many_passages_a_common_word_does_not_choose(many: list[str]) -> None:
    assert [hit.url for hit in retrieval.search("harbour tugboat water", 5)] == ["/guide/7#page"]


def test_among_many_passages_the_rarest_word_chooses_however_common(many: list[str]) -> None:
    assert len(retrieval.search("harbour water", 5)) == 5


def test_searching_reads_no_table_that_grows_with_readers(many: list[str]) -> None:
    retrieval.search("harbour tugboat", 5)
    read = {name for statement in many for name in re.findall(r"\b(?:FROM|JOIN) (\w+)", statement)}
    assert read & set(db.metadata.tables) <= {"passages", "pages", "sources", "terms", "corpus", "embeddings"}
    assert "passages" in read


@pytest.mark.parametrize(
    ("question", "url"),
    [
        ("install", "/guide/install#installing"),
        ("Installing on Windows", "/guide/install#on-windows"),
        ("changing intervals of foghorns", "/guide/foghorn#changing-the-interval"),
        ("FOGHORN_INTERVAL", "/guide/foghorn#changing-the-interval"),
        ("refill oil", "/guide/lamps/oil#oil-lamps"),
    ],
)
def test_the_best_passage_comes_first(app: Flask, tmp_path: Path, question: str, url: str) -> None:
    factories.index(app, tmp_path / "guide")
    assert _found(app, question)[0] == url


def test_a_rare_word_once_weighs_more_than_a_common_one_several_times(app: Flask, tmp_path: Path) -> None:
    pages = {f"common{number}.md": "# Page\n\nharbour harbour harbour\n" for number in range(8)}
    factories.index(app, tmp_path / "guide", pages | {"rare.md": "# Page\n\ntugboat pier quay\n"})
    assert _found(app, "harbour tugboat")[0] == "/guide/rare#page"


def test_no_more_than_the_limit_is_found(app: Flask, tmp_path: Path) -> None:
    pages = {f"{number}.md": "# Page\n\nharbour\n" for number in range(8)}
    factories.index(app, tmp_path / "guide", pages)
    with app.app_context():
        assert len(retrieval.search("harbour", 3)) == 3


def test_passages_come_by_their_rank_to_which_other_passages_of_their_page_add(app: Flask, tmp_path: Path) -> None:
    pages = {
        "one.md": "# Page\n\nharbour pier\n",
        "two.md": "# Page\n\nharbour quay\n\n## Part\n\nharbour quay\n",
    }
    factories.index(app, tmp_path / "guide", pages)
    with app.app_context():
        hits = retrieval.search("harbour", 5)
    assert [hit.url for hit in hits][-1] == "/guide/one#page"
    ranks = [hit.rank for hit in hits]
    assert ranks == sorted(ranks, reverse=True)
    assert len(ranks) == 3


@pytest.mark.parametrize("question", ["", "   ", "!?", "\U0001f355"])
def test_a_question_without_words_finds_nothing(app: Flask, tmp_path: Path, question: str) -> None:
    factories.index(app, tmp_path / "guide")
    assert _found(app, question) == []
