"""The tools of the MCP endpoint: `search`, `fetch`, and for who has the bearer token `ask`.

The first two take and return what ChatGPT's connectors and deep research ask of tools with these names.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chatkit.analytics import service as analytics
from chatkit.answers import extractive
from chatkit.chat import service as chat
from chatkit.chat.generation import Origin
from chatkit.config import settings
from chatkit.database.orm import db
from chatkit.errors import ApiError, Unauthorized
from chatkit.machines import documents, listing
from chatkit.machines.json_rpc import INVALID_PARAMS, RpcError
from chatkit.machines.metrics import CALLS
from chatkit.machines.tool_schemas import ASK, FETCH, SEARCH
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester
from chatkit.search.passages import by_section
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve
from chatkit.search.stated import Stated
from chatkit.web import read_only
from chatkit.web.times import format_utc

MAX_RESULTS = 8
MAX_QUERY, MAX_QUESTION, MAX_NAME, MAX_ID = 500, 2000, 255, 2000
PASSAGE_ID = re.compile(r"[0-9a-f]{16}")
# All programs together spend the model's tokens as one reader, see `chatkit/llm/token_budget.py`.
SPENDER = "machines"
FOR_BEARER = "The tool `ask` is for the bearer of MCP_TOKEN. Send it as: Authorization: Bearer, then the token."

Arguments = Mapping[str, object]


@dataclass(frozen=True)
class Caller:
    """Who calls: the address that the limits count, the request's id, and whether it bears the owner's token."""

    address: str | None
    request_id: str
    is_trusted: bool


class _Refusal(Exception):
    """Arguments with which a tool can do nothing; a model reads what to change."""


@dataclass(frozen=True)
class _Tool:
    """A tool as it is described to a model, what it is limited and counted as, and what it does."""

    description: Mapping[str, Any]
    action: str
    run: Callable[[Arguments, Caller], Mapping[str, Any]]


def describe(caller: Caller) -> list[Mapping[str, Any]]:
    """Return the tools that a caller may use."""
    return [tool.description for tool in _tools(caller.is_trusted).values()]


def call(name: object, arguments: object, caller: Caller) -> dict[str, Any]:
    """Return the result of a tool; where its arguments do not fit, that is one too, which says what to do.

    Raises ``RpcError`` for what is no tool, ``Unauthorized`` for one that needs the token, ``RateLimited``.
    """
    tool = _tools(trusted=True).get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(INVALID_PARAMS, f"Unknown tool: {name!r}. There are: {', '.join(_tools(caller.is_trusted))}.")
    if not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "The arguments of a tool are an object.")
    try:
        if name not in _tools(caller.is_trusted):
            raise Unauthorized(FOR_BEARER)
        limiter.hit(tool.action, Requester(account=SPENDER), caller.address)
        found = tool.run(arguments, caller)
    except _Refusal as refusal:
        CALLS.labels(tool.action, "refused").inc()
        return {"content": [{"type": "text", "text": str(refusal)}], "isError": True}
    except ApiError:
        CALLS.labels(tool.action, "refused").inc()
        raise
    CALLS.labels(tool.action, "answered").inc()
    if not read_only.is_on():
        analytics.record(tool.action)
        db.session.commit()
    text = json.dumps(found, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": found, "isError": False}


def _tools(trusted: bool) -> dict[str, _Tool]:
    offered = [_Tool(SEARCH, "mcp_search", _search), _Tool(FETCH, "mcp_fetch", _fetch)]
    if trusted and settings().mcp_ask:
        offered.append(_Tool(ASK, "mcp_ask", _ask))
    return {tool.description["name"]: tool for tool in offered}


def _search(arguments: Arguments, caller: Caller) -> Mapping[str, Any]:
    query = analyze(Question(_text(arguments, "query", MAX_QUERY), stated=_stated(arguments)))
    passages = [passage for passage in retrieve(query) if not documents.is_excluded(passage.url)]
    first = [section[0] for section in by_section(passages)][:MAX_RESULTS]
    return {
        "results": [
            {
                "id": source.id,
                "title": source.title,
                # Without the text fragment, which opens a browser at a quote.
                "url": documents.whole_url(passage.url),
                "excerpt": source.excerpt,
                "path": list(source.path),
                "site": source.site,
                "version": source.version,
                "language": source.language,
            }
            for passage, source in zip(first, extractive.cite(query, first), strict=True)
        ]
    }


def _fetch(arguments: Arguments, caller: Caller) -> Mapping[str, Any]:
    id_ = _text(arguments, "id", MAX_ID)
    found = documents.find_by_passage(id_) if PASSAGE_ID.fullmatch(id_) else documents.find_by_url(id_)
    if found is None:
        raise _Refusal(f"No indexed page has the id {id_!r}. An id changes with its page: search again.")
    pieces = documents.pieces(documents.sections(found))
    # A page that is indexed anew meanwhile is another text.
    of, number = found.content_hash[:12], 0
    if (cursor := _optional_text(arguments, "cursor", MAX_NAME)) is not None:
        cursors = [f"{of}-{place}" for place in range(len(pieces))]
        if cursor not in cursors:
            raise _Refusal("This cursor is not of this page as it is indexed now. Fetch the page without a cursor.")
        number = cursors.index(cursor)
    return {
        "id": id_,
        "title": found.title,
        "text": pieces[number],
        "url": found.url,
        "next_cursor": f"{of}-{number + 1}" if number + 1 < len(pieces) else None,
        "metadata": {
            "site": found.site,
            "version": found.version,
            "language": found.language,
            "indexed_at": format_utc(found.indexed_at),
            "piece": number + 1,
            "pieces": len(pieces),
        },
    }


def _ask(arguments: Arguments, caller: Caller) -> Mapping[str, Any]:
    question = Question(_text(arguments, "question", MAX_QUESTION), stated=_stated(arguments))
    reply = chat.ask_once(question, Origin(caller.request_id, (SPENDER,), is_counted=False, is_machine=True))
    shown = ("id", "title", "url", "excerpt", "site", "version", "language")
    sources = [{name: source[name] for name in shown} for source in reply.sources]
    return {
        "answer": reply.answer,
        "outcome": str(reply.outcome),
        "sources": [source | {"url": documents.whole_url(source["url"])} for source in sources],
        "citations": reply.citations,
    }


def _stated(arguments: Arguments) -> Stated:
    site, version, language = (_optional_text(arguments, name, MAX_NAME) for name in ("site", "version", "language"))
    known = listing.sites()
    if site is not None and site not in known:
        raise _Refusal(
            f"No site {site!r} is indexed. There are: {', '.join(known) or 'none yet'}. Leave it out to search all."
        )
    return Stated(site, version, language)


def _text(arguments: Arguments, name: str, most: int) -> str:
    text = _optional_text(arguments, name, most)
    if text is None:
        raise _Refusal(f"The argument {name!r} is missing.")
    return text


def _optional_text(arguments: Arguments, name: str, most: int) -> str | None:
    """Return an argument, None where it is absent or blank."""
    found = arguments.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or len(found) > most:
        raise _Refusal(f"The argument {name!r} is a text of at most {most:,} characters.")
    return found.strip() or None
