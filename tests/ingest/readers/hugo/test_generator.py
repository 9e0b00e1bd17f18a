"""Hugo's pages: which are published, where, in which language and order, as Hugo 0.111 and 0.168 built such files."""

import pickle
from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import Parsed, Skipped
from chatkit.ingest.readers import registry
from chatkit.ingest.readers.hugo import config as hugo_config
from chatkit.ingest.readers.hugo.generator import Hugo

LANGUAGES = "\n[languages.en]\nweight = 1\n[languages.de]\nlanguageCode = 'de-AT'\n"
NEW = "\n[module.hugoVersion]\nmin = '0.150.0'\n"


def _site(folder: Path, config: str = "", **files: str) -> Hugo:
    folder.mkdir(exist_ok=True)
    (folder / "hugo.toml").write_text(f"baseURL = 'https://docs.example.com/handbook'\n{config}")
    _write(folder, files)
    return Hugo.from_config(folder / "hugo.toml", folder)


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _address(site: Hugo, path: str, front_matter: str = "title: A") -> str:
    metadata, _ = site.split(f"---\n{front_matter}\n---\n")
    return site.address(PurePosixPath(path), metadata)


def _skip_reason(site: Hugo, path: str, front_matter: str = "title: A") -> str | None:
    return site.skip_reason(PurePosixPath(path), site.split(f"---\n{front_matter}\n---\n")[0])


def _urls(folder: Path) -> dict[str, str]:
    return {one.path: one.url for one in Folder(folder, None).pages({}) if isinstance(one, Parsed)}


@pytest.mark.parametrize(
    ("path", "front_matter", "address"),
    [
        ("content/_index.md", "title: A", ""),
        ("content/docs/_index.md", "title: A", "docs/"),
        ("content/docs/UPPER.md", "title: A", "docs/upper/"),
        ("content/docs/Sub Dir/My File.md", "title: A", "docs/sub-dir/my-file/"),
        ("content/docs/what?.md", "title: A", "docs/what/"),
        ("content/docs/x(1)!.md", "title: A", "docs/x1/"),
        ("content/docs/a_b~c@d+e.md", "title: A", "docs/a_b~c@d+e/"),
        ("content/docs/c++ & c#.md", "title: A", "docs/c++-c#/"),
        ("content/docs/a.b/c.d.md", "title: A", "docs/a.b/c.d/"),
        ("content/docs/Über É.md", "title: A", "docs/über-é/"),
        ("content/docs/bundle/index.md", "title: A", "docs/bundle/"),
        ("content/docs/bundle/index.md", "slug: Own One", "docs/own-one/"),
        ("content/docs/readme.md", "title: A", "docs/readme/"),
        ("content/docs/a.md", "slug: My Slug", "docs/my-slug/"),
        ("content/docs/a.md", "slug: a/b", "docs/a/b/"),
        ("content/docs/a.md", "url: /abs/path/", "abs/path/"),
        ("content/docs/a.md", "url: rel/path", "rel/path/"),
        ("content/docs/a.md", "url: /Abs/file.html", "Abs/file.html"),
        ("content/docs/a.md", "url: /abs/index.html", "abs/"),
        ("content/docs/a.md", "url: ''", "docs/a/"),
        ("content/docs/_index.md", "url: /zzz/", "zzz/"),
        ("content/docs/a.html", "title: A", "docs/a/"),
    ],
)
def test_a_file_has_the_address_hugo_gives_it(tmp_path: Path, path: str, front_matter: str, address: str) -> None:
    assert _address(_site(tmp_path, **{"content/_index.md": ""}), path, front_matter) == address


def test_a_newer_hugo_makes_hyphens_of_spaces_before_it_drops_signs(tmp_path: Path) -> None:
    site = _site(tmp_path, NEW, **{"content/_index.md": ""})
    assert _address(site, "content/docs/c++ & c#.md") == "docs/c++--c#/"


@pytest.mark.parametrize(
    ("path", "front_matter", "address"),
    [
        ("content/_index.de.md", "title: A", "de/"),
        ("content/docs/users.de.md", "title: A", "de/docs/users/"),
        ("content/docs/users.fr.md", "title: A", "docs/users.fr/"),
        ("content/docs/users.de.md", "url: rel/path", "de/rel/path/"),
        ("content/docs/users.de.md", "url: /abs/de", "abs/de/"),
        ("content/docs/users.md", "title: A", "docs/users/"),
    ],
)
def test_a_language_by_suffix_stands_in_the_address(tmp_path: Path, path: str, front_matter: str, address: str) -> None:
    site = _site(tmp_path, LANGUAGES, **{"content/_index.md": ""})
    assert _address(site, path, front_matter) == address


def test_the_default_language_has_a_folder_where_the_site_says_so(tmp_path: Path) -> None:
    site = _site(tmp_path, f"defaultContentLanguageInSubdir = true{LANGUAGES}", **{"content/_index.md": ""})
    assert _address(site, "content/docs/users.md") == "en/docs/users/"


def test_a_language_by_folder_is_that_of_its_files(tmp_path: Path) -> None:
    config = "defaultContentLanguage = 'en'\ncontentDir = 'content/en'\n[languages.en]\n[languages.pt-BR]\n"
    config += "contentDir = 'content/pt'\n"
    site = _site(tmp_path, config, **{"content/en/a.md": "", "content/pt/a.md": ""})
    assert [_address(site, f"content/{one}/a.md") for one in ("en", "pt")] == ["a/", "pt-br/a/"]
    assert [site.language(PurePosixPath(f"content/{one}/a.md")) for one in ("en", "pt")] == ["en", "pt-br"]


def test_a_language_has_the_tag_that_the_configuration_gives_it(tmp_path: Path) -> None:
    site = _site(tmp_path, LANGUAGES, **{"content/_index.md": ""})
    assert site.language(PurePosixPath("content/a.de.md")) == "de-AT"
    assert _site(tmp_path / "b", "", **{"content/a.md": ""}).language(PurePosixPath("content/a.md")) is None


def test_a_first_page_without_a_title_has_that_of_the_site_in_its_language(tmp_path: Path) -> None:
    config = "title = 'Site'\n[languages.en]\n[languages.de]\ntitle = 'Seite'\n"
    site = _site(tmp_path, config, **{"content/_index.md": ""})
    titles = [site.parse(PurePosixPath(f"content/_index{end}.md"), "Words.\n")[1].title for end in ("", ".de")]
    assert titles == ["Site", "Seite"]


def test_a_language_that_is_switched_off_is_left_out(tmp_path: Path) -> None:
    site = _site(tmp_path, f"disableLanguages = ['de']{LANGUAGES}", **{"content/_index.md": ""})
    assert _skip_reason(site, "content/a.de.md") == "its language is switched off"


@pytest.mark.parametrize(
    ("pattern", "front_matter", "address"),
    [
        ("/p/:year/:month/:slug/", "title: 'My Post: Title!'\ndate: 2023-04-05", "p/2023/04/my-post-title/"),
        ("/p/:year/:month/:slug/", "slug: Two Slug\ndate: 2023-04-05T10:00:00Z", "p/2023/04/two-slug/"),
        ("/p/:year/:month/:slug/", "title: No date", "p/1/01/no-date/"),
        ("/:sections/:filename/", "title: A", "post/deep/a-file/"),
        ("/x/:sections[1:]/:slugorfilename", "slug: s", "x/deep/s/"),
        ("/:section/:title", "title: B", "post/b/"),
    ],
)
def test_a_permalink_is_made_by_its_pattern(tmp_path: Path, pattern: str, front_matter: str, address: str) -> None:
    files = {"content/post/_index.md": "", "content/post/deep/_index.md": "", "content/post/deep/A File.md": ""}
    site = _site(tmp_path, f"[permalinks]\npost = '{pattern}'\n", **files)
    assert _address(site, "content/post/deep/A File.md", front_matter) == address
    assert _address(site, "content/post/_index.md") == "post/"


@pytest.mark.parametrize(("config", "section"), [("", "docs.html"), (NEW, "docs/index.html")])
def test_ugly_addresses_end_in_html(tmp_path: Path, config: str, section: str) -> None:
    site = _site(tmp_path, f"uglyURLs = true\n{config}", **{"content/_index.md": ""})
    paths = ("docs/a.md", "docs/bundle/index.md", "docs/_index.md", "_index.md")
    assert [_address(site, f"content/{path}") for path in paths] == ["docs/a.html", "docs/bundle.html", section, ""]


def test_case_and_accents_follow_the_configuration(tmp_path: Path) -> None:
    site = _site(tmp_path, "disablePathToLower = true\nremovePathAccents = true\n", **{"content/_index.md": ""})
    assert _address(site, "content/Docs/Café.md") == "Docs/Cafe/"


@pytest.mark.parametrize(
    ("path", "front_matter", "reason"),
    [
        ("content/a.md", "draft: true", "a draft"),
        ("content/a.md", "publishDate: 2999-01-01", "to be published later"),
        ("content/a.md", "date: 2999-01-01", "to be published later"),
        ("content/a.md", "expiryDate: 2000-01-01", "expired"),
        ("content/a.md", "_build: {render: never}", "not rendered"),
        ("content/a.md", "_build: {list: never}", None),
        ("content/b/index.md", "headless: true", "headless: only a part of other pages"),
        ("content/a.md", "headless: true", None),
        ("content/b/part.md", "title: A", "a part of the bundle it lies in"),
        ("content/b/deep/part.md", "title: A", "a part of the bundle it lies in"),
        ("content/b/index.md", "title: A", None),
    ],
)
def test_what_hugo_does_not_publish_is_left_out(
    tmp_path: Path, path: str, front_matter: str, reason: str | None
) -> None:
    site = _site(tmp_path, "", **{"content/b/index.md": "", "content/b/part.md": ""})
    assert _skip_reason(site, path, front_matter) == reason


def test_a_draft_of_a_section_takes_its_pages_along_before_0_123(tmp_path: Path) -> None:
    files = {"content/a/_index.md": "---\ndraft: true\n---\n", "content/a/b/c.md": ""}
    assert _skip_reason(_site(tmp_path / "old", "", **files), "content/a/b/c.md") == "in a section that is a draft"
    assert _skip_reason(_site(tmp_path / "new", NEW, **files), "content/a/b/c.md") is None


def test_a_section_hands_down_what_its_pages_do_not_say(tmp_path: Path) -> None:
    section = "---\ncascade:\n- draft: true\n  _target: {path: '/a/old/**'}\n- slug: x\n---\n"
    site = _site(tmp_path, "", **{"content/a/_index.md": section, "content/a/old/b.md": ""})
    assert _skip_reason(site, "content/a/old/b.md") == "a draft"
    assert _skip_reason(site, "content/a/b.md") is None
    assert _address(site, "content/a/b.md") == "a/x/"


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (".", {"content/docs/a.md": "docs/a/", "content/_index.md": ""}),
        ("content", {"docs/a.md": "docs/a/", "_index.md": ""}),
        ("content/docs", {"a.md": "docs/a/"}),
    ],
)
def test_a_site_its_content_or_a_folder_in_it_may_be_named(
    tmp_path: Path, folder: str, expected: dict[str, str]
) -> None:
    text = "---\ntitle: A\n---\ntext\n"
    _site(tmp_path, "", **{"content/docs/a.md": text, "content/_index.md": text, "README.md": "# No page"})
    found = _urls(tmp_path / folder)
    assert found == {path: f"https://docs.example.com/handbook/{address}" for path, address in expected.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hugo.yaml", "baseURL: https://x.example/\n"),
        ("config.json", '{"baseurl": "https://x.example/"}'),
        ("config/_default/config.toml", "baseURL = 'https://x.example/'\n"),
        ("config/_default/hugo.yml", "baseurl: https://x.example/\n"),
        ("config.toml", "title = 'by its folder'\n"),
    ],
)
def test_a_site_is_recognised_by_its_configuration(tmp_path: Path, name: str, text: str) -> None:
    _write(tmp_path, {name: text, "content/a.md": "# A"})
    chosen = registry.choose("auto", tmp_path).generator
    assert chosen.name == "hugo"
    assert chosen.site_url == (None if "title" in text else "https://x.example/")


@pytest.mark.parametrize(
    "files", [{"config.toml": "[server]\nport = 1\n"}, {"config.toml": "base_url = 'x'\n", "content/a.md": ""}]
)
def test_another_programs_configuration_is_not_hugos(tmp_path: Path, files: dict[str, str]) -> None:
    _write(tmp_path, files)
    assert Hugo.find_config(tmp_path) is None


def test_the_language_no_is_not_false(tmp_path: Path) -> None:
    _write(tmp_path, {"hugo.yaml": "baseURL: https://x.example/\nlanguages:\n  en: {}\n  no: {}\n", "content/a.md": ""})
    site = Hugo.from_config(tmp_path / "hugo.yaml", tmp_path)
    assert _address(site, "content/a.no.md") == "no/a/"


def test_signs_are_those_that_the_site_has(tmp_path: Path) -> None:
    config = "[markup.goldmark.extensions.typographer]\nenDash = '--'\nrightDoubleQuote = '&raquo;'\n" + NEW
    site = _site(tmp_path, config, **{"content/a.md": ""})
    document = site.parse(PurePosixPath("content/a.md"), '## --name\n\nA "b" -- c...\n')[1]
    assert [(one.anchor, one.blocks[0].body) for one in document.sections] == [("--name", "A “b» -- c…")]


def test_the_folder_of_configuration_is_read_file_by_file(tmp_path: Path) -> None:
    files = {
        "hugo.toml": "baseURL = 'https://x.example/'\n",
        "languages.yaml": "en: {}\nde: {}\n",
        "params.toml": "Release = '2'\n",
    }
    _write(tmp_path, {f"config/_default/{name}": text for name, text in files.items()})
    found = hugo_config.find(tmp_path)
    assert found is not None
    config = hugo_config.load(found)
    assert (config.root, set(config.languages)) == (tmp_path, {"en", "de"})
    assert config.settings["params"] == {"release": "2"}


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("netlify.toml", '[build.environment]\nHUGO_VERSION = "0.111.3"\n', 111),
        (".github/workflows/site.yml", "with:\n  hugo-version: '0.150.0'\n", 150),
        ("package.json", '{"devDependencies": {"hugo-extended": "^0.136.2"}}', 136),
        ("layouts/_shortcodes/a.html", "", 146),
        ("package.json", '{"version": "0.99.0"}', 0),
    ],
)
def test_which_hugo_builds_a_site_is_looked_up(tmp_path: Path, name: str, text: str, version: int) -> None:
    _write(tmp_path, {"hugo.toml": "", name: text})
    assert hugo_config.load(tmp_path / "hugo.toml").version == version


@pytest.mark.parametrize(
    "text",
    [
        "+++\ntitle = 'T'\nWeight = 3\n+++\nbody\n",
        '{"title": "T", "weight": 3}\nbody\n',
        "---\ntitle: T\nweight: 3\n---\nbody\n",
        "\ufeff+++\r\ntitle = 'T'\r\nweight = 3\r\n+++\r\nbody\r\n",
    ],
)
def test_front_matter_is_yaml_toml_or_json(tmp_path: Path, text: str) -> None:
    metadata, body = Hugo(tmp_path).split(text)
    assert (metadata, body.strip()) == ({"title": "T", "weight": 3}, "body")


def test_pages_sort_as_hugo_lists_them(tmp_path: Path) -> None:
    files = {
        "b/_index.md": "---\nweight: 1\n---\n",
        "b/light.md": "---\nweight: 5\n---\n",
        "b/heavy.md": "---\nweight: 10\n---\n",
        "b/none.md": "---\ntitle: A\n---\n",
        "b/new.md": "---\ntitle: Z\ndate: 2020-01-01\n---\n",
        "a/_index.md": "---\nweight: 2\n---\n",
        "a/page.md": "---\nweight: 1\n---\n",
    }
    site = _site(tmp_path, "", **{f"content/{name}": text for name, text in files.items()})
    keys = {name: site.order_key(PurePosixPath(f"content/{name}"), site.split(text)[0]) for name, text in files.items()}
    assert sorted(files, key=lambda name: keys[name]) == [
        "b/_index.md", "b/light.md", "b/heavy.md", "b/new.md", "b/none.md", "a/_index.md", "a/page.md",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ('{{< ref "other.md#part" >}}', "docs/other/#part"),
        ('{{< relref "/docs/bundle" >}}', "docs/bundle/"),
        ('{{% ref "bundle/index.md" %}}', "docs/bundle/"),
        ('{{< ref path="unique" >}}', "far/away/unique/"),
        ('{{< ref "#here" >}}', "docs/page/#here"),
        ("other.md", "docs/other/"),
        ("/docs/other.md", "docs/other/"),
        ("../other/", "docs/other/"),
    ],
)
def test_a_link_leads_where_hugo_leads_it(tmp_path: Path, link: str, url: str) -> None:
    files = ("docs/other.md", "docs/bundle/index.md", "far/away/unique.md")
    _site(tmp_path, "", **{f"content/{name}": "text\n" for name in files}, **{"content/docs/page.md": f"[x]({link})\n"})
    page = next(one for one in Folder(tmp_path, None).pages({}) if one.path == "content/docs/page.md")
    assert isinstance(page, Parsed)
    assert f"](https://docs.example.com/handbook/{url})" in str(page.passages[0].blocks)


def test_a_page_whose_include_has_changed_has_changed(tmp_path: Path) -> None:
    site = _site(
        tmp_path, "", **{"content/a.md": "", "content/includes/note.md": "---\ntitle: N\n---\nOne **word**.\n"}
    )
    path, text = PurePosixPath("content/a.md"), '{{< include "note.md" >}}\n'
    assert site.expand(path, text).strip() == "One **word**."
    (tmp_path / "content/includes/note.md").write_text("Two words.\n")
    assert site.expand(path, text).strip() == "Two words."


def test_a_site_travels_to_other_processes(tmp_path: Path) -> None:
    site = _site(tmp_path, "", **{"content/a.md": ""})
    site.parse(PurePosixPath("content/a.md"), "## A\n")
    assert pickle.loads(pickle.dumps(site)).address(PurePosixPath("content/a.md"), {"title": "A"}) == "a/"  # noqa: S301


def test_files_that_are_no_pages_are_counted_with_their_reason(tmp_path: Path) -> None:
    _site(tmp_path, "", **{"content/a.md": "---\ndraft: true\n---\n", "content/b.md": "text\n"})
    found = [(one.path, one.reason) for one in Folder(tmp_path, None).pages({}) if isinstance(one, Skipped)]
    assert found == [("content/a.md", "a draft")]


@pytest.mark.parametrize("folder", [".", "site", "site/content"])
def test_a_site_without_a_configuration_is_told_by_its_shortcodes(tmp_path: Path, folder: str) -> None:
    text = "# A\n\n{{< note >}}\nWords.\n{{< /note >}}\n"
    _write(tmp_path, {"site/content/docs/a.md": text, "site/content/docs/b.md": text})
    found = Folder(tmp_path / folder, "https://docs.example.com/")
    assert found.generator == "hugo"
    pages = [one for one in found.pages({}) if isinstance(one, Parsed)]
    assert [one.url for one in pages] == [f"https://docs.example.com/docs/{name}/" for name in "ab"]


def test_a_section_s_slug_is_in_the_addresses_of_its_pages_since_0_167(tmp_path: Path) -> None:
    files = {"content/a/_index.md": "---\nslug: x\n---\n", "content/a/b/_index.md": "", "content/a/b/c.md": ""}
    old, new = (
        _site(tmp_path / version, f"module.hugoVersion.min = '{version}'", **files) for version in ("0.166", "0.167")
    )
    assert [_address(old, "content/a/b/c.md"), _address(old, "content/a/_index.md")] == ["a/b/c/", "a/"]
    assert [_address(new, "content/a/b/c.md"), _address(new, "content/a/_index.md")] == ["x/b/c/", "x/"]


def test_a_language_at_an_address_of_its_own_is_left_out(tmp_path: Path) -> None:
    languages = "[languages.en]\nbaseURL = 'https://en.example/'\n[languages.de]\nbaseURL = 'https://de.example/'\n"
    site = _site(tmp_path, languages, **{"content/_index.md": ""})
    assert site.site_url == "https://en.example/"
    assert _skip_reason(site, "content/a.de.md") == "it is published at https://de.example/"
    assert _address(site, "content/a.md") == "a/"
