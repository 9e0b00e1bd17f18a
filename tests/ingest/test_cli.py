"""`flask content`: what it prints, refuses, indexes, finds and removes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from chatkit.commands import content
from chatkit.ingest import service
from chatkit.search import retrieval
from tests import factories
from tests.website import Shown, html, website


def _index(app: Flask, folder: Path, pages: Mapping[str, str], base_url: str = "/x/", **how: Any) -> service.Report:
    return factories.index(app, folder, pages, base_url, **how)


def _run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["content", *arguments])
    return result.exit_code, result.output


def test_the_command_reports_what_it_did_and_why(app: Flask, tmp_path: Path) -> None:
    docs = factories.write_pages(tmp_path / "docs", {"a.md": "# A\n\none\n"})
    _run(app, "index", str(docs), "--base-url", "/x/")
    factories.write_pages(docs, {"b.md": "# B\n\ntwo\n", "a/index.md": "# A\n"})
    (docs / "c.md").write_bytes(b"\xff")
    code, output = _run(app, "index", str(docs), "--base-url", "/x/")
    assert code == 0
    assert f"{docs}, read as chatkit (as nothing says which generator made it), published at /x/\n" in output
    assert "1 pages indexed (1 passages), 1 unchanged, 0 removed, 1 unreadable, 1 left out\n" in output
    assert "unreadable: c.md: it is not UTF-8\n" in output
    assert "left out: a/index.md: its address /x/a is that of a.md\n" in output


def test_a_dry_run_shows_what_would_be_indexed_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    pages = {"a.md": "---\nlang: de\n---\n# Erste\n\nEin Satz.\n", "b.txt": "", "c.md": "", "d/a.md": "# D\n\n> x\n"}
    docs = factories.write_pages(tmp_path / "docs", pages | {"a/index.md": "# A\n\nword\n"})
    with website() as site:
        site.pages = {"/": html("Start", "/a", text="Hello."), "/a": html("A")}
        arguments = ["index", "--dry-run", f"{docs}=/x/", f"{site.origin}/", "--exclude", "d/", "--delay", "0"]
        result = CliRunner().invoke(content, arguments)
    assert result.exit_code == 0, result.output
    assert f"{docs}, read as chatkit (as nothing says which generator made it), published at /x/\n" in result.output
    assert "a.md → /x/a\n  Erste [de]\n    Ein Satz. …\n" in result.output
    assert "c.md → /x/c\n  c\n" in result.output
    assert f"{site.origin}/ → {site.origin}/\n  Start\n    Hello. …\n" in result.output
    assert "2 pages would be indexed (1 passages), 0 are unreadable, 3 would be left out; nothing was" in result.output
    assert "  without text: 1 page c.md\n" in result.output
    assert "  left out: d/a.md: --exclude names it\n" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs"]


def test_reasons_that_differ_in_names_alone_are_counted_together(plain_app: Flask, tmp_path: Path) -> None:
    pages = {f"{name}.txt": "" for name in "bcd"} | {f"{name}/index.md": "# A\n" for name in "ef"}
    pages |= {f"{name}.md": f"# {name}\n\nword\n" for name in "aef"}
    docs = factories.write_pages(tmp_path / "docs", pages)
    output = _run(plain_app, "index", str(docs), "--base-url", "/x/")[1]
    assert "  left out: 3 files, such as b.txt: it is plain text, which is not read here" in output
    assert "  left out: 2 files, such as e/index.md: its address /x/e is that of e.md\n" in output


def test_a_site_without_text_is_said_with_the_remedy(plain_app: Flask) -> None:
    with website() as site:
        site.pages = {"/": Shown("<title>App</title><main></main>", headers={"Content-Type": "text/html"})}
        output = _run(plain_app, "index", f"{site.origin}/", "--delay", "0")[1]
    assert f"  without text: 1 page {site.origin}/; what only JavaScript shows is not in them" in output


def test_the_command_takes_several_sources_each_with_a_base_url(app: Flask, tmp_path: Path) -> None:
    one = factories.write_pages(tmp_path / "one", {"a.md": "# A\n"})
    two = factories.write_pages(tmp_path / "two", {"a.md": "# A\n"})
    empty = factories.write_pages(tmp_path / "empty", {"a.css": ""})
    code, output = _run(app, "index", f"{one}=https://one.example/", str(empty), str(two), "--base-url", "/two/")
    assert code == 1
    assert f"{empty} holds no page that can be indexed." in output
    assert factories.page_urls(app) == ["/two/a", "https://one.example/a"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "--base-url", "/"], "nowhere is neither a folder nor"),
        (["docs"], "add --base-url"),
        (["docs", "--base-url", "docs.example.com"], "docs.example.com is no base URL"),
        *(
            (["docs", "--base-url", url], said)
            for url, said in [
                ("//x/", "is no base URL"),
                ("/x/?v=1", "no query"),
                ("https://x/?v=1", "no query"),
                ("https://x/#a", "no fragment"),
                ("https://u:p@x/", "no user name"),
                ("https://", "no address of a website"),
                ("https://x:y/", "Port"),
                (f"https://x/{'y' * 1_000}", "at most 1,000 characters"),
            ]
        ),
        (["docs", "--base-url", "/", "--name", "x" * 1_001], "at most 1,000 characters"),
        (["https://example.com/", "--delay", "nan"], "a delay of nan seconds"),
        (["https://example.com/", "--delay", "-1"], "a delay of -1 seconds"),
        (["https://example.com/", "--delay", "inf"], "a delay of inf seconds"),
        (["https://example.com/", "--max-pages", "0"], "x>=1"),
        (["https://a:b@example.com/"], "no user name"),
        (["https:///x"], "no address of a website"),
        (["docs", "docs", "--base-url", "/", "--name", "x"], "--name is for one SOURCE"),
        (["docs", "--base-url", "/", "--exclude", "!"], "Invalid git pattern: '!'"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(
    plain_app: Flask, tmp_path: Path, arguments: list[str], said: str
) -> None:
    factories.write_pages(tmp_path / "docs", {"a.md": "# A\n"})
    code, output = _run(plain_app, "index", *arguments)
    assert code != 0
    assert said in output


def test_sources_of_one_site_are_named_until_each_has_a_site_of_its_own(app: Flask, tmp_path: Path) -> None:
    folders = [str(factories.write_pages(tmp_path / name, {"lamp.md": "# Lamp\n\nword\n"})) for name in ("a", "b")]
    host = "https://docs.example.com"
    code, output = _run(app, "index", *(f"{folder}={host}/{folder[-1]}/" for folder in folders))
    shared = f"site docs.example.com, answers together with {folders[0]}; if that is another product, add --site\n"
    assert (code, shared in output) == (0, True)
    assert output.count("answers together") == 1
    scope = ("--site", "b", "--version", "2.0", "--language", "de")
    code, output = _run(app, "index", folders[1], "--base-url", f"{host}/b/", *scope)
    assert (code, "  site b\n" in output) == (0, True)
    assert "answers together" not in _run(app, "status")[1]
    assert "at most 100 characters" in _run(app, "index", folders[0], "--base-url", "/x/", "--version", "1" * 101)[1]


def test_status_lists_every_source(app: Flask, tmp_path: Path) -> None:
    assert "Nothing is indexed" in _run(app, "status")[1]
    _index(app, tmp_path / "docs", {"a.md": "# A\n\none\n\n## B\n\ntwo\n", "b.md": ""})
    code, output = _run(app, "status")
    assert code == 0
    assert output.startswith(
        f"{tmp_path / 'docs'}\n  read as chatkit (as nothing says which generator made it), published at /x/\n"
        "  site /\n  2 pages, 2 passages, last indexed "
    )


def test_status_counts_the_pages_of_each_version_and_language(app: Flask, tmp_path: Path) -> None:
    pages = {f"{name}.md": f"---\nlang: {name[:2]}\n---\n# A\n\none\n" for name in ("de", "en", "en2")}
    docs = factories.write_pages(tmp_path / "docs", pages)
    _run(app, "index", str(docs), "--base-url", "/x/", "--version", "2.0")
    output = _run(app, "status")[1]
    assert "  versions: 2.0 (3 pages)\n" in output
    assert sorted(output.partition("  languages: ")[2].partition("\n")[0].split(", ")) == [
        "de (1 pages)",
        "en (2 pages)",
    ]


def test_a_source_or_a_page_can_be_removed(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "one", {"a.md": "# A\n\nword\n", "b.md": "# B\n\nword\n", "c.md": "# C\n\nword\n"}, "/one/")
    _index(app, tmp_path / "two", {"d.md": "# D\n\nword\n"}, "/two/")
    assert _run(app, "remove", "/one/a") == (0, "1 pages removed.\n")
    assert _run(app, "remove", "b.md") == (0, "1 pages removed.\n")
    assert factories.page_urls(app) == ["/one/c", "/two/d"]
    os.chdir(tmp_path)
    assert _run(app, "remove", "one") == (0, "1 pages removed.\n")
    with app.app_context():
        assert [hit.url for hit in retrieval.search("word", 5)] == ["/two/d#d"]
    code, output = _run(app, "remove", "one")
    assert code == 1
    assert "Nothing is indexed under one" in output


def test_a_path_that_several_sources_have_removes_nothing(app: Flask, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _index(app, tmp_path / name, {"index.md": "# A\n\nword\n"}, f"/{name}/")
    code, output = _run(app, "remove", "index.md")
    assert code == 1
    assert f"Several sources have a page index.md: {tmp_path / 'one'}, {tmp_path / 'two'}." in output
    assert factories.page_urls(app) == ["/one/", "/two/"]
    assert _run(app, "remove", "/one/") == (0, "1 pages removed.\n")


def test_a_source_that_has_no_page_left_can_be_removed(app: Flask, tmp_path: Path) -> None:
    _index(app, tmp_path / "docs", {"a.md": "# A\n\nword\n"})
    _run(app, "remove", "a.md")
    assert _run(app, "remove", str(tmp_path / "docs")) == (0, "0 pages removed.\n")
    assert "Nothing is indexed" in _run(app, "status")[1]


def test_searching_prints_the_best_passages(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    code, output = _run(app, "search", "refill the oil")
    assert code == 0
    assert "/guide/lamps/oil#oil-lamps" in output


def test_a_search_for_less_than_one_passage_is_refused(plain_app: Flask) -> None:
    code, output = _run(plain_app, "search", "oil", "--limit", "-1")
    assert (code, "x>=1" in output) == (2, True)


def test_searching_in_vain_says_so(app: Flask) -> None:
    assert _run(app, "search", "penguins") == (0, "Nothing found.\n")


def test_the_command_takes_the_address_of_a_site(app: Flask) -> None:
    with website() as site:
        site.pages = {"/": html("Start", "/a"), "/a": html("A")}
        code, output = _run(app, "index", f"{site.origin}/=https://docs.example.com/", "--delay", "0")
    assert code == 0, output
    assert "2 pages indexed (2 passages)" in output
    assert factories.page_urls(app) == ["https://docs.example.com/", "https://docs.example.com/a"]
    assert _run(app, "remove", f"{site.origin}/") == (0, "2 pages removed.\n")


def test_a_page_steers_no_terminal(app: Flask, tmp_path: Path) -> None:
    evil = "Oil \x1b]0;owned\x07 \x9b31m \u202epaint"
    docs = factories.write_pages(tmp_path / "docs", {"a.md": f"# {evil}\n\n{evil}\n", "b\x1b[2J.md": "# B\n\nx\n"})
    (docs / "c\x1b[2J.md").write_bytes(b"\xff")
    index = ("index", str(docs), "--base-url", "/x/")
    outputs = [_run(app, *words)[1] for words in ((*index, "--dry-run"), index, ("search", "oil"), ("status",))]
    assert "owned" in outputs[0]
    assert "owned" in outputs[2]
    assert "unreadable: c�[2J.md" in outputs[1]
    assert [letter for letter in "".join(outputs) if not letter.isprintable() and letter != "\n"] == []
