"""A model server on loopback: it speaks the chat completions protocol and misbehaves as a test asks."""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.servers import LOOPBACK

Body = dict[str, Any]
PIECE = re.compile(r"\s*\S+|\s+\Z")


@dataclass(frozen=True)
class Behaviour:
    """How a request is answered. A piece is a word with the space before it, or a number of ``letters``.

    ``thoughts`` are pieces thought aloud before the first. ``stall_after``, ``hold_after`` and ``cut_after`` count
    pieces: then nothing more is said, nothing until the server is told to go on, or the connection is closed.
    ``garbage`` is sent in place of the chunks, as ``content_type``. Without ``usage`` no tokens are told. ``meanwhile``
    is the finish_reason of the chunks before the last, ``done`` whether `[DONE]` ends them. With a ``refusal`` a
    request is refused with this text and status as long as it holds a field or a message's role that is named in
    ``refuses``.
    """

    text: str | Callable[[Body], str] = "The foghorn sounds every thirty seconds. [1]"
    letters: int = 0
    pieces_per_second: float = 0
    first_byte_seconds: float = 0
    silent: bool = False
    thoughts: int = 0
    stall_after: int | None = None
    hold_after: int | None = None
    cut_after: int | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    garbage: bytes = b""
    usage: bool = True
    finish: str | None = "stop"
    meanwhile: str | None = None
    done: bool | None = None
    content_type: str = "text/event-stream"
    refuses: str = ""
    refusal: str = ""

    def accepts(self, body: Body) -> bool:
        """Tell whether the server takes a request."""
        return self.refuses not in {*body, *(message["role"] for message in body["messages"])}


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: Body

    @property
    def system(self) -> str:
        """What the system messages say."""
        return "\n".join(message["content"] for message in self.body["messages"] if message["role"] == "system")

    @property
    def last(self) -> str:
        """What the last message says."""
        return str(self.body["messages"][-1]["content"])


def echo(body: Body) -> str:
    """Answer with everything that was sent."""
    return "\n\n".join(message["content"] for message in body["messages"])


@dataclass
class ModelServer:
    """The server; ``behaviours`` are used up one by a request, and the last of them stays."""

    behaviours: list[Behaviour] = field(default_factory=lambda: [Behaviour()])
    requests: list[RecordedRequest] = field(default_factory=list)
    # How many clients went away before their answer was complete, and how many answers are under way.
    disconnects: int = 0
    open: int = 0
    port: int = 0
    _going_on: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """What OPENAI_BASE_URL is."""
        return f"http://{LOOPBACK}:{self.port}/v1"

    @property
    def settings(self) -> dict[str, str]:
        """The settings that make an application ask this server."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "sk-canary-of-the-suite", "LLM_MODEL": "parrot"}

    def behave(self, *behaviours: Behaviour) -> None:
        """Answer the next requests as these say."""
        self.behaviours = list(behaviours)
        self._going_on.clear()

    def go_on(self) -> None:
        """Say the rest of what is held."""
        self._going_on.set()

    async def serve(self, started: Future[int], stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set."""
        server = await asyncio.start_server(self._connected, LOOPBACK, 0, backlog=1024)
        started.set_result(server.sockets[0].getsockname()[1])
        await stop.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled is how the server ends.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tell whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))))
        self.requests.append(RecordedRequest(head[0].split()[1], headers, body))
        behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        answering = asyncio.create_task(self._answer(behaviour, body, writer))
        gone = asyncio.create_task(reader.read(1))
        self.open += 1
        await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
        self.open -= 1
        complete = answering.done() and answering.exception() is None
        self.disconnects += not complete
        for task in (answering, gone):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
        return complete and answering.result()

    async def _answer(self, behaviour: Behaviour, body: Body, writer: asyncio.StreamWriter) -> bool:
        if behaviour.silent:
            await asyncio.Event().wait()
        await asyncio.sleep(behaviour.first_byte_seconds)
        if behaviour.status != 200 and not (behaviour.refuses and behaviour.accepts(body)):
            # Servers are known to repeat the key they refuse.
            message = behaviour.refusal or "refused: sk-canary-of-the-suite"
            error = {"error": {"message": message, "type": "error", "code": behaviour.status}}
            payload = json.dumps(error).encode()
            extra = "".join(f"{name}: {value}\r\n" for name, value in behaviour.headers)
            head = f"HTTP/1.1 {behaviour.status} No\r\nContent-Type: application/json\r\n{extra}"
            writer.write(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
            await writer.drain()
            return True
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {behaviour.content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        async for data in self._events(behaviour, body):
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()
        if behaviour.cut_after is not None:
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _events(self, behaviour: Behaviour, body: Body) -> AsyncIterator[bytes]:
        if behaviour.garbage:
            yield behaviour.garbage
            return
        text = behaviour.text if isinstance(behaviour.text, str) else behaviour.text(body)
        pieces = re.findall(f".{{1,{behaviour.letters}}}", text, re.S) if behaviour.letters else PIECE.findall(text)
        yield _chunk(body, [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
        for _ in range(behaviour.thoughts):
            yield _chunk(body, [{"index": 0, "delta": {"reasoning_content": " hm"}, "finish_reason": None}])
        for number, piece in enumerate(pieces):
            if number == behaviour.stall_after:
                await asyncio.Event().wait()
            while number == behaviour.hold_after and not self._going_on.is_set():
                await asyncio.sleep(0.01)
            if number == behaviour.cut_after:
                return
            if behaviour.pieces_per_second:
                await asyncio.sleep(1 / behaviour.pieces_per_second)
            yield _chunk(body, [{"index": 0, "delta": {"content": piece}, "finish_reason": behaviour.meanwhile}])
        if behaviour.finish is not None:
            yield _chunk(body, [{"index": 0, "delta": {}, "finish_reason": behaviour.finish}])
        if behaviour.usage and body.get("stream_options", {}).get("include_usage"):
            sent = len(PIECE.findall(echo(body)))
            counted = {"prompt_tokens": sent, "completion_tokens": len(pieces), "total_tokens": sent + len(pieces)}
            yield _chunk(body, [], usage=counted)
        if behaviour.done if behaviour.done is not None else behaviour.finish is not None:
            yield b"data: [DONE]\n\n"


def _chunk(body: Body, choices: list[dict[str, Any]], **more: object) -> bytes:
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body.get("model")}
    return b"data: " + json.dumps(chunk | {"choices": choices} | more).encode() + b"\n\n"


@contextmanager
def model_server(*behaviours: Behaviour) -> Iterator[ModelServer]:
    """Run a model server for the length of a block, in a thread of its own."""
    server = ModelServer(list(behaviours) or [Behaviour()])
    started: Future[int] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(server.serve(started, stop))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, name="model-server", daemon=True)
    thread.start()
    server.port = started.result(timeout=10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=10)
