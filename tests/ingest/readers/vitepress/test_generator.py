"""VitePress's pages: addresses, anchors and words as VitePress 1.6 built them from the same files."""

import contextlib
from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.document import Document
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.vitepress.generator import VitePress
from tests.growth import takes_time_by_size

SITE = VitePress(Path("docs"))
PAGE = PurePosixPath("guide/page.md")


def _configured(folder: Path, config: str) -> VitePress:
    (folder / ".vitepress").mkdir(parents=True)
    (folder / ".vitepress/config.mts").write_text(f"export default {{{config}}}")
    chosen = registry.choose("auto", folder).generator
    assert isinstance(chosen, VitePress)
    return chosen


def _parse(text: str) -> Document:
    return SITE.parse(PAGE, text)[1]


def _blocks(text: str) -> list[str]:
    return [block.body for section in _parse(text).sections for block in section.blocks]


def _anchors(text: str) -> list[str]:
    return [section.anchor for section in _parse(text).sections]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("## vi.mock", "vi-mock"),
        ("## 1. Warm the pot", "_1-warm-the-pot"),
        ("## ١ and ２", "١-and-2"),
        ("## Crème brûlée — à la carte…", "creme-brulee-—-a-la-carte"),
        ("## `code_span()` and *emph* and **strong**", "code-span-and-emph-and-strong"),
        ("## [Link text](https://example.com) here", "link-text-here"),
        ("## 한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
        ("## Own {#my-Own_id .blue}", "my-Own_id"),
        ("## Use {name}", "use"),
        ("## Ready <Badge type='tip' text='new' />", "ready"),
        ("## Since <Version>2.1</Version>", "since-2-1"),
        ("## ![alt text](a.png) pic", "pic"),
        ("## Fish &amp; chips", "fish-amp-chips"),
        ("## Party :tada: time", "party-time"),
        ("## No :such-emoji: here", "no-such-emoji-here"),
        ("## {{ count }} pots", "count-pots"),
        ("> ## In a quotation", "in-a-quotation"),
    ],
)
def test_a_heading_has_the_anchor_vitepress_gives_it(heading: str, anchor: str) -> None:
    assert _anchors(f"{heading}\n\ntext\n") == [anchor]


def test_attributes_stand_between_the_signs_that_a_site_chooses(tmp_path: Path) -> None:
    chosen = _configured(tmp_path / "a", "markdown: {attrs: {leftDelimiter: '%{', rightDelimiter: '}%'}}")
    without = _configured(tmp_path / "b", "markdown: {attrs: {disable: true}}")
    page = "## One %{#own}%\n\n## Two {#b}\n"
    found = [[section.anchor for section in site.parse(PAGE, page)[1].sections] for site in (chosen, without)]
    assert found == [["own", "two-b"], ["one-own", "two-b"]]


def test_a_configuration_may_be_put_together_of_parts(tmp_path: Path) -> None:
    folder = tmp_path / ".vitepress/config"
    folder.mkdir(parents=True)
    (folder / "shared.ts").write_text("export const shared = defineConfig({cleanUrls: true})")
    (folder / "de.ts").write_text("export const de = defineConfig({lang: 'de'})")
    (folder / "index.ts").write_text(
        "import { shared } from './shared'\nimport { de } from './de'\n"
        "export default defineConfig({...shared, locales: {root: {lang: 'en'}, de: {label: 'Deutsch', ...de}}})"
    )
    site = registry.choose("auto", tmp_path).generator
    assert (site.address(PurePosixPath("de/a.md"), {}), site.language(PurePosixPath("de/a.md"))) == ("de/a", "de")


def test_repeats_are_counted_and_so_are_names_of_their_own() -> None:
    assert _anchors("## A\n\n## A\n\n## A-1\n\n## B {#a-2}\n\n## A\n") == ["a", "a-1", "a-1-1", "a-2", "a-3"]


@pytest.mark.parametrize(
    ("config", "path", "address"),
    [
        ("", "index.md", ""),
        ("", "guide/index.md", "guide/"),
        ("", "guide/indexes.md", "guide/indexes.html"),
        ("cleanUrls: true", "guide/a b.md", "guide/a b"),
        ("rewrites: {'en/:rest*': ':rest*'}", "en/guide/deep/a.md", "guide/deep/a.html"),
        ("rewrites: {'en/:rest*': ':rest*'}", "de/a.md", "de/a.html"),
        ("rewrites: {'packages/:name/src/(.*)': ':name/index.md'}", "packages/pot/src/a.md", "pot/"),
        (r"rewrites: {'v:major(\\d+).:minor/:page': ':major/:minor/:page'}", "v2.1/a.md", "2/1/a.html"),
        ("rewrites: {'a.md': 'b.md', ':any': 'c.md'}", "a.md", "b.html"),
        ("rewrites: (page) => page.replace('x', 'y')", "x.md", "x.html"),
    ],
)
def test_a_file_has_the_address_vitepress_gives_it(tmp_path: Path, config: str, path: str, address: str) -> None:
    assert _configured(tmp_path, config).address(PurePosixPath(path), {}) == address


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ("base: '/docs/'", None),
        ("sitemap: {hostname: 'https://x.example'}", "https://x.example/"),
        ("sitemap: {hostname: 'https://x.example'}, base: '/docs/'", "https://x.example/docs/"),
        ("sitemap: {hostname: 'https://x.example/docs/'}, base: '/docs/'", "https://x.example/docs/"),
        ("sitemap: {hostname: process.env.HOST}", None),
    ],
)
def test_a_site_is_where_its_sitemap_says(tmp_path: Path, config: str, url: str | None) -> None:
    assert _configured(tmp_path, config).site_url == url


def test_pages_lie_in_the_source_folder_of_a_site_below_docs(tmp_path: Path) -> None:
    site = _configured(tmp_path / "docs", "srcDir: 'src', locales: {root: {lang: 'en'}, 'pt-br': {lang: 'pt-BR'}}")
    assert registry.choose("auto", tmp_path).generator.folder == tmp_path / "docs/src"
    assert site.folder == tmp_path / "docs/src"
    assert [site.language(PurePosixPath(page)) for page in ("a.md", "pt-br/a.md")] == ["en", "pt-BR"]


def test_a_folder_of_the_pages_is_published_as_part_of_the_site(tmp_path: Path) -> None:
    _configured(tmp_path, "")
    (tmp_path / "guide").mkdir()
    site = registry.choose("auto", tmp_path / "guide").generator
    assert (site.folder.resolve(), [root.resolve() for root in site.roots]) == (tmp_path, [tmp_path / "guide"])


@pytest.mark.parametrize(
    ("path", "is_left_out"),
    [
        ("a.md", False),
        ("README.md", True),
        ("guide/README.md", False),
        ("parts/deep/a.md", True),
        ("drafts/a.md", True),
        ("old/drafts/a.md", False),
        ("packages/dist/a.md", True),
        ("pots/[name].md", True),
        ("public/a.html", True),
    ],
)
def test_what_vitepress_makes_no_page_of_is_left_out(tmp_path: Path, path: str, is_left_out: bool) -> None:
    site = _configured(tmp_path, "srcExclude: ['README.md', '**/parts/**', '{drafts,notes}/*.md']")
    assert (site.skip_reason(PurePosixPath(path), {}) is not None) is is_left_out


def test_pages_are_in_the_order_of_the_sidebar(tmp_path: Path) -> None:
    site = _configured(
        tmp_path,
        """locales: {root: {}, de: {themeConfig: {sidebar: [{link: '/de/x'}]}}}, themeConfig: {sidebar: {
        '/guide/': [{text: 'Guide', base: '/guide/', items: [{text: 'B', link: 'b'}, {text: 'A', link: 'a.html#top'}]}],
        '/api/': {base: '/api/', items: [{text: 'Start', link: 'index.md'}]},
        }}""",
    )
    pages = ["de/x.md", "a.md", "api/index.md", "guide/a.md", "guide/b.md", "index.md"]
    assert sorted(pages, key=lambda page: site.order_key(PurePosixPath(page), {})) == [
        *("index.md", "guide/b.md", "guide/a.md", "api/index.md", "de/x.md", "a.md"),
    ]


def test_a_link_names_a_page_by_its_address_after_rewrites(tmp_path: Path) -> None:
    site = _configured(tmp_path, "rewrites: {'packages/:name/docs/:page': ':name/:page'}")
    for name in ("packages/pot/docs/index.md", "packages/pot/docs/lid.md", "guide/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# A\n")
    page = PurePosixPath("packages/pot/docs/index.md")
    assert "packages/pot/docs/lid.md" in site.linked_files(page, "./lid")
    assert "packages/pot/docs/index.md" in site.linked_files(PurePosixPath("guide/a.md"), "/pot/")
    assert "guide/a.md" in site.linked_files(page, "../guide/a.html")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: Stated `here`\n---\n# First\n", "Stated here"),
        ("Words.\n\n# First `one` <Badge text='x'/>\n\n# Second\n", "First one"),
        ("## Only a second level\n", "Only a second level"),
        ("Words.\n", "page"),
    ],
)
def test_a_page_has_the_title_vitepress_gives_it(text: str, title: str) -> None:
    assert _parse(text).title == title


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("[[toc]]\n\nWords.", ["Words."]),
        ("::: tip\nWords.\n:::", ["Words."]),
        ("::: warning **Stop** {.loud}\nWords.\n:::", ["Stop", "Words."]),
        ("- One\n  ::: details More\n  Words.\n  :::\n- Two", ["- One\n  More\n  Words.\n- Two"]),
        ("> [!NOTE]\n> Words.", ["Words."]),
        ("> [!TIP] Title\n> Words.", ["Title", "Words."]),
        ("::::tabs\n== npm\nWords.\n== yarn\n<b>More.</b>\n::::", ["npm:", "Words.", "yarn:", "More."]),
        ("::: tip\n<div>\nWords.\n</div>\n:::\nMore.", ["Words.", "More."]),
        ("Words {{ count + 1 }} and {{ 'more' }} words.", ["Words and more words."]),
        ("::: v-pre\nWords {{ count }}.\n:::\nMore {{ count }}.", ["Words {{ count }}.", "More ."]),
        ("A <span v-pre>{{ b }}</span> c {{ d }}.", ["A {{ b }} c ."]),
        ("A `code`{.red} and *stress*{.green} of {all} {.blue}", ["A `code` and stress of {all}"]),
        ("Words.\n{.lead #top}", ["Words."]),
        ("Words <Tip kind='a'>within</Tip> a line <Icon/> here.", ["Words within a line here."]),
        ("<Card title='a' @click='b > c'>\n\nWords.\n\n</Card>", ["Words."]),
        ("<Card>Words.</Card> and *more*", ["Words. and more"]),
        ("<script setup>\nimport a from 'b'\n\nconst c = 1\n</script>\n\nWords.", ["Words."]),
        ("<style>\n.a { }\n</style>\n\nWords.", ["Words."]),
        ("<template #name>\n\nWords.\n\n</template>", ["Words."]),
        ("Words.\n\n<!-- A *comment*. -->", ["Words."]),
        ("<<< @/missing.js\n\nWords.", ["Words."]),
        ("A :tea: and :no-such: at 12:30:45", ["A 🍵 and :no-such: at 12:30:45"]),
    ],
)
def test_a_page_keeps_what_its_readers_see(source: str, words: list[str]) -> None:
    assert _blocks(source) == words


def test_code_is_opaque_and_loses_the_marks_of_its_looks() -> None:
    shown = "# {{ no }} heading\n::: tip\n<Tag/> :tea:\na = 1\n\nb = 2"
    source = shown.replace("a = 1", "a = 1 // [!code ++]").replace("\n\n", "\n// [!code focus:2]\n")
    assert _blocks(f"```js-vue{{1,3}} [a.js]\n{source}\n```") == [f"```js\n{shown}\n```"]


def test_code_is_announced_by_its_title_in_a_group_and_where_a_plugin_shows_it(tmp_path: Path) -> None:
    page = "::: code-group\n```sh [npm]\na\n```\n:::\n\n```sh [pnpm]\nb\n```"
    assert _blocks(page) == ["npm:", "```sh\na\n```", "```sh\nb\n```"]
    plugin = _configured(tmp_path, "markdown: {config(md) { md.use(groupIconMdPlugin) }}")
    sections = plugin.parse(PAGE, page)[1].sections
    assert [block.body for block in sections[0].blocks] == ["npm:", "```sh\na\n```", "pnpm:", "```sh\nb\n```"]


def test_a_home_page_is_what_its_front_matter_shows() -> None:
    sections = _parse(
        "---\nlayout: home\nhero: {name: Pots, text: for tea, tagline: Warm <b>ones</b>}\n"
        "features: [{title: Small, details: They fit.}, none]\n---\nWords.\n"
    ).sections
    assert [(section.headings, [block.body for block in section.blocks]) for section in sections] == [
        (("Pots for tea",), ["Warm ones"]),
        (("Pots for tea", "Small"), ["They fit.", "Words."]),
    ]


def test_a_page_holds_what_it_includes(tmp_path: Path) -> None:
    site = _configured(tmp_path / "docs", "srcDir: 'src'")
    files = {
        "src/guide/part.md": "---\ntitle: Part\n---\nOne.\n\n<!-- @include: ../deep.md -->\n",
        "src/deep.md": "Deep.\n\n<!--@include: ./guide/part.md-->\n<!-- #region b -->\nIn b.\n<!-- #endregion b -->\n",
        "src/a.py": "# region x\n    if True:\n\n        y = '```'\n# endregion x\nz = 1\n",
        "src/log.ansi": "\x1b[31mred\x1b[0m\n",
    }
    for name, text in files.items():
        (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / name).write_text(text)
    (tmp_path / "secret.md").write_text("Secret.")

    def shown(source: str) -> list[str]:
        expanded = site.expand(PAGE, source)
        return [block.body for section in site.parse(PAGE, expanded)[1].sections for block in section.blocks]

    assert shown("<!--@include: ./part.md-->") == ["One.", "Deep.", "In b."]
    assert shown("<!--@include: @/guide/part.md{4,4}-->") == ["One."]
    assert shown("<!--@include: ../deep.md#b-->") == ["In b."]
    assert shown("<!--@include: ../../../secret.md-->\n\n<<< ../../../secret.md\n\nWords.") == ["Words."]
    assert shown("- A\n\n  <<< @/a.py#x{1}") == ["- A\n  ````py\n  if True:\n\n      y = '```'\n  ````"]
    assert shown("One.\r\n\r\n<<< @/log.ansi [log]\r\n") == ["One.", "```\nred\n```"]
    assert shown("<<< @/log.ansi") == ["```\nred\n```"]
    assert shown("```md\n<<< @/a.py\n```") == ["```md\n<<< @/a.py\n```"]


@pytest.mark.parametrize(
    "part",
    """
    {{_ { :::_tip; :::; :::_tip;-_a; <a_<a <A_ <Card>;; <!-- <![CDATA[ <?a> <!A :a: [[ -_<A>; >_[!NOTE]; a{.b}
    `a`{.b} <a_b='" ==_a;
    <a_"<a"'<a' <svg/> <!--@include:_a
    """.split(),  # noqa: SIM905  (a list of words, `_` for a space and `;` for the end of a line)
)
def test_a_hostile_page_takes_time_by_its_size(part: str) -> None:
    def parse(size: int) -> None:
        text = ":::tabs\n" + part.replace("_", " ").replace(";", "\n") * (size // len(part))
        # What is nested without measure is refused.
        with contextlib.suppress(ValueError):
            SITE.parse(PAGE, SITE.expand(PAGE, text))

    assert takes_time_by_size(parse, 100_000)
