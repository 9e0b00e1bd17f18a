"""The tools as they are described to models, with JSON Schemas of what they take and return."""

from collections.abc import Mapping
from typing import Any

_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_READS = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
_SCOPE = {
    "site": {"type": "string", "description": "The site to look in, as results name it; all sites without it."},
    "version": {"type": "string", "description": "The version of the documentation; the current one without it."},
    "language": {"type": "string", "description": "The language of the pages, such as en or pt-BR."},
}
_PLACE = {"site": _TEXT, "version": _MAYBE, "language": _MAYBE}
_SOURCE = {"id": _TEXT, "title": _TEXT, "url": _TEXT, "excerpt": _TEXT, **_PLACE}


def _object(properties: Mapping[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _list_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties)}


SEARCH: Mapping[str, Any] = {
    "name": "search",
    "title": "Search the documentation",
    "description": "Find the sections of the documentation that fit a query best, by words and by meaning. Each result "
    "has an id, which `fetch` takes, and a url to cite.",
    "inputSchema": _object({"query": {"type": "string", "description": "What to find."}, **_SCOPE}, *_SCOPE),
    "outputSchema": _object({"results": _list_of(_SOURCE | {"path": {"type": "array", "items": _TEXT}})}),
    "annotations": _READS,
}
FETCH: Mapping[str, Any] = {
    "name": "fetch",
    "title": "Read a page of the documentation",
    "description": "Read the page that a search result stands on, as Markdown. A long page comes in pieces: call again "
    "with `next_cursor` as `cursor` until it is null. Only pages that are indexed can be read.",
    "inputSchema": _object(
        {
            "id": {"type": "string", "description": "The id of a search result, or the url of an indexed page."},
            "cursor": {"type": "string", "description": "The next_cursor of the piece before; none for the first."},
        },
        "cursor",
    ),
    "outputSchema": _object(
        {
            "id": _TEXT,
            "title": _TEXT,
            "text": _TEXT,
            "url": _TEXT,
            "next_cursor": _MAYBE,
            "metadata": _object(
                {**_PLACE, "indexed_at": _TEXT, "piece": {"type": "integer"}, "pieces": {"type": "integer"}}
            ),
        }
    ),
    "annotations": _READS,
}
ASK: Mapping[str, Any] = {
    "name": "ask",
    "title": "Ask the documentation",
    "description": "Answer a question from the documentation, with numbered sources. The outcome is `answered`, "
    "`nearest` when only sections come near, or `not_covered` when the pages say nothing of it.",
    "inputSchema": _object({"question": {"type": "string", "description": "The question."}, **_SCOPE}, *_SCOPE),
    "outputSchema": _object(
        {
            "answer": _TEXT,
            "outcome": _TEXT,
            "sources": _list_of(_SOURCE),
            "citations": {"type": "array", "items": _TEXT},
        }
    ),
    "annotations": _READS | {"idempotentHint": False},
}
