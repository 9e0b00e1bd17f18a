"""Pages as Markdown: what they show, where they are found, and which are kept from programs."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit.database.orm import db
from chatkit.machines import documents
from chatkit.search.models import Page
from tests import factories
from tests.factories import MakeApp

LONG = "# Long page\n\n" + "".join(f"## Part {n}\n\n{'Many words stand here. ' * 60}\n\n" for n in range(20))
PAGE = """# Weighing *things*

Put it on the [scale](scale.md) & wait.

## With `tare`

- first
- second

### Twice

1. Weigh.
2. Weigh again.

## Prices

| what | price |
|---|---|
| jam | 3 |

## Code

```python
weigh(1)
```
"""


def test_a_page_is_shown_with_its_headings_and_blocks(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "site", {"weighing.md": PAGE, "scale.md": "# Scale\n\nIt weighs.\n"})
    answer = app.test_client().get("/pages/guide/weighing.md")
    assert answer.content_type == "text/markdown; charset=utf-8"
    assert answer.headers["Link"] == '<http://127.0.0.1:8000/guide/weighing>; rel="canonical"'
    assert answer.get_data(as_text=True) == (
        "# Weighing things\n\nSource: http://127.0.0.1:8000/guide/weighing\n\n"
        "Put it on the [scale](/guide/scale) & wait.\n\n"
        "## With `tare`\n\n- first\n- second\n\n### Twice\n\n1. Weigh.\n2. Weigh again.\n\n"
        "## Prices\n\n| what | price |\n| --- | --- |\n| jam | 3 |\n\n"
        "## Code\n\n```python\nweigh(1)\n```\n"
    )


def test_two_sections_of_one_name_are_two(app: Flask, tmp_path: Path) -> None:
    text = "# Notes\n\n## Example\n\nOne.\n\n## Example\n\nTwo.\n"
    factories.index(app, tmp_path / "site", {"notes.md": text})
    shown = app.test_client().get("/pages/guide/notes.md").get_data(as_text=True)
    assert shown.endswith("## Example\n\nOne.\n\n## Example\n\nTwo.\n")


def test_what_looks_like_markup_in_a_heading_stays_text(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "site", {"page.md": "# Page\n\n## The &lt;img onerror=x&gt; tag\n\nText.\n"})
    assert "\n## The \\<img onerror=x" in app.test_client().get("/pages/guide/page.md").get_data(as_text=True)


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/guide/",
        "/guide/a/index.html",
        "/a-b/c.d",
        "https://docs.example.com/",
        "https://docs.example.com/1.0/start.html",
        "http://127.0.0.1:8100/x/",
        "https://docs.example.com/list?page=2",
        "https://docs.example.com/%C3%BCber/",
    ],
)
def test_a_page_is_found_at_the_path_that_its_address_becomes(app: Flask, tmp_path: Path, url: str) -> None:
    factories.index(app, tmp_path / "site", {"index.md": "# Page\n\nText.\n"})
    with app.app_context():
        db.session.execute(update(Page).values(url=url))
        db.session.commit()
    path = documents.markdown_path(url)
    assert app.test_client().get(path).status_code == 200, path


def test_a_path_names_a_host_before_a_folder(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "one", {"install.md": "# Of the path\n\nText.\n"}, base_url="/", name="one")
    whole = "https://guide/"
    factories.index(app, tmp_path / "two", {"install.md": "# Of the host\n\nText.\n"}, base_url=whole, name="two")
    client = app.test_client()
    assert client.get("/pages/guide/install.md").get_data(as_text=True).startswith("# Of the host")
    assert client.get("/pages/install.md").get_data(as_text=True).startswith("# Of the path")


def test_what_is_not_indexed_is_not_there(guide: Flask) -> None:
    for path in ("/pages/guide/none.md", "/pages/..%2f..%2fetc/passwd.md", "/pages/.md", "/pages/%00.md"):
        answer = guide.test_client().get(path)
        assert (answer.status_code, answer.get_json()["detail"]["error"]) == (404, "not_found")


def test_pages_that_the_owner_excludes_are_kept_from_programs(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(MACHINES_EXCLUDE="/guide/lamps/")
    factories.index(app, tmp_path / "guide")
    client = app.test_client()
    assert client.get("/pages/guide/lamps/oil.md").status_code == 404
    assert client.get("/pages/guide/foghorn.md").status_code == 200
    for path in ("/llms.txt", "/llms-full.txt"):
        text = client.get(path).get_data(as_text=True)
        assert "foghorn" in text
        assert "lamps" not in text


def test_a_long_page_comes_in_pieces_that_make_it_whole(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "site", {"long.md": LONG})
    with app.app_context():
        found = documents.find_by_url("/guide/long")
        assert found is not None
        parts = list(documents.sections(found))
        pieces = documents.pieces(parts)
    assert len(pieces) > 1
    assert "\n\n".join(pieces) == "\n\n".join(parts)
    assert max(map(len, pieces)) <= documents.PIECE_CHARACTERS
