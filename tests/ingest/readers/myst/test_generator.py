"""mystmd's pages: addresses, ids and titles as mystmd 1.8 made them of the same files."""

from pathlib import Path, PurePosixPath

import pytest
import yaml

from chatkit.ingest.document import Document
from chatkit.ingest.readers.myst.generator import Myst, slug


def _site(folder: Path, files: dict[str, str], config: object = None) -> Myst:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "myst.yml").write_text(yaml.safe_dump(config or {}))
    return Myst.from_config(folder / "myst.yml", folder)


def _read(site: Myst, path: str) -> Document:
    file = PurePosixPath(path)
    return site.parse(file, site.expand(file, (site.folder / file).read_text()))[1]


def _addresses(site: Myst, *paths: str) -> list[str]:
    return [site.address(PurePosixPath(path), {}) for path in paths]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("01_first-Page", "first-page"),
        ("2024-05-01_news", "2024-05-01-news"),
        ("A & B (c)", "a-and-b-c"),
        ("file.name__x", "file-name-x"),
        ("12", "2"),
        ("123456", "123456"),
    ],
)
def test_a_name_becomes_a_slug(name: str, made: str) -> None:
    assert slug(name) == made


def test_the_first_page_of_the_table_of_contents_is_the_sites_own(tmp_path: Path) -> None:
    files = {"start.md": "", "guide/01_one.md": "", "guide/index.md": "", "other/one.md": "", "loose.md": ""}
    toc = [
        {"file": "start.md"},
        {"title": "Part", "children": [{"file": "guide/01_one"}, {"file": "guide/index.md"}]},
        {"pattern": "other/*"},
    ]
    site = _site(tmp_path, files, {"project": {"toc": toc}})
    paths = ["start.md", "guide/01_one.md", "guide/index.md", "other/one.md"]
    assert _addresses(site, *paths) == ["", "one", "index-1", "one-1"]
    assert site.skip_reason(PurePosixPath("loose.md"), {}) == "the table of contents does not name it"
    assert sorted(paths, key=lambda path: site.order_key(PurePosixPath(path), {})) == paths
    folders = _site(tmp_path, files, {"project": {"toc": toc}, "site": {"options": {"folders": True}}})
    assert _addresses(folders, *paths) == ["", "guide/one", "guide", "other/one"]


def test_without_a_table_of_contents_every_page_is_one_the_index_first(tmp_path: Path) -> None:
    files = {"b10.md": "", "b9.md": "", "README.md": "", "x/a.md": "", "_build/html/y.md": "", "left.md": ""}
    site = _site(tmp_path, files, {"project": {"exclude": ["left.md"]}, "site": {"domains": ["docs.example.com"]}})
    assert _addresses(site, "README.md", "b9.md", "x/a.md") == ["", "b9", "a"]
    assert site.skip_reason(PurePosixPath("_build/html/y.md"), {}) == "it was built of another"
    assert site.skip_reason(PurePosixPath("left.md"), {}) is not None
    assert site.order_key(PurePosixPath("b9.md"), {}) < site.order_key(PurePosixPath("b10.md"), {})
    assert site.site_url == "https://docs.example.com/"


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("# Title\n\n## What's New in v2.0? `code` & *em*\n", ["", "whats-new-in-v2-0-code-em"]),
        ("## Größe 中文\n\n## 2.0 release\n\n## 2.0 release\n", ["gr-e", "id-2-0-release", "id-2-0-release-1"]),
        ("(Own Label)=\n## Words\n\n(one)=\n\n## Other\n", ["own-label", "one"]),
        ("---\ntitle: Other\n---\n# Heading\n\n## Below\n", ["heading", "below"]),
        ("---\ntitle: Same\n---\n# Same\n\n# Second\n", ["", "second"]),
        ("words\n\n# Late\n\n## To $\\LaTeX$\n", ["", "late", "to-latex"]),
        ("## A\n\n:::{note}\n## Title of a box\n:::\n\n```{toc}\n```\n\n## A\n", ["a", "a-1"]),
    ],
)
def test_a_heading_has_the_id_mystmd_gives_it(tmp_path: Path, text: str, anchors: list[str]) -> None:
    assert [section.anchor for section in _read(_site(tmp_path, {"a.md": text}), "a.md").sections] == anchors


def test_pages_and_labels_of_others_are_named_by_their_titles(tmp_path: Path) -> None:
    files = {
        "fig.md": "# F\n\n```{figure} f.png\n:name: fig-f\n\nThe *figure* F.\n```\n\n{ref}`fig-f`\n",
        "a.md": "# A\n\n[](b.md), [](sub/c.md#part), {ref}`lbl`, {doc}`/sub/c`, [](#here) and [](../x.md)\n\n## Here\n",
        "b.md": "---\ntitle: The B\n---\n# Other\n\n```\n(lbl)=\n# no label\n```\n",
        "sub/c.md": "# C *c*\n\n(lbl)=\n## The `part`\n\n## Part\n",
    }
    site = _site(tmp_path, files)
    block = _read(site, "a.md").sections[0].blocks[0]
    assert [one.body for one in _read(site, "fig.md").sections[0].blocks] == ["The figure F.", "fig-f"]
    assert block.body == "The B, Part, The part, C c, Here and"
    assert [link.url for link in _read(site, "a.md").links] == [
        "b.md",
        "sub/c.md#part",
        "sub/c.md#lbl",
        "sub/c.md",
        "#here",
    ]


def test_a_page_is_another_when_the_title_that_it_shows_of_another_is(tmp_path: Path) -> None:
    before = _site(tmp_path, {"a.md": "[](b.md)", "b.md": "# B\n"}).fingerprint
    assert _site(tmp_path, {"b.md": "# B, too\n"}).fingerprint != before


def test_settings_that_it_extends_are_followed(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("site:\n  options:\n    folders: true\n")
    site = _site(tmp_path, {"a.md": "", "x/b.md": ""}, {"extends": ["site.yml", "https://example.com/x.yml"]})
    assert _addresses(site, "x/b.md") == ["x/b"]


@pytest.mark.parametrize(
    "config",
    [
        "[",
        "project: 3",
        "project: {toc: [{file: 3}, 4, {pattern: 'a\\\\'}, {file: a}], exclude: ['!', '/', 3, 'x\\\\']}",
        "site: []\nextends: 3",
    ],
)
def test_a_configuration_that_means_nothing_is_that_of_no_settings(tmp_path: Path, config: str) -> None:
    (tmp_path / "a.md").write_text("# A\n")
    (tmp_path / "myst.yml").write_text(config)
    assert _read(Myst.from_config(tmp_path / "myst.yml", tmp_path), "a.md").title == "A"
