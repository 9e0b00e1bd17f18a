"""Which pages a question is answered from, by its page, by what is stated and by its words: on both databases."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask

from chatkit.search import retrieval
from chatkit.search.query import Question, analyze
from chatkit.search.stated import Stated
from tests import factories

OIL = "How do I oil the lamp?"
HOST = "https://docs.example.com"


def _lamp(of: str) -> str:
    return f"# Lamp\n\nOil the lamp of {of} weekly.\n"


def _index(app: Flask, folder: Path, base_url: str, pages: Mapping[str, str], **stated: str) -> None:
    factories.index(app, folder, pages, base_url, stated=Stated(**stated))


def _found(app: Flask, text: str = OIL, page_url: str | None = None, **stated: str) -> list[str]:
    """Return the addresses of the passages that answer a question, without fragments, sorted."""
    with app.app_context():
        asked = analyze(Question(text, page_url=page_url, stated=Stated(**stated)))
        return sorted(passage.url.partition("#")[0] for passage in retrieval.retrieve(asked))


@pytest.fixture
def versioned(app: Flask, tmp_path: Path) -> Flask:
    """Return an application with a page in three released versions and one to come, and one outside of them all."""
    pages = {f"{name}/lamp.md": _lamp(name) for name in ("2.9", "2.10", "3.0-rc1", "next")}
    _index(app, tmp_path / "versions", f"{HOST}/", pages | {"blog.md": "# Blog\n\nOil for every lamp.\n"})
    return app


@pytest.fixture
def languages(app: Flask, tmp_path: Path) -> Flask:
    """Return an application with a page in eight languages, most of them in French, and one that says none."""
    pages = {
        f"{tag}/lamp.md": f"---\nlang: {tag}\n---\n# Lamp\n\nThe lamp: {tag}.\n"
        for tag in ("en", "de", "es", "pt-BR", "pt-PT", "ja", "ko")
    }
    pages |= {f"fr/lamp{number}.md": f"---\nlang: fr\n---\n# Lamp\n\nlamp {number}\n" for number in range(2)}
    _index(app, tmp_path / "languages", f"{HOST}/", pages | {"api.md": "# API\n\nlamp()\n"})
    return app


@pytest.fixture
def products(app: Flask, tmp_path: Path) -> Flask:
    """Return an application with two products on one server, and a third on another."""
    for name, host in (("ship", HOST), ("harbour", HOST), ("buoy", "https://buoy.example.com")):
        site = {"site": name} if host == HOST else {}
        _index(app, tmp_path / name, f"{host}/{name}/", {"lamp.md": _lamp(name)}, **site)
    return app


def test_the_newest_released_version_answers_where_nothing_says_another(versioned: Flask) -> None:
    assert _found(versioned) == [f"{HOST}/2.10/lamp", f"{HOST}/blog"]


def test_the_version_of_the_page_answers_in_whatever_spelling_it_is_open(versioned: Flask) -> None:
    for spelled in ("lamp", "lamp/", "lamp.html?x=1#oil", "lamp/index.html"):
        assert _found(versioned, page_url=f"{HOST}/2.9/{spelled}") == [f"{HOST}/2.9/lamp", f"{HOST}/blog"]


def test_a_page_that_is_not_indexed_has_the_version_of_its_address(versioned: Flask) -> None:
    assert _found(versioned, page_url=f"{HOST}/2.9/search") == [f"{HOST}/2.9/lamp", f"{HOST}/blog"]


@pytest.mark.parametrize("name", ["2.9", "v2.9", "version-2.9"])
def test_a_version_that_is_stated_goes_before_that_of_the_page(versioned: Flask, name: str) -> None:
    found = _found(versioned, page_url=f"{HOST}/next/lamp", version=name)
    assert found == [f"{HOST}/2.9/lamp", f"{HOST}/blog"]


def test_a_version_that_the_site_does_not_have_is_not_looked_for(versioned: Flask) -> None:
    assert f"{HOST}/2.10/lamp" in _found(versioned, version="7.0")


def test_a_version_that_the_question_names_goes_before_all(versioned: Flask) -> None:
    found = _found(versioned, f"{OIL} I use 3.0-rc1.", f"{HOST}/2.9/lamp", version="2.9")
    assert found == [f"{HOST}/3.0-rc1/lamp", f"{HOST}/blog"]


def test_pages_at_addresses_without_a_version_are_the_default_where_they_are_one_themselves(
    app: Flask, tmp_path: Path
) -> None:
    pages = {f"{folder}{name}.md": _lamp(name) for folder in ("", "1.0/", "next/") for name in ("lamp", "wick")}
    _index(app, tmp_path / "pages", f"{HOST}/", pages)
    own = [f"{HOST}/lamp", f"{HOST}/wick"]
    assert _found(app) == own
    assert _found(app, page_url=f"{HOST}/wick") == own
    assert _found(app, page_url=f"{HOST}/1.0/wick") == [f"{HOST}/1.0/lamp", f"{HOST}/1.0/wick"]


def test_a_version_of_the_owner_s_holds_for_all_pages_of_a_source(app: Flask, tmp_path: Path) -> None:
    for version in ("8", "9"):
        _index(app, tmp_path / version, f"{HOST}/r{version}/", {"lamp.md": _lamp(version)}, version=version)
    assert _found(app) == [f"{HOST}/r9/lamp"]
    assert _found(app, page_url=f"{HOST}/r8/lamp") == [f"{HOST}/r8/lamp"]


def test_the_language_of_the_page_answers_and_pages_without_one_belong_to_each(languages: Flask) -> None:
    assert _found(languages, page_url=f"{HOST}/de/lamp") == [f"{HOST}/api", f"{HOST}/de/lamp"]


def test_a_page_that_is_not_indexed_has_the_language_of_its_address(languages: Flask) -> None:
    assert _found(languages, page_url=f"{HOST}/ko/") == [f"{HOST}/api", f"{HOST}/ko/lamp"]


def test_without_a_page_the_language_of_the_question_answers(languages: Flask) -> None:
    assert _found(languages) == [f"{HOST}/api", f"{HOST}/en/lamp"]
    assert _found(languages, "Wie benutzt man die lamp?") == [f"{HOST}/api", f"{HOST}/de/lamp"]


def test_a_question_of_no_language_is_answered_in_that_of_most_pages(languages: Flask) -> None:
    assert _found(languages, "lamp") == [f"{HOST}/api", f"{HOST}/fr/lamp0", f"{HOST}/fr/lamp1"]


@pytest.mark.parametrize(
    ("tag", "found"),
    [("pt-BR", ["pt-BR"]), ("pt-br", ["pt-BR"]), ("pt", ["pt-BR", "pt-PT"]), ("de-AT", ["de"]), ("it", ["en"])],
)
def test_a_language_that_is_stated_goes_before_that_of_the_page(languages: Flask, tag: str, found: list[str]) -> None:
    pages = [f"{HOST}/api", *(f"{HOST}/{folder}/lamp" for folder in found)]
    assert _found(languages, page_url=None if tag == "it" else f"{HOST}/de/lamp", language=tag) == pages


def test_a_language_counts_only_where_the_version_has_it(app: Flask, tmp_path: Path) -> None:
    pages = {f"{name}/lamp.md": f"---\nlang: {tag}\n---\n{_lamp(name)}" for name, tag in (("1.0", "de"), ("2.0", "en"))}
    _index(app, tmp_path / "pages", f"{HOST}/", pages)
    assert _found(app, version="1.0", language="en") == [f"{HOST}/1.0/lamp"]


@pytest.mark.parametrize(
    ("page_url", "site"),
    [
        (f"{HOST}/harbour/lamp", "harbour"),
        (f"{HOST}/harbour/not/indexed", "harbour"),
        (f"{HOST}/harbour", "harbour"),
        ("http://docs.example.com/ship/?q=1", "ship"),
        ("https://buoy.example.com/elsewhere", "buoy"),
        ("https://BUOY.example.com:443/", "buoy"),
    ],
)
def test_two_products_never_answer_for_each_other(products: Flask, page_url: str, site: str) -> None:
    assert [url.split("/")[3] for url in _found(products, page_url=page_url)] == [site]


def test_a_page_of_a_server_with_several_sites_asks_these_and_no_page_asks_all(products: Flask) -> None:
    assert [url.split("/")[3] for url in _found(products, page_url=f"{HOST}/")] == ["harbour", "ship"]
    assert [url.split("/")[3] for url in _found(products)] == ["buoy", "harbour", "ship"]
    assert len(_found(products, page_url="https://elsewhere.example.org/ship/lamp")) == 3


def test_a_page_of_an_unknown_server_asks_what_is_published_on_the_site_that_shows_the_widget(
    products: Flask, tmp_path: Path
) -> None:
    _index(products, tmp_path / "own", "/guide/", {"lamp.md": _lamp("own")})
    for url in ("https://www.example.org/", "https://www.example.org/guide/x"):
        assert _found(products, page_url=url) == ["/guide/lamp"]
    assert _found(products, page_url="https://buoy.example.com/guide2/") == ["https://buoy.example.com/buoy/lamp"]


def test_a_site_that_is_stated_goes_before_that_of_the_page(products: Flask) -> None:
    assert _found(products, page_url=f"{HOST}/ship/lamp", site="harbour") == [f"{HOST}/harbour/lamp"]


def test_a_site_that_is_not_indexed_is_answered_by_no_other(products: Flask) -> None:
    assert _found(products, page_url=f"{HOST}/ship/lamp", site="lighthouse") == []


def test_sources_of_one_host_are_one_site_until_they_are_told_apart(app: Flask, tmp_path: Path) -> None:
    for name in ("a", "b"):
        _index(app, tmp_path / name, f"{HOST}/{name}/", {"lamp.md": _lamp(name)})
    assert len(_found(app, page_url=f"{HOST}/a/lamp")) == 2
    _index(app, tmp_path / "b", f"{HOST}/b/", {"lamp.md": _lamp("b")}, site="b")
    assert _found(app, page_url=f"{HOST}/a/lamp") == [f"{HOST}/a/lamp"]


@pytest.mark.parametrize("url", ["http://[", "x", "//", "javascript:alert(1)", "https://docs.example.com:99999/", "\0"])
def test_an_address_that_cannot_be_read_asks_all_pages(products: Flask, url: str) -> None:
    assert len(_found(products, page_url=url)) >= 2
