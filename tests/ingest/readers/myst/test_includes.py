"""What pages of MyST include: Markdown, and code as a whole or in part; nothing of it within code."""

from pathlib import PurePosixPath

import pytest

from chatkit.ingest.readers.myst.includes import Includes, code_lines

FILES = {
    "a/part.md": "---\ntitle: None\n---\nA *part*.\n\n```{include} deeper/more.md\n```\n",
    "a/deeper/more.md": "More.\n",
    "a/code.py": "one\ntwo\n# begin\nthree\n# end\nfour\n",
    "a/ticks.md": "```\ncode\n```\n",
    "root.md": "From the root.\n",
    "a/self.md": "again\n\n```{include} self.md\n```\n",
    "a/page.rst": "Not Markdown\n",
}


def _expanded(text: str) -> str:
    return Includes(lambda path: FILES.get(str(path)), guesses_language=True).expand(text, PurePosixPath("a"))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("Before\n```{include} part.md\n```\nafter", "Before\nA *part*.\n\nMore.\nafter"),
        ("> :::{include} /root.md\n> :::", "> From the root."),
        ("```{literalinclude} code.py\n:lines: 1-2,6\n```", "```python\none\ntwo\nfour\n```"),
        (
            "```{literalinclude} code.py\n:start-after: '# begin'\n:end-before: \"# end\"\n:language: rb\n```",
            "```rb\nthree\n```",
        ),
        ("```{literalinclude} code.py\n:start-at: begin\n:end-at: end\n```", "```python\n# begin\nthree\n# end\n```"),
        ("```{include} code.py\n:literal:\n:end-line: 1\n```", "```python\none\n```"),
        ("```{literalinclude} ticks.md\n```", "````md\n```\ncode\n```\n````"),
        ("```{include} missing.md\n```\n```{include} page.rst\n```", "\n"),
        ("````\n```{include} part.md\n```\n````", "````\n```{include} part.md\n```\n````"),
        ("::::{note}\n```{include} /root.md\n```\n::::", "::::{note}\nFrom the root.\n::::"),
    ],
)  # fmt: skip
def test_a_file_stands_where_it_is_included(text: str, expanded: str) -> None:
    assert _expanded(text) == expanded


def test_a_file_that_includes_itself_ends() -> None:
    assert _expanded("```{include} self.md\n```").count("again") == 10


def test_code_is_told_from_what_directives_hold() -> None:
    lines = [
        "- ```py",
        "  # a",
        "  ```",
        ":::{note}",
        "# b",
        "```{code-cell}",
        "# c",
        "```",
        ":::",
        "# d",
        "``` `no` fence",
        "# e",
    ]
    assert [line for line, is_code in zip(lines, code_lines(lines), strict=True) if is_code and "#" in line] == [
        "  # a",
        "# c",
    ]
