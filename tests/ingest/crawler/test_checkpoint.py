"""An interrupted crawl goes on where it stopped, and trusts nothing that is damaged or of another crawl."""

import json
import time
from pathlib import Path

import pytest
from flask import Flask

from chatkit.errors import ContentError
from chatkit.ingest import inventory, service
from chatkit.ingest.chunking import Chunk
from chatkit.ingest.crawler import site as crawler
from chatkit.ingest.crawler.checkpoint import Checkpoint
from chatkit.ingest.crawler.site import Site
from chatkit.ingest.outcomes import Parsed, Skipped, Unchanged
from chatkit.search.models import Page
from tests import factories
from tests.ingest.crawler.conftest import crawl, paths
from tests.website import Shown, Website, html

OPTIONS = {"name": "docs", "base_url": "https://x.example/"}
CHUNK = Chunk("0123", "a", "A > B", "Some words.", [{"kind": "prose", "at": 0, "units": [11]}])
OUTCOMES: list[Parsed | Unchanged | Skipped] = [
    Parsed("/a", "https://x.example/a", "A", "de", "4-x", (CHUNK,), '"1"', None, ("/b",), is_alias=True),
    Unchanged("/b", ("/c", "/d")),
    Skipped("/c", "a draft", ("/e",)),
]


def _checkpoint(folder: Path, **options: str) -> Checkpoint:
    return Checkpoint(folder, "https://x.example/", {**OPTIONS, **options})


def _written(folder: Path) -> Path:
    """Write a checkpoint as an interrupted crawl leaves it, and return its file."""
    checkpoint = _checkpoint(folder)
    assert checkpoint.read() == []
    for outcome in OUTCOMES:
        checkpoint.add(outcome)
    checkpoint.close()
    [file] = folder.glob("crawl-*")
    return file


def test_outcomes_come_back_as_they_were_and_more_can_be_added(tmp_path: Path) -> None:
    _written(tmp_path)
    checkpoint = _checkpoint(tmp_path)
    assert checkpoint.read() == OUTCOMES
    checkpoint.add(Unchanged("/f"))
    checkpoint.close()
    assert _checkpoint(tmp_path).read() == [*OUTCOMES, Unchanged("/f")]


def test_a_checkpoint_that_is_discarded_is_gone(tmp_path: Path) -> None:
    _written(tmp_path)
    checkpoint = _checkpoint(tmp_path)
    checkpoint.read()
    checkpoint.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"kind": "Parsed", "links": []}', b"\xff"])
@pytest.mark.parametrize("line", range(4))
def test_what_is_damaged_is_not_used_nor_what_follows_it(tmp_path: Path, damage: bytes, line: int) -> None:
    file = _written(tmp_path)
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*lines[:line], damage, *lines[line + 1 :]]))
    usable = OUTCOMES[: max(line - 1, 0)]
    assert _checkpoint(tmp_path).read() == usable
    # What was not used is not there any more: what is added follows what was.
    assert _checkpoint(tmp_path).read() == usable


def test_a_line_that_was_cut_off_is_not_used(tmp_path: Path) -> None:
    file = _written(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    assert _checkpoint(tmp_path).read() == OUTCOMES[:-1]


@pytest.mark.parametrize("options", [{"name": "other"}, {"base_url": "https://y.example/"}])
def test_a_checkpoint_of_another_crawl_is_not_used(tmp_path: Path, options: dict[str, str]) -> None:
    _written(tmp_path)
    assert _checkpoint(tmp_path, **options).read() == []


@pytest.mark.parametrize(("hours", "used"), [(23, True), (25, False)])
def test_a_checkpoint_is_used_for_a_day(tmp_path: Path, hours: int, used: bool) -> None:
    file = _written(tmp_path)
    header, *lines = file.read_text().splitlines()
    header = json.dumps(json.loads(header) | {"begun": time.time() - hours * 3600})
    file.write_text("\n".join([header, *lines]))
    assert _checkpoint(tmp_path).read() == (OUTCOMES if used else [])


def _interrupted(app: Flask, address: str) -> None:
    """Crawl two pages of a site."""

    def interrupt(done: int, expected: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with app.app_context(), pytest.raises(KeyboardInterrupt):
        service.index(Site(address, Path("instance"), delay_seconds=0), interrupt)


def test_an_interrupted_crawl_goes_on_where_it_stopped(each_app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a", "/b")} | {f"/{name}": html(name, "/c") for name in "abc"}
    _interrupted(each_app, f"{site.origin}/")
    assert factories.count(each_app, Page) == 0
    assert site.paths() == ["/", "/a"]
    assert crawl(each_app, f"{site.origin}/").indexed == 4
    assert site.paths() == ["/b", "/c"]
    assert list(Path("instance").glob("crawl-*")) == []


@pytest.mark.parametrize("how", [{"base_url": "https://docs.example.com/"}, {"name": "docs"}])
def test_a_crawl_that_is_another_begins_anew(app: Flask, site: Website, how: dict[str, str]) -> None:
    site.pages = {"/": html("Start", "/a"), "/a": html("A")}
    _interrupted(app, f"{site.origin}/")
    site.paths()
    assert crawl(app, f"{site.origin}/", **how).indexed == 2
    assert site.paths() == ["/", "/a"]
    base = how.get("base_url", f"{site.origin}/")
    assert {row["url"] for row in factories.rows(app, Page.__table__)} == {base, f"{base}a"}


def test_what_has_left_the_index_since_an_interruption_is_fetched_again(each_app: Flask, site: Website) -> None:
    site.pages = {"/": html("Start", "/a", "/b"), "/a": html("A"), "/b": html("B")}
    crawl(each_app, f"{site.origin}/")
    _interrupted(each_app, f"{site.origin}/")
    with each_app.app_context():
        inventory.remove(f"{site.origin}/")
    report = crawl(each_app, f"{site.origin}/")
    assert (report.indexed, report.unchanged) == (3, 0)
    assert paths(each_app, site) == ["/", "/a", "/b"]


def test_a_site_that_is_down_in_the_middle_is_gone_on_with_later(app: Flask, site: Website) -> None:
    names = [f"/{number}" for number in range(10)]
    site.pages = {"/sitemap.xml": Shown(site.sitemap(*names))} | {name: html(name) for name in names}
    site.pages |= dict.fromkeys(names[2:], Shown(status=0))
    with pytest.raises(ContentError, match="goes on where this one stopped"):
        crawl(app, f"{site.origin}/")
    assert len(site.paths()) == 2 + crawler.MAX_UNREACHABLE
    site.pages |= {name: html(name) for name in names}
    assert crawl(app, f"{site.origin}/").indexed == 10
    assert site.paths() == names[2:]
