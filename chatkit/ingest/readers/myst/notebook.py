"""Jupyter notebooks: their cells as one page of MyST Markdown."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Terminals' colours, and what moves their cursor.
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# What is longer is data, which nobody reads.
MAX_OUTPUT, MAX_HTML = 4_000, 20_000
# The directive that holds HTML as code put it out.
OUTPUT_HTML = "output-html"
DEFAULT_LANGUAGE = "python"
TICKS = re.compile("`{3,}")


def to_markdown(text: str) -> str:
    """Return a notebook's Markdown, code and text outputs, without what its tags remove. Raises ``ValueError``."""
    try:
        notebook = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError(
            "it is no notebook, or one of an old format: convert it with `jupyter nbconvert --to notebook`"
        )
    language = _language(notebook)
    parts = [part for cell in cells if isinstance(cell, dict) for part in _cell(cell, language)]
    return "\n\n".join([*parts, ""])


def fenced(code: str, info: str) -> str:
    """Return code in a fence that is longer than any within it."""
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in TICKS.findall(code))])
    return f"{fence}{info}\n{code.rstrip()}\n{fence}"


def _cell(cell: Mapping[str, Any], language: str) -> Iterator[str]:
    tags = {tag.replace("_", "-") for tag in _mapping(cell.get("metadata")).get("tags") or () if isinstance(tag, str)}
    source = _joined(cell.get("source"))
    if "remove-cell" in tags or not source.strip():
        return
    if cell.get("cell_type") == "markdown":
        yield source
    if cell.get("cell_type") != "code":
        return
    if "remove-input" not in tags:
        yield fenced(source, language)
    outputs = cell.get("outputs")
    if "remove-output" not in tags and isinstance(outputs, list):
        for output in outputs:
            yield from _output(_mapping(output))


def _output(output: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a reader sees of an output in words: no picture, and no text that stands in for one."""
    kind, data = output.get("output_type"), _mapping(output.get("data"))
    if kind == "stream":
        text = _joined(output.get("text"))
    elif kind == "error":
        text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
    elif any(name.startswith(("image/", "application/vnd", "video/", "audio/")) for name in data):
        return
    elif "text/html" in data or "text/markdown" in data:
        if len(html := _joined(data.get("text/html"))) <= MAX_HTML and html:
            yield fenced(html, f"{{{OUTPUT_HTML}}}")
        elif len(markdown := _joined(data.get("text/markdown"))) <= MAX_OUTPUT and not html:
            yield markdown
        return
    else:
        text = _joined(data.get("text/plain"))
    text = ANSI.sub("", text).strip("\n")
    if text.strip() and len(text) <= MAX_OUTPUT:
        yield fenced(text, "")


def _language(notebook: Mapping[str, Any]) -> str:
    metadata = _mapping(notebook.get("metadata"))
    info, kernel = _mapping(metadata.get("language_info")), _mapping(metadata.get("kernelspec"))
    name = info.get("pygments_lexer") or info.get("name") or kernel.get("language")
    return name if isinstance(name, str) and re.fullmatch(r"[\w+#.-]+", name) else DEFAULT_LANGUAGE


def _joined(lines: object) -> str:
    """Return text that is kept as one string or as a list of lines."""
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
