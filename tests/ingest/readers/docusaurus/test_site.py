"""What a configuration of Docusaurus says of its docs: addresses, versions and languages as Docusaurus 3 makes them."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from chatkit.ingest.readers import registry
from chatkit.ingest.readers.docusaurus.generator import Docusaurus

CONFIG = """
import type { Config } from '@docusaurus/types'
const config: Config = {
  title: 'Handbook', url: 'https://docs.example.com', baseUrl: '/handbook/',
  presets: [['classic', { docs: { sidebarPath: './sidebars.ts' } }]],
}
export default config
"""
I18N = "i18n: { defaultLocale: 'en', locales: ['en', 'pt-BR'], localeConfigs: { 'pt-BR': { htmlLang: 'pt' } } },"


def _site(folder: Path, pages: Sequence[str], config: str = CONFIG, **files: Any) -> Docusaurus:
    """Return what a folder of pages is read as; ``files`` are others in JSON, by their names without ending."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "docusaurus.config.ts").write_text(config, encoding="utf-8")
    for name, content in files.items():
        place = folder / f"{name.replace('__', '/').replace('_dot_', '.')}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content), encoding="utf-8")
    for page in pages:
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text("# A\n", encoding="utf-8")
    return _read(folder)


def _read(folder: Path) -> Docusaurus:
    found = registry.choose("auto", folder).generator
    assert isinstance(found, Docusaurus)
    return found


def _published(site: Docusaurus) -> dict[str, tuple[str, str | None, str | None]]:
    """Return the address, version and language of each page, by its path."""
    files = (file for root in site.roots for file in sorted(root.rglob("*.md*")) if file.is_file())
    paths = [PurePosixPath(file.relative_to(site.folder)) for file in files]
    return {
        str(path): (site.address(path, {}), site.version(path), site.language(path))
        for path in paths
        if site.skip_reason(path, {}) is None
    }


def test_docs_are_published_where_the_configuration_says(tmp_path: Path) -> None:
    site = _site(tmp_path, ["docs/intro.md", "docs/02-guides/index.md"])
    assert site.site_url == "https://docs.example.com/handbook/"
    assert {address for address, *_ in _published(site).values()} == {"docs/intro", "docs/guides/"}


def test_the_path_of_docs_may_lead_out_of_the_sites_folder(tmp_path: Path) -> None:
    config = CONFIG.replace("docs: {", "docs: { path: '../docs', routeBasePath: '/', ")
    site = _site(tmp_path / "website", ["../docs/intro.md"], config)
    assert site.folder == tmp_path / "docs"
    assert _published(site) == {"intro.md": ("intro", None, "en")}
    assert site.site_url == "https://docs.example.com/handbook/"


def test_one_folder_of_docs_is_published_at_its_own_address(tmp_path: Path) -> None:
    _site(tmp_path, ["docs/guides/a.md", "versioned_docs/version-1.0/b.md"], versions=["1.0"])
    for folder, url in (("docs", "docs/next/"), ("docs/guides", "docs/next/"), ("versioned_docs/version-1.0", "docs/")):
        site = _read(tmp_path / folder)
        assert site.site_url == f"https://docs.example.com/handbook/{url}"
        assert site.roots == (tmp_path / folder,)
    assert _read(tmp_path / "docs/guides").address(PurePosixPath("guides/a.md"), {}) == "guides/a"


VERSIONED = ("docs/a.md", "versioned_docs/version-2.0/a.md", "versioned_docs/version-1.0/a.md")


@pytest.mark.parametrize(
    ("options", "published"),
    [
        ("", [("docs/a", "2.0"), ("docs/next/a", "next"), ("docs/1.0/a", "1.0")]),
        ("includeCurrentVersion: false", [("docs/a", "2.0"), ("docs/1.0/a", "1.0")]),
        ("lastVersion: 'current'", [("docs/a", "next"), ("docs/2.0/a", "2.0"), ("docs/1.0/a", "1.0")]),
        (
            "lastVersion: 'current', versions: { current: { label: '3.0' }, '1.0': { path: 'old', noIndex: true } }",
            [("docs/a", "3.0"), ("docs/2.0/a", "2.0")],
        ),
        (
            "versions: { current: { path: 'canary' } }",
            [("docs/a", "2.0"), ("docs/canary/a", "next"), ("docs/1.0/a", "1.0")],
        ),
        ("onlyIncludeVersions: ['2.0']", [("docs/a", "2.0")]),
        ("disableVersioning: true", [("docs/a", None)]),
    ],
)
def test_a_page_has_the_address_and_the_name_of_its_version(
    tmp_path: Path, options: str, published: list[tuple[str, str | None]]
) -> None:
    site = _site(
        tmp_path,
        VERSIONED,
        CONFIG.replace("docs: {", f"docs: {{ {options}{',' * bool(options)} "),
        versions=["2.0", "1.0"],
    )
    assert sorted((address, version) for address, version, _ in _published(site).values()) == sorted(published)


def test_translations_are_published_below_their_language(tmp_path: Path) -> None:
    translated = "i18n/pt-BR/docusaurus-plugin-content-docs"
    pages = ["docs/a.md", "docs/b.md", "versioned_docs/version-1.0/a.md"]
    pages += [f"{translated}/current/a.md", f"{translated}/version-1.0/a.md", f"{translated}/current/gone.md"]
    site = _site(tmp_path, pages, CONFIG.replace("presets:", f"{I18N} presets:"), versions=["1.0"])
    published = _published(site)
    assert published[f"{translated}/current/a.md"] == ("pt-BR/docs/next/a", "next", "pt")
    assert published[f"{translated}/version-1.0/a.md"] == ("pt-BR/docs/a", "1.0", "pt")
    assert published["docs/b.md"] == ("docs/next/b", "next", "en")
    assert f"{translated}/current/gone.md" not in published


def test_a_page_may_be_replaced_in_the_language_of_the_docs(tmp_path: Path) -> None:
    replaced = "i18n/en/docusaurus-plugin-content-docs/current/a.md"
    site = _site(tmp_path, ["docs/a.md", "docs/b.md", replaced])
    assert _published(site) == {"docs/b.md": ("docs/b", None, "en"), replaced: ("docs/a", None, "en")}


def test_each_instance_of_docs_has_its_own_versions(tmp_path: Path) -> None:
    options = "{ id: 'api', path: 'api', routeBasePath: 'api' }"
    plugin = f"plugins: [[require.resolve('@docusaurus/plugin-content-docs'), {options}]],"
    pages = ["docs/a.md", "api/a.md", "api_versioned_docs/version-1.0/a.md"]
    site = _site(tmp_path, pages, CONFIG.replace("presets:", f"{plugin} presets:"), api_versions=["1.0"])
    assert set(_published(site).values()) == {
        ("docs/a", None, "en"),
        ("api/next/a", "next", "en"),
        ("api/a", "1.0", "en"),
    }


@pytest.mark.parametrize(("slash", "addresses"), [("true", {"docs/a/", "docs/"}), ("false", {"docs/a", "docs"})])
def test_addresses_end_as_the_configuration_says(tmp_path: Path, slash: str, addresses: set[str]) -> None:
    site = _site(tmp_path, ["docs/a.md", "docs/index.md"], CONFIG.replace("url:", f"trailingSlash: {slash}, url:"))
    assert {address for address, *_ in _published(site).values()} == addresses


def test_the_home_of_a_language_always_ends_in_a_slash(tmp_path: Path) -> None:
    translated = "i18n/pt-BR/docusaurus-plugin-content-docs/current/index.md"
    config = CONFIG.replace("docs: {", "docs: { routeBasePath: '/', ").replace(
        "url:", f"{I18N} trailingSlash: false, url:"
    )
    site = _site(tmp_path, ["docs/index.md", translated], config)
    assert {address for address, *_ in _published(site).values()} == {"", "pt-BR/"}


def test_a_folder_of_docs_may_have_numbers_that_are_part_of_names(tmp_path: Path) -> None:
    site = _site(tmp_path, ["docs/01-a.md"], CONFIG.replace("docs: {", "docs: { numberPrefixParser: false, "))
    assert site.address(PurePosixPath("01-a.md"), {}) == "docs/01-a"


def test_a_configuration_that_cannot_be_read_leaves_what_is_usual(tmp_path: Path) -> None:
    site = _site(tmp_path, ["docs/a.md"], "export default makeConfig(process.argv)")
    assert (site.site_url, _published(site)) == (None, {"a.md": ("docs/a", None, "en")})
