"""Nextra's pages: addresses, anchors and words as Nextra 2 to 4 built them from the same files."""

import contextlib
from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.document import Document
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.nextra.generator import Nextra
from chatkit.ingest.readers.nextra.meta import filename_title
from tests.growth import takes_time_by_size

NEWEST = "import nextra from 'nextra'\nconst withNextra = nextra({%s})\nexport default withNextra({%s})\n"
OLDER = (
    "const withNextra = require('nextra')({theme: 'nextra-theme-docs', themeConfig: './theme.config.tsx'})\n"
    "module.exports = withNextra({i18n: {locales: ['en', 'pt-BR'], defaultLocale: 'en'}})\n"
)
SITE = Nextra(Path("site"), (Path("site/content"),))
PAGE = PurePosixPath("content/guide/page.mdx")


def _configured(folder: Path, config: str, *pages: str) -> Nextra:
    folder.mkdir(exist_ok=True)
    (folder / "next.config.mjs").write_text(config)
    for page in pages:
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text("# A page\n")
    chosen = registry.choose("auto", folder).generator
    assert isinstance(chosen, Nextra)
    return chosen


def _parse(text: str, path: PurePosixPath = PAGE) -> Document:
    return SITE.parse(path, text)[1]


def _blocks(text: str) -> list[str]:
    return [block.body for section in _parse(text).sections for block in section.blocks]


def _anchors(text: str, path: PurePosixPath = PAGE) -> list[str]:
    return [section.anchor for section in _parse(text, path).sections if section.headings]


@pytest.mark.parametrize(
    ("options", "settings", "path", "address"),
    [
        ("", "", "content/index.mdx", ""),
        ("", "", "content/guide/index.md", "guide"),
        ("", "", "src/content/guide/a b.mdx", "guide/a b"),
        ("", "trailingSlash: true", "content/guide/a.mdx", "guide/a/"),
        ("contentDirBasePath: '/docs'", "", "content/index.mdx", "docs"),
        ("contentDirBasePath: '/docs'", "", "content/guide/a.mdx", "docs/guide/a"),
        ("contentDirBasePath: '/docs'", "i18n: {locales: ['en', 'de']}", "content/de/a.mdx", "de/docs/a"),
        ("", "", "app/page.mdx", ""),
        ("", "", "app/docs/(group)/guide/page.mdx", "docs/guide"),
        ("", "", "src/app/docs/page.md", "docs"),
        ("", "", "pages/docs/guide.mdx", "docs/guide"),
        ("", "", "pages/docs/index.mdx", "docs"),
    ],
)
def test_a_file_has_the_route_next_js_gives_it(
    tmp_path: Path, options: str, settings: str, path: str, address: str
) -> None:
    site = _configured(tmp_path, NEWEST % (options, settings), path)
    assert site.skip_reason(PurePosixPath(path), {}) is None
    assert site.address(PurePosixPath(path), {}) == address


@pytest.mark.parametrize(
    ("path", "address", "language"),
    [
        ("pages/index.en.mdx", "", "en"),
        ("pages/index.pt-BR.mdx", "pt-BR", "pt-BR"),
        ("pages/docs/a.pt-BR.mdx", "pt-BR/docs/a", "pt-BR"),
        ("pages/docs/a.en.md", "docs/a", "en"),
        ("pages/docs/v1.2.mdx", "docs/v1.2", "en"),
        ("pages/pt-BR/docs/a.mdx", "pt-BR/docs/a", "pt-BR"),
        ("pages/en/index.mdx", "en", "en"),
    ],
)
def test_a_locale_is_the_end_of_a_name_or_a_folder(tmp_path: Path, path: str, address: str, language: str) -> None:
    site = _configured(tmp_path, OLDER, path)
    assert (site.address(PurePosixPath(path), {}), site.language(PurePosixPath(path))) == (address, language)


def test_content_is_shown_where_the_catch_all_route_stands(tmp_path: Path) -> None:
    site = _configured(tmp_path, NEWEST % ("", ""), "app/[lang]/docs/[[...mdxPath]]/page.jsx", "content/a.mdx")
    assert site.address(PurePosixPath("content/a.mdx"), {}) == "docs/a"


@pytest.mark.parametrize(
    "path",
    [
        *("app/docs/part.mdx", "app/_parts/page.mdx", "app/[name]/page.mdx", "pages/_app.mdx", "pages/404.mdx"),
        *("pages/posts/[slug].mdx", "content/_parts/a.mdx", "pages/built.html"),
    ],
)
def test_what_next_js_makes_no_page_of_is_left_out(path: str) -> None:
    assert SITE.skip_reason(PurePosixPath(path), {}) is not None


def test_next_js_without_nextra_is_none_of_its_sites(tmp_path: Path) -> None:
    (tmp_path / "next.config.js").write_text("module.exports = {}\n")
    (tmp_path / "a.md").write_text("# A\n")
    assert registry.choose("auto", tmp_path).generator.name != "nextra"


def test_pages_lie_in_the_folders_of_a_site_or_in_the_one_that_is_named(tmp_path: Path) -> None:
    site = _configured(tmp_path, NEWEST % ("", "basePath: '/docs'"), "content/guide/a.mdx", "app/page.mdx")
    assert {root.relative_to(tmp_path).as_posix() for root in site.roots} == {"app", "content"}
    part = registry.choose("auto", tmp_path / "content/guide").generator
    assert [root.resolve() for root in part.roots] == [tmp_path / "content/guide"]
    assert part.address(PurePosixPath("content/guide/a.mdx"), {}) == "guide/a"
    assert site.site_url is None
    (tmp_path / "next-sitemap.config.js").write_text("module.exports = {siteUrl: 'https://x.example'}\n")
    assert registry.choose("auto", tmp_path).generator.site_url == "https://x.example/docs/"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## What's New in v2.0?", "whats-new-in-v20"),
        ("## `code_span()` and *emph* -- **strong**", "code_span-and-emph----strong"),
        ("## [Link text](https://example.com) here", "link-text-here"),
        ("## Custom one [#My-own_id]", "my-own_id"),
        ("## <b>Bold</b> tag", "bold-tag"),
        ("## Version {1 + 1} x", "version-1--1-x"),
        ("## ![alt text](a.png) pic", "-pic"),
        ("## 蜂の春", "蜂の春"),
        (r"## \<Callout> &amp; more", "callout--more"),
    ],
)
def test_a_heading_has_the_anchor_nextra_gives_it(heading: str, anchor: str) -> None:
    assert _anchors(f"{heading}\n\ntext\n") == [anchor]


def test_repeats_are_counted_with_ids_of_their_own_and_first_headings_are_not() -> None:
    assert _anchors("# Dup\n\n## Dup\n\n## Other [#dup]\n\n## Dup-1\n") == ["", "dup", "dup-1", "dup-1-1"]


def test_tabs_and_summaries_take_anchors_since_the_fourth_version(tmp_path: Path) -> None:
    page = (
        "<Tabs items={['npm', \"yarn\"]}>\n  <Tabs.Tab>One</Tabs.Tab>\n  <Tabs.Tab>\n  Two\n  </Tabs.Tab>\n</Tabs>\n\n"
        "<details>\n<summary>More</summary>\n\nWords.\n\n</details>\n\n## npm\n\n## yarn\n\n## More\n"
    )
    assert _anchors(page) == ["npm-1", "yarn-1", "more-1"]
    assert _anchors(page, PAGE.with_suffix(".md")) == ["npm", "yarn", "more"]
    older = _configured(tmp_path, OLDER).parse(PAGE, page)[1]
    assert [section.anchor for section in older.sections if section.headings] == ["npm", "yarn", "more"]


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("content/a.mdx", "---\ntitle: Stated\n---\n# First\n", "Stated"),
        ("content/a.mdx", '## Second\n\n# First "one" `code`\n', 'First "one" code'),
        ("content/named.mdx", "## Second\n", "Named in _meta"),
        ("content/how-to_begin-with-the-api.mdx", "Words.\n", "How to Begin with the API"),
        ("content/first-steps/index.mdx", "Words.\n", "First Steps"),
        ("app/docs/first-steps/page.mdx", "Words.\n", "First Steps"),
    ],
)
def test_a_page_has_the_title_nextra_gives_it(tmp_path: Path, path: str, text: str, title: str) -> None:
    site = _configured(tmp_path, NEWEST % ("", ""), path)
    (tmp_path / "content").mkdir(exist_ok=True)
    (tmp_path / "content/_meta.ts").write_text("export default {named: {title: 'Named in _meta'}}\n")
    assert site.parse(PurePosixPath(path), text)[1].title == title


def test_a_title_made_of_a_name_ends_with_a_capital() -> None:
    assert filename_title("what-is-it-for") == "What Is It For"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import { Callout } from 'nextra/components'\n\nWords.", ["Words."]),
        ("export const a = `\n\n## No heading\n\n\\`\\`\\`\n`\n\nWords.", ["Words."]),
        ("export function A() {\n  const b = `\n\n## No\n\n\\`x\\``\n\n  return b\n}\n\nWords.", ["Words."]),
        ("<Callout type='info'>\n  Words.\n</Callout>", ["Words."]),
        ("<Cards>\n  <Cards.Card title='Hives' href='/hives' />\n</Cards>", ["Hives"]),
        ("<Tabs items={['a', 'b']}>\n<Tabs.Tab>One</Tabs.Tab>\n<Tab>Two</Tab>\n</Tabs>", ["a:", "One", "b:", "Two"]),
        ("```js filename='a.js' {1,3} copy\na\n```", ["a.js:", "```js\na\n```"]),
        ("```{1,3}\n<Tabs.Tab>a\n```", ["```\n<Tabs.Tab>a\n```"]),
        ("- [x] Done\n- [ ] To do", ["- Done\n- To do"]),
        ('> [!NOTE]\n>\n> Words -- "quoted"...', ["Words \u2014 \u201cquoted\u201d\u2026"]),
    ],
)
def test_a_page_keeps_what_its_readers_see(source: str, words: list[str]) -> None:
    assert _blocks(source) == words


def test_braces_and_tags_mean_nothing_in_markdown() -> None:
    assert _parse("A {b} <kbd>c</kbd>.", PAGE.with_suffix(".md")).sections[0].blocks[0].body == "A {b} c."


def test_a_page_that_is_imported_has_the_anchors_of_its_own(tmp_path: Path) -> None:
    site = _configured(tmp_path, NEWEST % ("", ""), "content/a.mdx")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/part.mdx").write_text("## Same\n\nOf the part.\n\n## Own [#chosen]\n")
    text = site.expand(PurePosixPath("content/a.mdx"), "import Part from '../parts/part.mdx'\n\n## Same\n\n<Part />\n")
    sections = site.parse(PurePosixPath("content/a.mdx"), text)[1].sections
    assert [(section.anchor, section.headings[-1]) for section in sections][2] == ("chosen", "Own")
    assert [block.body for section in sections for block in section.blocks] == ["Of the part."]


def test_pages_are_in_the_order_that_meta_files_say(tmp_path: Path) -> None:
    pages = (
        "content/z.mdx",
        "content/guide/b.mdx",
        "content/guide/a.mdx",
        "content/index.mdx",
        "content/guide/index.md",
    )
    site = _configured(tmp_path, NEWEST % ("", ""), *pages)
    (tmp_path / "content/_meta.js").write_text("export default {guide: 'The guide', z: ''}\n")
    (tmp_path / "content/guide/_meta.json").write_text('{"b": "B", "index": "Start"}')
    assert sorted(pages, key=lambda page: site.order_key(PurePosixPath(page), {})) == [
        *("content/index.mdx", "content/guide/b.mdx", "content/guide/index.md", "content/guide/a.mdx", "content/z.mdx"),
    ]


def test_one_meta_file_may_say_the_order_of_a_whole_site(tmp_path: Path) -> None:
    pages = ("app/docs/b/page.mdx", "app/docs/a/page.mdx", "app/about/page.mdx")
    site = _configured(tmp_path, NEWEST % ("", ""), *pages)
    (tmp_path / "app/_meta.global.tsx").write_text("export default {docs: {items: {b: '', a: ''}}, about: ''}\n")
    assert sorted(pages, key=lambda page: site.order_key(PurePosixPath(page), {})) == list(pages)


def test_a_link_names_a_page_as_a_browser_follows_it(tmp_path: Path) -> None:
    pages = ("content/guide/index.mdx", "content/guide/a.mdx", "content/tools.mdx")
    site = _configured(tmp_path, NEWEST % ("contentDirBasePath: '/docs'", ""), *pages)

    def target(page: str, link: str) -> str:
        return next(file for file in site.linked_files(PurePosixPath(page), link) if file)

    assert target("content/guide/a.mdx", "/docs/tools") == "content/tools.mdx"
    assert target("content/guide/a.mdx", "../tools") == "content/tools.mdx"
    assert target("content/guide/index.mdx", "./tools.mdx") == "content/tools.mdx"
    assert target("content/guide/index.mdx", "./a") == "content/guide/a.mdx"


def test_a_link_from_the_root_stays_within_a_locale(tmp_path: Path) -> None:
    site = _configured(tmp_path, OLDER, "pages/a.en.mdx", "pages/a.pt-BR.mdx", "pages/b.pt-BR.mdx", "pages/c.en.mdx")

    def target(link: str) -> str:
        return next(file for file in site.linked_files(PurePosixPath("pages/b.pt-BR.mdx"), link) if file)

    assert [target(link) for link in ("/a", "/c")] == ["pages/a.pt-BR.mdx", "pages/c.en.mdx"]


@pytest.mark.parametrize(
    "part",
    """
    {{_ { <Tabs_items={['a']}>; <Tab>a <Tabs.Tab>; <a_<a [[ [#a]; export_const_a_=_{; export_`; -_[_]_ <summary> ```a;
    """.split(),  # noqa: SIM905  (a list of words, `_` for a space and `;` for the end of a line)
)
def test_a_hostile_page_takes_time_by_its_size(part: str) -> None:
    def parse(size: int) -> None:
        text = part.replace("_", " ").replace(";", "\n") * (size // len(part))
        # What is nested without measure is refused.
        with contextlib.suppress(ValueError):
            SITE.parse(PAGE, SITE.expand(PAGE, text))

    assert takes_time_by_size(parse, 100_000)
