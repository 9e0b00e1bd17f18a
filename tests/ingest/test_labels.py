"""The version and the language of a page: stated, generated or told by its address, on the way into the index."""

from pathlib import Path

import pytest
from flask import Flask

from chatkit.ingest import inventory
from chatkit.ingest.labels import are_versions, version_of, with_language
from chatkit.ingest.readers import markdown as reader
from chatkit.search.models import Page, Source
from chatkit.search.stated import Stated
from tests import factories

HOST = "https://docs.example.com"
ITALIAN = "La lampada si trova sopra la porta, e il faro non è ancora acceso."
ENGLISH = "The people of this department are not in the house, and they will be there soon."
BUILT = '<html%s><head><link rel=canonical href="https://docs.example.com/%s"></head><main><h1>A</h1><p>a</p></main>'


def _labels(app: Flask) -> dict[str, tuple[str | None, str | None]]:
    return {row["path"]: (row["version"], row["language"]) for row in factories.rows(app, Page.__table__)}


@pytest.mark.parametrize(
    ("url", "stated", "generated", "version"),
    [
        ("/1.0/a", "3", "2", "3"),
        ("/1.0/a", None, "2", "2"),
        ("/1.0/a", None, None, "1.0"),
        ("/a", None, None, None),
    ],
)
def test_the_owner_knows_a_version_best_and_the_address_least(
    url: str, stated: str | None, generated: str | None, version: str | None
) -> None:
    assert version_of(url, Stated(version=stated), generated) == version


@pytest.mark.parametrize(
    ("url", "text", "language"),
    [
        ("it/a", ITALIAN, "it"),
        ("it/a", ENGLISH, None),
        ("1.0/it/a", ITALIAN, "it"),
        ("guide/it/a", ITALIAN, None),
        ("it", ITALIAN, None),
        ("en/a", ENGLISH, "en"),
        ("zh-TW/a", "本文件介紹系統的安裝方法。", "zh-TW"),
        ("ja/a", ENGLISH, None),
        ("users/a", ENGLISH, None),
        ("sv/a", "kod()", "sv"),
    ],
)
def test_a_folder_named_like_a_language_is_one_unless_the_words_tell_against_it(
    url: str, text: str, language: str | None
) -> None:
    document = reader.parse(f"# A\n\n{text}\n", "A")
    for base_url in (f"{HOST}/docs/", f"{HOST}/"):
        assert with_language(document, base_url + url, base_url, Stated()).language == language


def test_a_page_knows_its_language_better_than_the_owner_and_he_better_than_the_generator() -> None:
    stated, unstated = reader.parse("---\nlang: fr\n---\n# A\n", "A"), reader.parse("# A\n", "A")
    assert with_language(stated, "/de/a", "/", Stated(language="es"), "pt").language == "fr"
    assert with_language(unstated, "/de/a", "/", Stated(language="es"), "pt").language == "es"
    assert with_language(unstated, "/de/a", "/", Stated(), "pt").language == "pt"


def test_addresses_of_versions_are_told_from_those_of_copies() -> None:
    assert are_versions(f"{HOST}/stable/a/", "http://127.0.0.1:8000/1.0/a/index.html")
    assert are_versions(f"{HOST}/a", f"{HOST}/1.0/a")
    assert not are_versions(f"{HOST}/1.0/a", f"{HOST}/1.0/a/")
    assert not are_versions(f"{HOST}/1.0/a", f"{HOST}/2.0/b")


def test_built_versions_that_name_the_newest_as_canonical_are_pages_of_their_own(app: Flask, tmp_path: Path) -> None:
    pages = {
        f"{version}/a/index.html": BUILT % (' lang="de"' if version == "1.0" else "", "stable/a/")
        for version in ("stable", "2.0", "1.0")
    }
    factories.index(app, tmp_path / "site", pages | {"b.html": BUILT % ("", "stable/a/")}, f"{HOST}/")
    assert factories.page_urls(app) == [f"{HOST}/1.0/a/", f"{HOST}/2.0/a/", f"{HOST}/stable/a/"]
    assert _labels(app)["1.0/a/index.html"] == ("1.0", "de")


def test_pages_are_written_anew_when_their_owner_states_another_version_or_language(app: Flask, tmp_path: Path) -> None:
    pages = {"a.md": "# A\n\none\n", "b.md": "---\nlang: fr\n---\n# B\n\ntwo\n"}
    factories.index(app, tmp_path / "pages", pages)
    assert _labels(app) == {"a.md": (None, None), "b.md": (None, "fr")}
    report = factories.index(app, tmp_path / "pages", pages, stated=Stated(version="2.0", language="de"))
    assert (report.indexed, report.unchanged) == (2, 0)
    assert _labels(app) == {"a.md": ("2.0", "de"), "b.md": ("2.0", "fr")}


def test_a_source_is_of_the_site_of_its_host_unless_its_owner_names_one(app: Flask, tmp_path: Path) -> None:
    for base_url, stated in (("/x/", Stated()), (f"{HOST}:8443/y/", Stated()), (f"{HOST}/z/", Stated(site="z"))):
        factories.index(
            app, tmp_path / base_url.strip("/").replace("/", ""), {"a.md": "# A\n"}, base_url, stated=stated
        )
    sites = {row["base_url"]: row["site"] for row in factories.rows(app, Source.__table__)}
    assert sites == {"/x/": "/", f"{HOST}:8443/y/": "docs.example.com:8443", f"{HOST}/z/": "z"}


def test_titles_stand_in_the_order_of_the_site(app: Flask, tmp_path: Path) -> None:
    chapters = ("b-c", "B", "a")
    summary = "".join(f"- [{name}]({name}.md)\n" for name in chapters)
    pages = {"book.toml": "", "src/SUMMARY.md": summary} | {f"src/{name}.md": f"# {name}\n" for name in chapters}
    factories.index(app, tmp_path / "pages", pages)
    with app.app_context():
        assert [title for title, _ in inventory.titles()] == [*chapters]
