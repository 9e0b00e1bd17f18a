"""Which generator made a folder's site: the nearest configuration, else the signature of most pages."""

import pickle
from pathlib import Path, PurePosixPath

import pytest

from chatkit.ingest.readers import registry
from chatkit.ingest.readers.generator import Generator


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (("mkdocs.yml",), "mkdocs"),
        (("book.toml",), "mdbook"),
        (("docs/mkdocs.yaml",), "mkdocs"),
        (("docusaurus.config.ts",), "docusaurus"),
        (("docs/docusaurus.config.js", "mkdocs.yml"), "docusaurus"),
    ],
)
def test_the_generator_is_the_one_whose_configuration_is_nearest(
    tmp_path: Path, files: tuple[str, ...], chosen: str
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in files:
        (tmp_path / name).write_text("")
    assert registry.choose("auto", docs).generator.name == chosen
    assert registry.choose("chatkit", docs).generator.name == "chatkit"


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_a_configuration_counts_up_to_two_folders_above(tmp_path: Path, levels: int) -> None:
    docs = tmp_path / "versions" / "2.0" / "docs"
    docs.mkdir(parents=True)
    ([docs, *docs.parents][levels] / "mkdocs.yml").write_text("")
    assert registry.choose("auto", docs).generator.name == ("mkdocs" if levels <= 2 else "chatkit")


def test_a_configuration_counts_up_to_the_top_of_its_repository_and_no_further(tmp_path: Path) -> None:
    docs = tmp_path / "repository" / "src" / "content" / "docs" / "guides"
    docs.mkdir(parents=True)
    repository = tmp_path / "repository"
    (repository / ".git").mkdir()
    (repository / "mkdocs.yml").write_text("")
    chosen = registry.choose("auto", docs)
    assert (chosen.generator.name, chosen.reason) == ("mkdocs", f"by {repository / 'mkdocs.yml'}")
    (repository / "mkdocs.yml").rename(tmp_path / "mkdocs.yml")
    assert registry.choose("auto", docs).generator.name == "chatkit"
    assert registry.choose("auto", repository).generator.name == "chatkit"


@pytest.mark.parametrize(
    ("pages", "chosen"),
    [
        (("# A\n\n!!! note\n\n    Words.\n",), "mkdocs"),
        (('# A\n\n=== "pip"\n\n    Words.\n',), "mkdocs"),
        (("# A\n\n## B {: #own }\n",), "mkdocs"),
        (("---\ntitle: A\nsidebar_position: 1\n---\n# A\n",), "docusaurus"),
        (("import Tabs from '@theme/Tabs';\n\n# A\n",), "docusaurus"),
        (("---\nsidebar_label: A\n---\n", "---\nsidebar_label: B\n---\n", "!!! note\n"), "docusaurus"),
        (("# A\n\n:::tip\n\nWords.\n\n:::\n", "---\ntitle: A\n---\n\nsidebar_label: B\n"), "chatkit"),
        ((), "chatkit"),
    ],
)
def test_without_a_configuration_the_signature_of_most_pages_decides(
    tmp_path: Path, pages: tuple[str, ...], chosen: str
) -> None:
    for number, text in enumerate(pages):
        (tmp_path / f"{number}.md").write_text(text)
    assert registry.choose("auto", tmp_path).generator.name == chosen


def test_what_a_site_was_told_by_is_said(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("!!! note\n")
    assert registry.choose("mkdocs", tmp_path).reason == "as --generator says"
    assert registry.choose("auto", tmp_path).reason == "by the marks in 1 of its pages"
    (tmp_path / "mkdocs.yml").write_text("")
    assert registry.choose("auto", tmp_path).reason == "by its mkdocs.yml"


def test_a_repository_is_told_by_the_configuration_of_the_site_it_holds(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A program\n")
    site = tmp_path / "website"
    site.mkdir()
    (site / "docusaurus.config.js").write_text("")
    chosen = registry.choose("auto", tmp_path).generator
    assert (chosen.name, chosen.folder.is_relative_to(site)) == ("docusaurus", True)


def test_a_built_site_is_read_as_html_though_its_configuration_is_near(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("")
    built = tmp_path / "build"
    (built / "_sources").mkdir(parents=True)
    (built / "_sources" / "index.md").write_text("# A\n")
    home = '<!DOCTYPE html><html><head><link rel="canonical" href="https://docs.example.com/a/"></head></html>'
    (built / "index.html").write_text(home)
    chosen = registry.choose("auto", built).generator
    assert (chosen.name, chosen.site_url) == ("html", "https://docs.example.com/a/")
    (built / "page.md").write_text("# A\n")
    assert registry.choose("auto", built).generator.name == "mkdocs"


def test_every_generator_that_is_read_can_be_named() -> None:
    read = sorted(generator.name for generator in registry.GENERATORS if generator.remedy is None)
    assert ("auto", *read) == registry.NAMES
    assert [registry.choose(name, Path("nowhere")).generator.name for name in registry.NAMES[1:]] == list(
        registry.NAMES[1:]
    )


@pytest.mark.parametrize("generator", [one for one in registry.GENERATORS if one.suffixes and one.remedy is None])
def test_a_generator_reads_the_same_in_another_process(tmp_path: Path, generator: type[Generator]) -> None:
    """It survives pickling, also when it has read a page before, with the settings of its configuration."""
    page = "---\ntitle: A page\n---\n# A\n\n## B c\n\nWords.\n"
    config = tmp_path / next(iter(generator.config_files), "none")
    config.parent.mkdir(exist_ok=True)
    config.write_text("markdown_extensions:\n  - toc:\n      separator: _\nuse_directory_urls: false\n")
    for made in (generator.from_folder(tmp_path), generator.from_config(config, tmp_path)):
        metadata, document = made.parse(PurePosixPath("a/b.md"), page)
        copy: Generator = pickle.loads(pickle.dumps(made))  # noqa: S301  (made in this test)
        assert copy.parse(PurePosixPath("a/b.md"), page) == (metadata, document)
        path = PurePosixPath("a/b.md")
        assert copy.address(path, metadata) == made.address(path, metadata)
        assert (copy.fingerprint, copy.folder, copy.site_url) == (made.fingerprint, made.folder, made.site_url)
