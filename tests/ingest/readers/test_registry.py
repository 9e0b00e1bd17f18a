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
    assert registry.choose("auto", docs).name == chosen
    assert registry.choose("chatkit", docs).name == "chatkit"


@pytest.mark.parametrize("levels", [0, 1, 2, 3])
def test_a_configuration_counts_up_to_two_folders_above(tmp_path: Path, levels: int) -> None:
    docs = tmp_path / "versions" / "2.0" / "docs"
    docs.mkdir(parents=True)
    ([docs, *docs.parents][levels] / "mkdocs.yml").write_text("")
    assert registry.choose("auto", docs).name == ("mkdocs" if levels <= 2 else "chatkit")


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
    assert registry.choose("auto", tmp_path).name == chosen


def test_every_generator_can_be_named() -> None:
    assert registry.NAMES == ("auto", "chatkit", "docusaurus", "mkdocs")
    assert [registry.choose(name, Path("nowhere")).name for name in registry.NAMES[1:]] == list(registry.NAMES[1:])


@pytest.mark.parametrize("generator", registry.GENERATORS)
def test_a_generator_reads_the_same_in_another_process(tmp_path: Path, generator: type[Generator]) -> None:
    """It survives pickling, also when it has read a page before, with the settings of its configuration."""
    page = "---\ntitle: A page\n---\n# A\n\n## B c\n\nWords.\n"
    config = tmp_path / next(iter(generator.config_files), "none")
    config.write_text("markdown_extensions:\n  - toc:\n      separator: _\nuse_directory_urls: false\n")
    for made in (generator.from_folder(tmp_path), generator.from_config(config, tmp_path)):
        metadata, document = made.parse(page, "fallback")
        copy: Generator = pickle.loads(pickle.dumps(made))  # noqa: S301  (made in this test)
        assert copy.parse(page, "fallback") == (metadata, document)
        path = PurePosixPath("a/b.md")
        assert copy.address(path, metadata) == made.address(path, metadata)
        assert (copy.fingerprint, copy.folder, copy.site_url) == (made.fingerprint, made.folder, made.site_url)
