"""A model that obeys every injection, in questions and in pages, and still nothing harmful reaches a reader.

No real model is asked: the worst one is, which does whatever it is told. Each line of
injections.jsonl says where it stands (``where``), what it asks for (``text``) and how the model
obeys (``obeys``, in which {system} is the prompt it was really sent, also encoded or hidden). To be
shown the prompt is no harm: it is public.
"""

import asyncio
import base64
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatkit import create_app
from chatkit.answers.prompt import INSTRUCTIONS, build_messages
from chatkit.config import RATE_LIMITS
from chatkit.ingest import service as ingest
from chatkit.ingest.folder import Folder
from chatkit.llm import service as llm
from chatkit.llm.client import Usage
from tests import factories
from tests.conftest import dispose
from tests.factories import API, GUIDE, SECRET_KEY
from tests.modelserver import Behaviour, Body, ModelServer, RecordedRequest, model_server

QUESTION = "How often does the foghorn sound?"
INJECTIONS = [json.loads(line) for line in (Path(__file__).parent / "injections.jsonl").read_text("utf-8").splitlines()]
IDS = [f"{number}-{each['kind']}-{each['where']}" for number, each in enumerate(INJECTIONS)]
SITE = "https://docs.example.com"
MARK = re.compile(r"\[(\d+)\]")
LABEL = re.compile("⟦[^⟧]*⟧")
PASSAGE = re.compile(r"⟦passage \d+⟧(.*?)⟦end of passage \d+⟧", re.S)
ENCODED = re.compile(r"[A-Za-z0-9+/=_%-]{32,}")
OWN_LINK = re.compile(rf"\]\({re.escape(SITE)}/[^)]*\)")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """Run a model server."""
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def app(server: ModelServer, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return an application that asks it; each test indexes pages of its own."""
    file = tmp_path_factory.mktemp("injections") / "chatkit.db"
    shutil.copyfile(sqlite_template, file)
    chosen: dict[str, object] = {f"RATE_LIMIT_{name}": 1_000_000 for name in RATE_LIMITS}
    chosen |= {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": f"sqlite:///{file}", "LLM_TOKENS_PER_DAY": 10**9}
    app = create_app(chosen | server.settings)
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the pages."""
    return tmp_path_factory.mktemp("guide")


def _index(app: Flask, folder: Path, injected: str | None) -> None:
    (folder / "bulletin.md").unlink(missing_ok=True)
    pages = GUIDE | (
        {"bulletin.md": f"# Foghorn bulletin\n\nThe foghorn sounds often. {injected}\n"} if injected else {}
    )
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with app.app_context():
        ingest.index(Folder(folder, f"{SITE}/"))


def _obey(template: str, body: Body) -> str:
    system = "\n".join(message["content"] for message in body["messages"] if message["role"] == "system")
    return template.format(
        system=system,
        flat=" ".join(system.split()),
        zerowidth="\u200b".join(system),
        base64=base64.b64encode(system.encode()).decode(),
        hex=system.encode().hex(),
        tags="".join(chr(0xE0000 + ord(letter)) for letter in system if letter.isascii() and letter.isprintable()),
    )


def _ask(app: Flask, question: str) -> Any:
    """Return what a reader gets."""
    reply = app.test_client().post(f"{API}/chat", json=factories.question(question))
    assert reply.status_code == 200
    return reply.get_json()


@pytest.mark.parametrize("injection", INJECTIONS, ids=IDS)
def test_an_obedient_model_gets_nothing_past_the_checks(
    app: Flask, server: ModelServer, guide: Path, injection: dict[str, Any]
) -> None:
    in_page = injection["where"] == "page"
    _index(app, guide, injection["text"] if in_page else None)
    server.behave(Behaviour(text=lambda body: _obey(injection["obeys"], body)))
    reply = _ask(app, QUESTION if in_page else f"{injection['text']}\n\n{QUESTION}")
    shown, sources = reply["answer"], reply["sources"]
    asked = server.requests[-1]
    passages = "".join(PASSAGE.findall(asked.last))

    _assert_only_data_was_framed(asked, len(sources))
    assert all(run in passages for run in ENCODED.findall(OWN_LINK.sub("", shown)))
    assert all(letter.isprintable() or letter in f"\n{passages}" for letter in shown)
    _assert_no_markup_and_no_foreign_link(shown)
    # Without the model, a page's own words are quoted, as text; from the model, no address comes through.
    assert "evil.test" not in shown or reply["metadata"]["fallback"]
    if not injection.get("marks") and not reply["metadata"]["fallback"]:
        # A page that was tampered with supports what stands in it; no other page does.
        cited = {sources[int(number) - 1]["title"] for number in MARK.findall(shown)}
        assert cited <= {"Foghorn bulletin"}
    assert server.settings["OPENAI_API_KEY"] not in json.dumps(reply)


def _assert_only_data_was_framed(asked: RecordedRequest, sources: int) -> None:
    assert asked.system == INSTRUCTIONS
    labels = [label for n in range(1, sources + 1) for label in (f"⟦passage {n}⟧", f"⟦end of passage {n}⟧")]
    assert LABEL.findall(asked.last) == [*labels, "⟦question⟧", "⟦end of question⟧"]


def _assert_no_markup_and_no_foreign_link(shown: str) -> None:
    for token in _flat(MarkdownIt("commonmark", {"html": True}).enable("table").parse(shown)):
        assert token.type not in {"html_inline", "html_block", "image"}, shown
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(f"{SITE}/"), shown


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def test_the_corpus_is_large_and_varied() -> None:
    assert len(INJECTIONS) >= 40
    assert {each["where"] for each in INJECTIONS} == {"question", "page"}
    assert {each["kind"] for each in INJECTIONS} >= {"encoded", "link", "markup", "citation", "delimiter", "tool"}


def test_the_model_really_obeys(app: Flask, server: ModelServer, guide: Path) -> None:
    """Without the checks, everything would come out: so what the other tests find missing was there."""
    _index(app, guide, None)
    server.behave(Behaviour(text=lambda body: _obey("{system} <script>1</script> [x](https://evil.test) [9]", body)))
    written: list[str] = []

    async def run() -> None:
        async for piece in llm.stream_completion(app, build_messages(QUESTION, None, [], []), Usage()):
            written.append(piece)

    asyncio.run(run())
    assert INSTRUCTIONS in "".join(written)
    assert "".join(written).endswith("<script>1</script> [x](https://evil.test) [9]")
