"""Snippets, as the real pymdownx.snippets puts them in."""

import time
from pathlib import Path

import pytest
from markdown import Markdown

from chatkit.ingest.readers import includes
from chatkit.ingest.readers.mkdocs.snippets import expanded

FILES = {
    "a.md": "First *line*\n\nthird\n",
    "nested.md": 'Before\n\n--8<-- "a.md"\n',
    "code.py": (
        "# --8<-- [start:part]\nx = 1\n    # --8<-- [start:inner]\ny = 2\n    # --8<-- [end:inner]\n"
        "# --8<-- [end:part]\nz\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of files to include, beside one that must not be."""
    site = tmp_path / "site"
    site.mkdir()
    for name, text in FILES.items():
        (site / name).write_text(text)
    (tmp_path / "secret.md").write_text("secret")
    return site


@pytest.mark.parametrize(
    "text",
    [
        'x\n\n--8<-- "a.md"\n\ny',
        "x\n\n-8<- 'a.md'\n",
        "--8<--\na.md\n; a.md\n\nnested.md\n--8<--\n\nafter",
        '- item\n\n    --8<-- "a.md"\n',
        '```py\n--8<-- "code.py:part"\n```\n\n    --8<-- "code.py:inner"\n',
        '--8<-- "a.md:3"\n\n--8<-- "a.md:1:2"\n\n--8<-- "a.md::1"\n',
        '--8<-- "code.py"\n',
        ';--8<-- "a.md"\n\n`--8<-- "a.md"`\n\ntext --8<-- "a.md"\n',
        '--8<-- "none.md"\n\nafter',
        '--8<-- "../secret.md"\n\nafter',
    ],
)
def test_files_lines_and_sections_are_put_in_as_the_extension_does(folder: Path, text: str) -> None:
    def read(name: str) -> str | None:
        return includes.read_text(folder, folder / name)

    options = {"pymdownx.snippets": {"base_path": [str(folder)]}}
    real = Markdown(extensions=["pymdownx.snippets", "pymdownx.superfences"], extension_configs=options).convert(text)
    assert Markdown(extensions=["pymdownx.superfences"]).convert(expanded(text, read)) == real


def test_a_file_that_includes_itself_ends() -> None:
    assert expanded('--8<-- "a"', lambda _: 'x\n--8<-- "a"\n--8<-- "a"').count("x") < 100


@pytest.mark.parametrize("piece", ["-", '--8<-- "', "--8<--\n", "8<-", '--8<-- "a" '])
def test_a_page_of_endless_marks_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    began = time.process_time()
    expanded(piece * (200_000 // len(piece)) + "8<-", lambda _: None)
    assert time.process_time() - began < 1
