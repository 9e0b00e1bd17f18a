"""The official client of the protocol against /mcp: it lists, searches, fetches in pieces, is limited and refused."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flask import Flask
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests import factories
from tests.factories import MakeApp
from tests.machines.test_documents import LONG
from tests.servers import listening

TOKEN = factories.SECRET_KEY[::-1]
MODES = ("auto", "legacy")

Work = Callable[[Client], Coroutine[Any, Any, Any]]


def _run(app: Flask, work: Work, mode: str = "auto", **headers: str) -> Any:
    """Let the client do ``work`` on a server of its own; return what comes of it, or the error that it meets."""

    async def run(url: str) -> Any:
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(transport, mode=mode, cache=None) as client:
                try:
                    return await work(client)
                except MCPError as error:
                    return error

    with listening(app) as url:
        try:
            return asyncio.run(run(url))
        except (MCPError, BaseExceptionGroup) as error:
            return _innermost(error)


def _innermost(error: BaseException) -> BaseException:
    """Return the error that groups of tasks wrap."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@pytest.mark.parametrize("mode", MODES)
def test_it_lists_searches_and_fetches(guide: Flask, mode: str) -> None:
    async def work(client: Client) -> Any:
        listed = (await client.list_tools()).tools
        found = await client.call_tool("search", {"query": "Does the foghorn sound in dense fog?"})
        first = found.structured_content["results"][0]
        read = await client.call_tool("fetch", {"id": first["id"]})
        return client.protocol_version, listed, found, first, read

    version, listed, found, first, read = _run(guide, work, mode)
    assert version == {"auto": "2026-07-28", "legacy": "2025-11-25"}[mode]
    assert [tool.name for tool in listed] == ["search", "fetch"]
    assert first["title"] == "Foghorn"
    assert first["url"] == "http://127.0.0.1:8000/guide/foghorn#foghorn"
    # What ChatGPT's connectors read is one text, which holds the same as JSON.
    assert json.loads(found.content[0].text) == found.structured_content
    page = read.structured_content
    assert {"id", "title", "text", "url", "metadata"} <= page.keys()
    assert "every thirty seconds in dense fog" in page["text"]
    assert (page["title"], page["next_cursor"]) == ("Foghorn", None)


def test_it_fetches_a_long_page_in_pieces(app: Flask, tmp_path: Path) -> None:
    factories.index(app, tmp_path / "site", {"long.md": LONG})

    async def work(client: Client) -> Any:
        texts, cursor = [], None
        while True:
            asked = {"id": "/guide/long"} | ({"cursor": cursor} if cursor else {})
            page = (await client.call_tool("fetch", asked)).structured_content
            texts.append(page["text"])
            cursor = page["next_cursor"]
            if cursor is None:
                return texts

    texts = _run(app, work)
    assert len(texts) > 1
    assert [f"## Part {n}" in "\n\n".join(texts) for n in range(20)] == [True] * 20


def test_it_is_limited(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(RATE_LIMIT_MCP_SEARCH=1)
    factories.index(app, tmp_path / "guide")

    async def work(client: Client) -> Any:
        await client.call_tool("search", {"query": "foghorn"})
        return await client.call_tool("search", {"query": "foghorn"})

    refused = _run(app, work)
    assert refused.code == 429
    assert "Try again in" in refused.message
    assert refused.data["detail"]["error"] == "rate_limited"


def test_it_is_refused_from_a_foreign_origin(guide: Flask) -> None:
    async def work(client: Client) -> Any:
        return await client.list_tools()

    refused = _run(guide, work, Origin="https://evil.example.com")
    assert (refused.code, "CORS_ORIGINS" in refused.message) == (403, True)


def test_it_asks_with_the_bearer_alone(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(MCP_ASK="on", MCP_TOKEN=TOKEN)
    factories.index(app, tmp_path / "guide")

    async def work(client: Client) -> Any:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        try:
            return tools, await client.call_tool("ask", {"question": "Does the foghorn sound in dense fog?"})
        except MCPError as error:
            return tools, error

    tools, refused = _run(app, work)
    assert (tools, refused.code) == (["search", "fetch"], 401)
    tools, asked = _run(app, work, Authorization=f"Bearer {TOKEN}")
    assert tools == ["search", "fetch", "ask"]
    answer = asked.structured_content
    assert answer["outcome"] == "answered"
    assert "every thirty seconds" in answer["answer"]
    assert answer["sources"][0]["url"].startswith("http://127.0.0.1:8000/guide/foghorn")
    wrong = _run(app, work, Authorization="Bearer another")
    assert (wrong.code, "MCP_TOKEN" in wrong.message) == (401, True)
