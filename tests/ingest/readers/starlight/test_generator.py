"""Starlight's pages: addresses, anchors and words as Astro 5 built them from the same files."""

from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.document import Document
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.starlight.generator import Starlight

SITE = Starlight(Path("src/content/docs"))
CONFIG = """
import { defineConfig } from 'astro/config'
import starlight from '@astrojs/starlight'
export default defineConfig({
  site: 'https://docs.example.com', base: '/handbook',
  integrations: [
    starlight({
      title: 'Handbook', defaultLocale: 'root',
      locales: { root: { label: 'English', lang: 'en' }, 'pt-br': { label: 'Português', lang: 'pt-BR' } },
      sidebar: [
        { label: 'Start', items: ['start', { slug: 'guides/second' }] },
        { label: 'Guides', autogenerate: { directory: 'guides' } },
      ],
    }),
  ],
})
"""


def _parse(text: str, path: str = "page.mdx") -> Document:
    return SITE.parse(PurePosixPath(path), text)[1]


def _blocks(text: str, path: str = "page.mdx") -> list[str]:
    return [block.body for section in _parse(text, path).sections for block in section.blocks]


def _anchors(text: str, path: str = "page.mdx") -> list[str]:
    return [section.anchor for section in _parse(text, path).sections]


def _site(folder: Path, config: str = CONFIG, pages: tuple[str, ...] = ("index.mdx",)) -> Starlight:
    (folder / "astro.config.mjs").write_text(config, encoding="utf-8")
    for page in pages:
        (folder / "src/content/docs" / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / "src/content/docs" / page).write_text("---\ntitle: A\n---\n", encoding="utf-8")
    found = registry.choose("auto", folder).generator
    assert isinstance(found, Starlight)
    return found


@pytest.mark.parametrize(
    ("path", "slug", "address"),
    [
        ("index.mdx", "", ""),
        ("guides/index.md", "", "guides/"),
        ("guides/First Steps.md", "", "guides/first-steps/"),
        ("Guides (old)/v1.0 Notes.md", "", "guides-old/v10-notes/"),
        ("guides/index/deep.md", "", "guides/index/deep/"),
        ("guides/first.md", "slug: other/place", "other/place/"),
        ("de/index.md", "", "de/"),
        ("über/größe.md", "", "über/größe/"),
    ],
)
def test_a_file_has_the_address_astro_gives_it(path: str, slug: str, address: str) -> None:
    metadata, _ = SITE.parse(PurePosixPath(path), f"---\ntitle: A\n{slug}\n---\n")
    assert SITE.address(PurePosixPath(path), metadata) == address


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## What's New?", "whats-new"),
        ("## `--flag` and -- a dash", "--flag-and--a-dash"),
        ("## Ends with a mark !", "ends-with-a-mark"),
        ("## ![alt text](a.png) Picture", "-picture"),
        ("## <Icon name='a' /> Icon", "-icon"),
        ("## With {value}", "with-value"),
    ],
)
def test_a_heading_has_the_anchor_astro_gives_it(heading: str, anchor: str) -> None:
    assert _anchors(f"{heading}\n\ntext\n") == ["_top", anchor]


def test_repeats_are_counted() -> None:
    assert _anchors("## Dup\n\n## Dup\n\n## Dup !\n") == ["_top", "dup", "dup-1", "dup"]


def test_markdown_has_no_ids_of_its_own_and_html() -> None:
    text = "## Own {#mine}\n\n<details>\n<summary>More</summary>\n\nHidden words.\n\n</details>\n"
    assert _anchors(text, "page.md") == ["_top", "own-mine"]
    assert _blocks(text, "page.md") == ["More", "Hidden words."]


def test_the_title_is_the_front_matters_and_stands_above_the_page() -> None:
    page = _parse("---\ntitle: The & title\n---\nWords.\n\n## Section\n\nMore.\n")
    assert page.title == "The & title"
    assert [section.headings for section in page.sections] == [("The & title",), ("The & title", "Section")]


def test_the_hero_of_a_splash_page_is_read() -> None:
    text = (
        "---\ntitle: Home\ntemplate: splash\nhero:\n  title: Welcome\n  tagline: All you need.\n"
        "  actions:\n    - text: Start\n      link: /start/\n---\n"
    )
    assert _parse(text).sections[0].headings == ("Welcome",)
    assert _blocks(text) == ["All you need.", "Start"]


def test_components_leave_their_words() -> None:
    text = (
        "import { Tabs } from '@astrojs/starlight/components';\n\n"
        ':::note[A *title*]{icon="star"}\nBoxed.\n:::\n\n'
        '<Tabs syncKey="os">\n  <TabItem label="Apple" icon="apple">\n    Red.\n  </TabItem>\n</Tabs>\n\n'
        "<Steps>\n\n1. First\n\n2. Second\n\n</Steps>\n\n"
        '<Card title="A card" icon="star">\n  Inside.\n</Card>\n\n'
        '<LinkCard title="Go on" description="It is short." href="/a/" />\n\n'
        "<FileTree>\n\n- src/\n  - a.js\n\n</FileTree>\n\n"
        '<Aside type="tip" title="Look">Beside.</Aside>\n\n'
        '<Code code={`const a = 1;\nuse(a);`} lang="js" title="a.js" />\n\n'
        'Words <Badge text="New" /> stay.\n'
    )
    assert _blocks(text) == [
        "A title",
        "Boxed.",
        "Apple:",
        "Red.",
        "1. First\n2. Second",
        "A card",
        "Inside.",
        "Go on It is short.",
        "- src/\n  - a.js",
        "Look Beside.",
        "a.js:",
        "```js\nconst a = 1;\nuse(a);\n```",
        "Words stay.",
    ]


def test_quotes_and_dashes_are_those_that_are_shown_and_code_is_left_alone() -> None:
    text = "It's \"so\" -- 'he **said**' ... `it's -- \"code\"`\n"
    assert _blocks(text) == ['It\u2019s \u201cso\u201d \u2014 \u2018he said\u2019 \u2026 `it\'s -- "code"`']


def test_drafts_parts_markdoc_and_the_missing_page_are_left_out(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert site.skip_reason(PurePosixPath("a.md"), {"draft": True})
    assert site.skip_reason(PurePosixPath("guides/_part.mdx"), {})
    assert "Markdoc" in (site.skip_reason(PurePosixPath("a.mdoc"), {}) or "")
    assert all(site.skip_reason(PurePosixPath(path), {}) for path in ("404.md", "pt-br/404.md"))
    assert site.skip_reason(PurePosixPath("guides/404.md"), {}) is None


def test_a_configuration_says_where_the_site_is_and_in_which_languages(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert site.site_url == "https://docs.example.com/handbook/"
    assert [site.language(PurePosixPath(path)) for path in ("a.md", "pt-br/a.md", "pt/a.md")] == ["en", "pt-BR", "en"]


@pytest.mark.parametrize(("setting", "address"), [("'never'", "guides/a"), ("'always'", "guides/a/")])
def test_addresses_end_as_the_configuration_says(tmp_path: Path, setting: str, address: str) -> None:
    site = _site(tmp_path, CONFIG.replace("base:", f"trailingSlash: {setting}, base:"))
    assert site.address(PurePosixPath("guides/a.md"), {}) == address


def test_pages_are_sorted_as_the_sidebar_is(tmp_path: Path) -> None:
    site = _site(tmp_path)
    pages: dict[str, dict[str, object]] = {
        "guides/last.md": {},
        "pt-br/start.md": {},
        "guides/first.md": {"sidebar": {"order": 1}},
        "guides/second.md": {"sidebar": {"order": 2}},
        "apart.md": {},
        "start.md": {},
    }
    assert sorted(pages, key=lambda path: site.order_key(PurePosixPath(path), pages[path])) == [
        "start.md",
        "guides/second.md",
        "guides/first.md",
        "guides/last.md",
        "apart.md",
        "pt-br/start.md",
    ]


def test_the_pages_of_one_folder_are_published_below_its_path(tmp_path: Path) -> None:
    _site(tmp_path, pages=("index.mdx", "guides/a.md"))
    site = registry.choose("auto", tmp_path / "src/content/docs").generator
    assert (site.site_url, site.folder.name) == ("https://docs.example.com/handbook/", "docs")


def test_an_astro_site_without_starlight_is_none_of_starlight(tmp_path: Path) -> None:
    (tmp_path / "astro.config.mjs").write_text("export default {}", encoding="utf-8")
    assert registry.choose("auto", tmp_path).generator.name != "starlight"


def test_an_imported_page_is_put_in_with_its_own_anchors(tmp_path: Path) -> None:
    site = _site(tmp_path)
    part = "---\ntitle: Part\n---\nimport { Card } from 'x';\n\n## Setup\n\nSet {props.what} up.\n"
    (site.folder / "_part.mdx").write_text(part, encoding="utf-8")
    (site.folder / "code.js").write_text("a(`b`);\n", encoding="utf-8")
    text = (
        "---\ntitle: A\n---\nimport Part from './_part.mdx';\nimport source from './code.js?raw';\n\n## Setup\n\n"
        '- Item\n\n  <Part what="it" />\n\n<Part what="all" />\n\n<Code code={source} lang="js" />\n\n'
        "```mdx\n<Part />\n```\n"
    )
    path = PurePosixPath("page.mdx")
    sections = site.parse(path, site.expand(path, text))[1].sections
    assert [section.anchor for section in sections] == ["_top", "setup", "setup", "setup"]
    assert [block.body for section in sections for block in section.blocks] == [
        "Item",
        "Set it up.",
        "Set all up.",
        "```js\na(`b`);\n```",
        "```mdx\n<Part />\n```",
    ]


def test_pages_that_import_each_other_come_to_an_end(tmp_path: Path) -> None:
    site = _site(tmp_path)
    for name, other in (("a", "b"), ("b", "a")):
        text = f"import Other from './{other}.mdx';\n\nWords of {name}.\n\n<Other />\n\n<Other />\n"
        (site.folder / f"{name}.mdx").write_text(text, encoding="utf-8")
    assert site.expand(PurePosixPath("a.mdx"), (site.folder / "a.mdx").read_text()).count("Words of b") < 1_000
