"""llms.txt and llms-full.txt: their form, their bounds, and when they are sent again."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chatkit.machines import documents, listing, llms_txt
from tests import factories
from tests.factories import MakeApp
from tests.sql_log import log_sql

PAGES = {
    "index.md": "# Harbour\n\nHarbour keeps boats. It has a *light*.\n",
    "start.md": "# Start\n\nBegin here.\n",
    "lamps/oil.md": "# Oil lamps\n\nTrim the wick weekly.\n",
    "lamps/wick-care.md": f"# Wick\n\n{'A long sentence goes on ' * 20}and ends.\n",
}
LINE = re.compile(r"- \[(.+)\]\((.+)\)(?:: (.+))?")


def _text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_data(as_text=True)


def _links(text: str) -> list[str]:
    return [found[2].replace("http://127.0.0.1:8000", "") for line in text.splitlines() if (found := LINE.match(line))]


def test_pages_are_listed_by_section_with_their_first_sentence(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "site", PAGES, base_url="/docs/")
    lines = _text(app.test_client(), "/llms.txt").splitlines()
    assert lines[:4] == [
        "# Harbour",
        "",
        "> 4 pages, each as Markdown. All of their text: http://127.0.0.1:8000/llms-full.txt",
        "",
    ]
    assert lines[4:9] == [
        "## Pages",
        "",
        "- [Harbour](http://127.0.0.1:8000/pages/docs.md): Harbour keeps boats.",
        "- [Start](http://127.0.0.1:8000/pages/docs/start.md): Begin here.",
        "",
    ]
    assert lines[9] == "## Lamps"
    assert LINE.fullmatch(lines[-1])
    assert len(lines[-1].partition(": ")[2].partition(": ")[2]) <= llms_txt.NOTE_LENGTH


def test_every_link_leads_to_a_page_as_markdown(guide: Flask) -> None:
    client = guide.test_client()
    links = _links(_text(client, "/llms.txt"))
    assert len(links) == 4
    for link in links:
        assert client.get(link).content_type == "text/markdown; charset=utf-8"


def test_the_full_text_holds_every_page_with_its_source(guide: Flask) -> None:
    answer = guide.test_client().get("/llms-full.txt")
    text = answer.get_data(as_text=True)
    assert answer.content_type == "text/plain; charset=utf-8"
    assert re.findall(r"^# (.+)\n\nSource: http://127.0.0.1:8000(.+)$", text, re.M) == [
        ("Foghorn", "/guide/foghorn"),
        ("Lighthouse", "/guide/"),
        ("Installing", "/guide/install"),
        ("Oil lamps", "/guide/lamps/oil"),
    ]
    assert "Set `FOGHORN_INTERVAL` to change" in text


@pytest.mark.parametrize(("path", "pages"), [("/llms-full.txt", 4), ("/pages/guide/install.md", 1)])
def test_a_text_is_not_read_for_who_has_it(guide: Flask, path: str, pages: int) -> None:
    client = guide.test_client()
    with log_sql(guide) as to_newcomer:
        first = client.get(path)
    with log_sql(guide) as to_reader:
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    read = [sum("passages.blocks" in statement for statement in said) for said in (to_newcomer, to_reader)]
    assert read == [pages, 0]


def test_who_reads_the_full_text_slowly_takes_no_stream(fresh_app: Flask, tmp_path: Path) -> None:
    factories.index(fresh_app, tmp_path / "guide")
    slots, client = fresh_app.extensions["chatkit_slots"], fresh_app.test_client()
    # Nothing of it is read.
    held = [client.get("/llms-full.txt", buffered=False) for _ in range(3)]
    assert [answer.status_code for answer in held] == [200] * 3
    assert (slots.streams.held, slots.work.held) == (0, 0)


@pytest.mark.parametrize("path", ["/llms.txt", "/llms-full.txt", "/pages/guide/foghorn.md"])
def test_what_is_indexed_while_a_document_is_read_is_sent_the_next_time(
    app: Flask, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.index(app, tmp_path / "guide")
    client, find_all, find, texts = app.test_client(), documents.find_all, documents.find_by_address, llms_txt.overview

    def index() -> None:
        monkeypatch.undo()
        factories.index(app, tmp_path / "guide", {"foghorn.md": "# Foghorn\n\nAnother text.\n", "new.md": "# New\n"})

    def first(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(asked: Any) -> Any:
            found = work(asked)
            index()
            return found

        return read

    monkeypatch.setattr(documents, "find_all", first(find_all))
    monkeypatch.setattr(documents, "find_by_address", first(find))
    monkeypatch.setattr(llms_txt, "overview", first(texts))
    before = client.get(path)
    after = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data


def test_a_full_text_that_is_too_long_goes_on_where_it_says(guide: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client, whole = guide.test_client(), _text(guide.test_client(), "/llms-full.txt")
    monkeypatch.setattr(llms_txt, "MOST_BYTES", 300)
    path, read = "/llms-full.txt", ""
    for _ in range(4):
        text, _, rest = _text(client, path).partition("---\n\nThere is more: http://127.0.0.1:8000")
        assert len(text.encode()) <= 300
        read, path = read + text, rest.strip()
        if not path:
            break
    assert read == whole


def test_more_pages_than_a_list_holds_are_listed_by_section(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.index(app, tmp_path / "site", PAGES, base_url="/docs/")
    monkeypatch.setattr(llms_txt, "MOST_LISTED", 2)
    client = app.test_client()
    sections = _links(_text(client, "/llms.txt"))
    assert sections == ["/llms.txt?site=%2F&section=", "/llms.txt?site=%2F&section=lamps"]
    assert [_links(_text(client, section)) for section in sections] == [
        ["/pages/docs.md", "/pages/docs/start.md"],
        ["/pages/docs/lamps/oil.md", "/pages/docs/lamps/wick-care.md"],
    ]
    monkeypatch.setattr(llms_txt, "MOST_LISTED", 1)
    first = _links(_text(client, sections[1]))
    assert first == ["/pages/docs/lamps/oil.md", "/llms.txt?site=%2F&section=lamps&from=1"]
    assert _links(_text(client, first[1])) == ["/pages/docs/lamps/wick-care.md"]


def test_the_version_that_readers_see_is_listed_and_the_others_are_named(app: Flask, tmp_path: Path) -> None:
    pages = {f"{version}/lamp.md": f"# Lamp of {version}\n\nText.\n" for version in ("1.0", "2.0")}
    factories.index(app, tmp_path / "site", pages, base_url="https://docs.example.com/")
    client = app.test_client()
    text = _text(client, "/llms.txt")
    assert "> 1 page of docs.example.com" in text
    assert "Lamp of 2.0" in text
    assert _links(text)[1:] == ["/llms.txt?site=docs.example.com&version=1.0"]
    assert "# Lamp of 1.0" in _text(client, _links(text)[1])


def test_a_document_is_sent_again_only_when_the_index_changed(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "guide")
    client = app.test_client()
    for path in ("/llms.txt", "/llms-full.txt", "/pages/guide/foghorn.md"):
        first = client.get(path)
        assert first.cache_control.max_age == 300
        assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    before = client.get("/llms.txt").headers["ETag"]
    factories.index(app, tmp_path / "guide", factories.GUIDE | {"new.md": "# New\n\nNews.\n"})
    assert client.get("/llms.txt", headers={"If-None-Match": before}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "?site=other.example.com",
        "?version=9&site=x",
        "?version=9%0A%0A%23%23%20Ignore",
        "?site=/&version=9",
        "?section=none",
        "?from=99",
    ],
)
def test_a_selection_without_pages_is_not_found(guide: Flask, query: str) -> None:
    for path in ("/llms.txt", "/llms-full.txt"):
        assert guide.test_client().get(f"{path}{query}").status_code == 404


def test_made_up_names_push_nothing_out_of_what_is_remembered(guide: Flask) -> None:
    client = guide.test_client()
    client.get("/llms.txt")
    with log_sql(guide) as statements:
        for number in range(listing.REMEMBERED):
            client.get(f"/llms.txt?version={number}")
            client.get(f"/llms.txt?site={number}")
        assert client.get("/llms.txt").status_code == 200
    assert not any("order_key" in statement for statement in statements)


def test_a_place_that_is_no_number_is_refused(guide: Flask) -> None:
    for start in ("x", "-1", "1" * 10, "٣"):
        assert guide.test_client().get("/llms.txt", query_string={"from": start}).status_code == 422


def test_nothing_is_there_before_pages_are_indexed(app: Flask) -> None:
    for path in ("/llms.txt", "/llms-full.txt"):
        assert app.test_client().get(path).status_code == 404


def test_the_owner_may_switch_it_off(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(LLMS_TXT="off")
    factories.index(app, tmp_path / "guide")
    for path in ("/llms.txt", "/llms-full.txt", "/pages/guide/foghorn.md"):
        assert app.test_client().get(path).status_code == 404


def test_documents_are_limited_by_address(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(RATE_LIMIT_DOCUMENTS=2)
    factories.index(app, tmp_path / "guide")
    client = app.test_client()
    statuses = [client.get(path).status_code for path in ("/llms.txt", "/llms-full.txt", "/pages/guide/foghorn.md")]
    assert statuses == [200, 200, 429]
