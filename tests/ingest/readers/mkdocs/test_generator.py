"""MkDocs's pages: addresses and anchors as the real MkDocs builds them from the same files."""

import time
from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.document import Section
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.generator import Generator
from chatkit.ingest.readers.mkdocs.directives import is_bounded
from chatkit.ingest.readers.mkdocs.generator import MkDocs
from tests.eval import mkdocs_site

PAGES = {
    "index.md": "# Home\n\ntext\n",
    "plain.md": (
        "# Über_uns & “C++”\n\n## Same\n\n## Same\n\n## Same_1\n\n## `code` *and* [link](index.md) <b>bold</b>\n\n"
        "### Don't &lt;tag&gt; 50%\n\n#No space\n\nSetext\n------\n\ntext\n# Right after\n\n## Closed ##\n\n### 中文\n"
    ),
    "boxes.md": (
        '# Boxes\n\n!!! note "Mind"\n\n    ## Inside a box\n\n    ```sh\n    # no heading\n    ```\n\n'
        '=== "Tab"\n\n    ## Inside a tab\n\n- item\n\n    ```sh\n    # no heading either\n    ```\n'
    ),
    "custom.md": "# Custom {#own}\n\n## Also {: #mine .x }\n\n## Own\n",
    "raw.md": "# Raw\n\n<h2 id='html'>Raw heading</h2>\n\n<div markdown='1'>\n\n## In a div\n\n</div>\n",
    "meta.md": "title: From MultiMarkdown\nauthors: A\n    B\n\n# Heading\n\ntext\n",
    "yaml.md": "---\ntitle: From YAML\n---\n# Heading\n\ntext\n",
    "guide/README.md": "# Guide\n",
    "both/README.md": "# Shown nowhere\n",
    "both/index.md": "# Both\n",
    "a b/ü.md": "# Spaced\n",
}
SETTINGS = """
site_name: Site
plugins: []
extra: {key: !ENV [NOT_SET, x], other: !!python/name:os.getcwd }
markdown_extensions:
  - attr_list
  - md_in_html
  - admonition
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
  - pymdownx.snippets
  - toc:
      permalink: true
"""
INDENT = "\n      "


def _bodies(section: Section) -> tuple[str, ...]:
    return tuple(block.body for block in section.blocks)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Return a folder of pages."""
    for name, text in PAGES.items():
        (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / name).write_text(text, encoding="utf-8")
    return tmp_path / "docs"


def _anchors(site: Generator) -> dict[str, list[str]]:
    found = {}
    for file in site.folder.rglob("*.md"):
        path = PurePosixPath(file.relative_to(site.folder))
        matter, document = site.parse(path, file.read_text(encoding="utf-8"))
        if not site.skip_reason(path, matter):
            anchors = [section.anchor for section in document.sections if section.headings]
            found[mkdocs_site.file_at(site.address(path, matter))] = anchors
    return found


@pytest.mark.parametrize(
    "chosen",
    [
        "",
        f"{INDENT}separator: _{INDENT}slugify: !!python/name:markdown.extensions.toc.slugify_unicode ''"
        "\nuse_directory_urls: false",
        f"{INDENT}slugify: !!python/object/apply:pymdownx.slugs.slugify {{kwds: {{case: lower}}}}",
    ],
)
def test_every_page_and_heading_is_where_mkdocs_renders_it(docs: Path, chosen: str) -> None:
    (docs.parent / "mkdocs.yml").write_text(SETTINGS.rstrip() + chosen + "\n", encoding="utf-8")
    rendered = mkdocs_site.headings(docs.parent)
    found = _anchors(registry.choose("auto", docs).generator)
    assert found == {page: rendered.get(page) for page in found}
    assert set(rendered) - set(found) <= {"404.html"}


def test_without_a_configuration_headings_are_where_mkdocs_renders_them_by_default(docs: Path) -> None:
    for name in ("custom.md", "boxes.md", "raw.md"):
        (docs / name).unlink()
    rendered = mkdocs_site.headings(docs)
    found = _anchors(registry.choose("mkdocs", docs).generator)
    assert found == {page: rendered.get(page) for page in found}


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "exclude_docs: |\n  *.tmp.md\n  /guide/\n  !guide/kept.md\n",
        "draft_docs: |\n  # Not yet.\n  later/\n  *_draft.md\n",
        "exclude_docs: |\n  !/templates/\n  both/index.md\n",
    ],
)
def test_only_pages_that_mkdocs_publishes_are_read(docs: Path, settings: str) -> None:
    for name in ("templates/a.md", "guide/templates/b.md", "guide/kept.md", "c.tmp.md", "later/d.md", "e_draft.md"):
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text("# Page\n")
    (docs.parent / "mkdocs.yml").write_text(f"site_name: x\nplugins: []\n{settings}")
    assert set(_anchors(registry.choose("auto", docs).generator)) == set(mkdocs_site.pages(docs.parent)) - {"404.html"}


@pytest.mark.parametrize("directory_urls", ["true", "false"])
def test_a_folder_inside_the_pages_is_published_below_its_path(docs: Path, directory_urls: str) -> None:
    config = (
        "site_name: x\nplugins: []\nsite_url: https://docs.example.com\nexclude_docs: /a b/left.md\n"
        f"use_directory_urls: {directory_urls}\n"
    )
    (docs.parent / "mkdocs.yml").write_text(config)
    (docs / "a b" / "left.md").write_text("# Left out\n")
    (docs / "a b" / "index.md").write_text("# First\n")
    site = registry.choose("auto", docs / "a b").generator
    assert site.site_url == "https://docs.example.com/a%20b"
    built = {page.removeprefix("a b/") for page in mkdocs_site.pages(docs.parent) if page.startswith("a b/")}
    assert set(_anchors(site)) == built


@pytest.mark.parametrize("patterns", ["[a, b]", "3", "'!'", "'///'", "'['"])
def test_patterns_that_make_no_sense_leave_no_page_out(docs: Path, patterns: str) -> None:
    (docs.parent / "mkdocs.yml").write_text(f"exclude_docs: {patterns}\ndraft_docs: {patterns}\n")
    assert registry.choose("auto", docs).generator.skip_reason(PurePosixPath("plain.md"), {}) is None


def test_pages_are_titled_as_mkdocs_titles_them(docs: Path) -> None:
    site = MkDocs(docs)
    titles = {name: site.parse(PurePosixPath("fallback.md"), text)[1].title for name, text in PAGES.items()}
    assert (titles["meta.md"], titles["yaml.md"], titles["index.md"]) == ("From MultiMarkdown", "From YAML", "Home")


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("", ""),
        ("toml", "toml"),
        ('py hl_lines="1 2" linenums="1"', "py"),
        ("{ .py .annotate }", "py"),
        ("js {1,3}", "js"),
    ],
)
def test_whatever_stands_beside_its_language_code_is_code(docs: Path, info: str, language: str) -> None:
    _, page = MkDocs(docs).parse(PurePosixPath("x.md"), f"# Code\n\nRun:\n\n```{info}\na = 1 < 2\n```\n\nDone.\n")
    assert _bodies(page.sections[0]) == ("Run:", f"```{language}\na = 1 < 2\n```", "Done.")


@pytest.mark.parametrize("info", ['toml title="a.toml" hl_lines="1"', '{ .toml title="a.toml" }'])
def test_the_title_of_code_stands_above_it_as_on_the_page(docs: Path, info: str) -> None:
    _, page = MkDocs(docs).parse(PurePosixPath("x.md"), f"# Code\n\n```{info}\na = 1\n```\n")
    assert _bodies(page.sections[0]) == ("a.toml:", "```toml\na = 1\n```")


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("a.md", "## Below\n", "By the menu"),
        ("a.md", "---\ntitle: Own\n---\ntext\n", "By the menu"),
        ("a.md", "# Own heading\n\ntext\n", "Own heading"),
        ("b.md", "---\ntitle: Own\n---\n## Below\n", "Own"),
        ("some-page_x.md", "text\n\n# Later\n", "Some page x"),
        ("index.md", "text\n", "Home"),
        ("a.fr.md", "text\n", "Au menu"),
    ],
)
def test_a_page_without_a_heading_in_the_first_place_is_titled_by_the_navigation(
    docs: Path, path: str, text: str, title: str
) -> None:
    (docs.parent / "mkdocs.yml").write_text(
        "nav:\n  - Part:\n      - By the menu: a.md\n  - b.md\nplugins:\n  - i18n:\n      languages:\n"
        "        - {locale: en, default: true}\n        - {locale: fr, nav_translations: {By the menu: Au menu}}\n"
    )
    site = registry.choose("auto", docs).generator
    assert site.parse(PurePosixPath(path), text)[1].title == title


@pytest.mark.parametrize(
    ("structure", "path", "address", "language"),
    [
        ("suffix", "a/b.md", "a/b/", "en"),
        ("suffix", "a/b.fr.md", "fr/a/b/", "fr"),
        ("suffix", "a/index.fr.md", "fr/a/", "fr"),
        ("suffix", "a/b.v2.md", "a/b.v2/", "en"),
        ("folder", "en/a/b.md", "a/b/", "en"),
        ("folder", "fr/index.md", "fr/", "fr"),
        ("folder", "a/b.md", "a/b/", "en"),
    ],
)
def test_languages_are_told_by_suffixes_or_folders(
    docs: Path, structure: str, path: str, address: str, language: str
) -> None:
    (docs.parent / "mkdocs.yml").write_text(
        f"theme: {{name: material, language: de}}\nplugins:\n  - i18n:\n      docs_structure: {structure}\n"
        "      languages: [{locale: en, default: true}, {locale: fr}, {locale: it, build: false}]\n"
    )
    site = registry.choose("auto", docs).generator
    place = PurePosixPath(path)
    assert (site.address(place, {}), site.language(place)) == (address, language)
    left_out = "it/a.md" if structure == "folder" else "a.it.md"
    assert site.skip_reason(PurePosixPath(left_out), {}) == "the language it is not published"


def test_the_language_of_the_theme_is_that_of_the_pages(docs: Path) -> None:
    (docs.parent / "mkdocs.yml").write_text("theme: {name: material, language: pt-BR}\n")
    assert registry.choose("auto", docs).generator.language(PurePosixPath("a.md")) == "pt-BR"


@pytest.mark.parametrize(
    ("options", "path", "front_matter", "address"),
    [
        ("", "blog/posts/a.md", "date: 2026-03-05", "blog/2026/03/05/the-first-loaf/"),
        ("", "blog/posts/a.md", "date: {created: 2026-03-05}\nslug: own", "blog/2026/03/05/own/"),
        ("blog_dir: .", "posts/a.md", "date: 2026-03-05\ntitle: Été, 2 x", "2026/03/05/été-2-x/"),
        ("post_url_format: '{categories}/{file}'", "blog/posts/b/a.md", "categories: [Big News]", "blog/big-news/a/"),
        ("post_url_date_format: yyyy-M", "blog/posts/a.md", "date: 2026-03-05", "blog/2026-3/the-first-loaf/"),
        ("", "blog/index.md", "", "blog/"),
    ],
)
def test_the_posts_of_a_blog_are_published_by_their_dates(
    docs: Path, options: str, path: str, front_matter: str, address: str
) -> None:
    (docs.parent / "mkdocs.yml").write_text(f"plugins:\n  - blog: {{{options}}}\n")
    site = registry.choose("auto", docs).generator
    metadata, _ = site.split(f"---\n{front_matter}\n---\n# The *first* `loaf` {{ #x }}\n")
    assert site.address(PurePosixPath(path), metadata) == address
    draft = site.split(f"---\n{front_matter}\ndraft: true\n---\ntext\n")[0]
    assert site.skip_reason(PurePosixPath(path), draft) == ("a draft" if "posts" in path else None)


def test_code_within_a_line_may_name_its_language(docs: Path) -> None:
    (docs.parent / "mkdocs.yml").write_text("markdown_extensions: [pymdownx.inlinehilite]\n")
    site = registry.choose("auto", docs).generator
    [section] = site.parse(PurePosixPath("x.md"), "Set `#!css color: red` and `plain`.\n")[1].sections
    assert _bodies(section) == ("Set `color: red` and `plain`.",)


def test_names_of_pictures_are_left_out_where_they_are_pictures(docs: Path) -> None:
    (docs.parent / "mkdocs.yml").write_text("markdown_extensions: [pymdownx.emoji]\n")
    site = registry.choose("auto", docs).generator
    text = "At 10:30:45 press :arrow_left: or :smile:{ .big } `:code:` a:b:c.\n"
    assert _bodies(site.parse(PurePosixPath("x.md"), text)[1].sections[0]) == ("At 10:30:45 press or `:code:` a:b:c.",)


@pytest.mark.parametrize(
    "settings",
    [
        "plugins: [{mike: {canonical_version: latest}}]",
        "extra: {version: {provider: mike, default: [latest, stable]}}",
    ],
)
def test_a_site_of_several_versions_is_published_in_the_one_that_readers_begin_with(docs: Path, settings: str) -> None:
    (docs.parent / "mkdocs.yml").write_text(f"site_url: https://docs.example.com/x/\n{settings}\n")
    assert registry.choose("auto", docs).generator.site_url == "https://docs.example.com/x/latest"


def test_boxes_and_tabs_are_prose_and_their_code_is_code(docs: Path) -> None:
    text = (
        "!!! note\n\n    Words.\n\n    ```py\n    a\n    ```\n\n"
        '=== "One"\n\n    First.\n\n??? tip "Title"\n    Folded.\n'
    )
    [section] = MkDocs(docs).parse(PurePosixPath("x.md"), text)[1].sections
    assert _bodies(section) == ("Words.", "```py\na\n```", "One:", "First.", "Title", "Folded.")


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("::: pkg.Class.method\n    options:\n        show_root_heading: false\nAfter.", ("Before.", "After.")),
        ("Text with ::: in it.", ("Before.", "Text with ::: in it.")),
        ('--8<-- "CONTRIBUTING.md"\n\nAfter.', ("Before.", "After.")),
        ("--8<--\na.md\nb.md\n--8<--\n\nAfter.", ("Before.", "After.")),
        ('Run:\n\n```py\n--8<-- "example.py"\n```\n\nAfter.', ("Before.", "Run:", "After.")),
        ("{!../a.py!}\n{!> ../b.md!lines=1-3}\n\nAfter.", ("Before.", "After.")),
        ("{!! $blade !!}", ("Before.", "{!! $blade !!}")),
        ("On [:material-github:](https://x) :octicons-tag-16:{ .lg } GitHub.", ("Before.", "On GitHub.")),
        ("Press ++ctrl+c++.", ("Before.", "Press Ctrl+C.")),
        (
            "`:material-github:`\n\n```\n::: pkg.Class\n```",
            ("Before.", "`:material-github:`", "```\n::: pkg.Class\n```"),
        ),
    ],
)
def test_what_plugins_put_into_a_page_is_left_out_where_it_is_no_code(
    docs: Path, text: str, blocks: tuple[str, ...]
) -> None:
    [section] = MkDocs(docs).parse(PurePosixPath("x.md"), f"# A\n\nBefore.\n\n{text}\n")[1].sections
    assert _bodies(section) == blocks


def test_of_a_heading_made_from_code_the_name_is_left(docs: Path) -> None:
    text = "# A\n\n### ::: pkg.Class\n    options:\n      members:\n      - a\n\nAfter.\n"
    section = MkDocs(docs).parse(PurePosixPath("x.md"), text)[1].sections[-1]
    assert (section.anchor, section.headings, _bodies(section)) == ("pkgclass", ("A", "pkg.Class"), ("After.",))


@pytest.mark.parametrize(
    "text",
    [" ".join("`" * length for length in range(1, 1_501)), "<span>" * 20_000],
    ids=["runs of backticks", "tags within a line"],
)
def test_a_paragraph_of_endless_marks_is_read_at_once(docs: Path, text: str) -> None:
    began = time.process_time()
    MkDocs(docs).parse(PurePosixPath("x.md"), f"# A\n\n{text}\n")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text", ["- [", "a: 1\n\tb", "[]", "markdown_extensions: 7", "markdown_extensions: {toc: {slugify: 3}}"]
)
def test_a_configuration_that_makes_no_sense_counts_as_none(docs: Path, text: str) -> None:
    (docs.parent / "mkdocs.yml").write_text(text)
    site = registry.choose("auto", docs).generator
    assert site.name == "mkdocs"
    assert site.parse(PurePosixPath("x.md"), "# A\n")[1].title == "A"


def test_a_configuration_makes_no_object_and_loads_no_extension_but_those_known(docs: Path, tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('loaded')")
    (docs.parent / "mkdocs.yml").write_text(
        f"markdown_extensions: [evil, pymdownx.snippets]\nextra: !!python/object/apply:os.mkdir ['{tmp_path}/made']\n"
    )
    registry.choose("auto", docs)
    assert not (tmp_path / "made").exists()


def test_the_configuration_says_where_the_pages_are_and_the_site_is(docs: Path) -> None:
    config = "docs_dir: pages\nsite_url: https://docs.example.com/x/\n"
    (docs.parent / "mkdocs.yml").write_text(config)
    site = registry.choose("auto", docs.parent).generator
    assert (site.folder, site.site_url) == (docs.parent / "pages", "https://docs.example.com/x/")
    assert registry.choose("auto", docs).generator.folder == docs


def test_a_changed_configuration_changes_the_fingerprint(docs: Path) -> None:
    config = docs.parent / "mkdocs.yml"
    config.write_text("use_directory_urls: true\n")
    before = registry.choose("auto", docs).generator.fingerprint
    config.write_text("use_directory_urls: false\n")
    assert registry.choose("auto", docs).generator.fingerprint != before


def test_files_are_included_and_appended_as_the_configuration_says(docs: Path) -> None:
    (docs.parent / ".git").mkdir()
    (docs.parent / "parts").mkdir()
    (docs.parent / "parts" / "links.md").write_text("[home]: index.md\n")
    (docs.parent / "parts" / "a.md").write_text("Included.\n")
    (docs.parent / "mkdocs.yml").write_text(
        "markdown_extensions:\n  - pymdownx.snippets: {base_path: parts, auto_append: [links.md, none.md]}\n"
    )
    site = registry.choose("auto", docs).generator
    path = PurePosixPath("x.md")
    _, page = site.parse(path, site.expand(path, '# A\n\n--8<-- "a.md"\n\nGo [home].\n'))
    assert _bodies(page.sections[0]) == ("Included.", "Go home.")


@pytest.mark.parametrize(
    ("page", "is_at_once"),
    [
        ("<a " * 10_000, False),
        ("# a\n" * 10_000, False),
        ("---\n" * 10_000, False),
        ("Words.\n\n" * 50_000, False),
        ("# a\n\nWords and <b>more</b>, long enough for a page of its own.\n\n" * 900, True),
    ],
)
def test_pages_that_may_take_long_are_told_from_others(page: str, is_at_once: bool) -> None:
    assert is_bounded(page) is is_at_once


def test_a_page_that_may_take_long_is_read_alike_in_a_process_of_its_own(docs: Path) -> None:
    text = "# A\n\n" + "".join(f"## Part {number}\n\nWords.\n\n" for number in range(1_100))
    assert not is_bounded(text)
    sections = MkDocs(docs).parse(PurePosixPath("x.md"), text)[1].sections
    assert (len(sections), sections[-1].anchor, _bodies(sections[-1])) == (1_101, "part-1099", ("Words.",))
