"""Notebooks as Markdown: the cells, and of what they put out the words."""

import json
from typing import Any

import pytest

from chatkit.ingest.readers.myst.notebook import MAX_OUTPUT, to_markdown


def _code(source: str, *tags: str, outputs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "outputs": outputs or []}


def _markdown(*cells: dict[str, Any], language: str = "python") -> str:
    return to_markdown(json.dumps({"cells": cells, "metadata": {"language_info": {"name": language}}})).strip()


def test_markdown_and_code_stand_below_each_other_and_raw_cells_nowhere() -> None:
    words = {"cell_type": "markdown", "source": ["# A\n", "\n", "Words."], "metadata": {}}
    raw = {"cell_type": "raw", "source": "raw", "metadata": {}}
    assert _markdown(words, raw, _code("x = 1\n"), language="julia") == "# A\n\nWords.\n\n```julia\nx = 1\n```"


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("remove-cell", ""),
        ("remove-input", "```\nout\n```"),
        ("remove_output", "```python\nin\n```"),
        ("hide-input", "```python\nin\n```\n\n```\nout\n```"),
    ],
)
def test_tags_remove_what_they_name_and_what_is_hidden_at_first_stays(tag: str, shown: str) -> None:
    stream = {"output_type": "stream", "text": ["out\n"]}
    assert _markdown(_code("in", tag, outputs=[stream])) == shown


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ({"output_type": "execute_result", "data": {"text/plain": ["12"]}}, "```\n12\n```"),
        ({"output_type": "display_data", "data": {"text/plain": "<Figure>", "image/png": "AAAA"}}, None),
        ({"output_type": "display_data", "data": {"text/markdown": "*Words*", "text/plain": "x"}}, "*Words*"),
        (
            {"output_type": "execute_result", "data": {"text/html": "<b>1</b>", "text/plain": "1"}},
            "```{output-html}\n<b>1</b>\n```",
        ),
        (
            {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["long"]},
            "```\nKeyError: 'a'\n```",
        ),
        ({"output_type": "stream", "text": "\x1b[31mred\x1b[0m"}, "```\nred\n```"),
        ({"output_type": "stream", "text": "x" * (MAX_OUTPUT + 1)}, None),
        ({"output_type": "stream", "text": "```\n"}, "````\n```\n````"),
        ({"output_type": "stream"}, None),
        ({"data": 3}, None),
    ],
)  # fmt: skip
def test_an_output_is_shown_in_words_or_not_at_all(output: dict[str, Any], shown: str | None) -> None:
    assert _markdown(_code("x", "remove-input", outputs=[output])) == (shown or "")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"worksheets": []}', "[" * 100_000, '{"cells": {}}'])
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_markdown(text)


def test_cells_that_mean_nothing_are_passed_over() -> None:
    assert (
        to_markdown('{"cells": [1, {}, {"cell_type": "code", "source": 3, "metadata": []}], "metadata": 1}').strip()
        == ""
    )
