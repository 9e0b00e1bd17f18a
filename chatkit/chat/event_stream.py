"""An answer as server-sent events: `text/event-stream`.

The id of each event is how many characters of the answer the reader has by then; a stream that
broke is taken up from there.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import structlog

from chatkit.chat.answer_reader import AnswerReader
from chatkit.chat.reply import Reply

log = structlog.get_logger()

# What a token is: small enough to read as it comes, large enough to be few.
PIECE_WORDS = 4
# A comment line keeps proxies from taking a silent stream for a dead one.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = ": still writing\n\n"
# However fast a model writes, nobody reads faster.
FRAME_SECONDS = 0.05


def events(reader: AnswerReader, offset: int, failure: Mapping[str, object]) -> Iterator[str]:
    """Yield an answer's events from its character ``offset`` on: its sources, its text, and that it is done.

    ``failure`` is the envelope of the `error` event that ends the stream when the answer cannot be
    read on. Holds no connection to the database while it waits.
    """
    try:
        reply = reader.poll(0, 0)
        delivered = offset if reply.running else min(offset, len(reply.answer))
        yield _event("sources", delivered, {"sources": reply.sources, "message_id": reply.message_id})
        while reply.running:
            written, sent_at = len(reply.answer), time.monotonic()
            if written > delivered:
                yield "".join(_tokens(reply.answer[delivered:], delivered))
                delivered = written
            reply = reader.poll(delivered, HEARTBEAT_SECONDS)
            if reply.running and len(reply.answer) <= delivered:
                yield HEARTBEAT
                continue
            time.sleep(max(0.0, sent_at + FRAME_SECONDS - time.monotonic()))
            reply = reader.poll(delivered, 0)
            if reply.was_interrupted_at(written):
                # The last words of a writer that died are in no transcript; who has read them reads on from there.
                delivered = written
        yield "".join(_tokens(reply.answer[delivered:], delivered))
        yield _event("done", max(delivered, len(reply.answer)), _end(reply))
    except Exception as error:
        log.error("stream_failed", exc_info=error)
        yield f"event: error\ndata: {json.dumps(failure)}\n\n"


def pieces(text: str) -> Iterator[str]:
    """Yield an answer in pieces of a few words that join to exactly the answer."""
    words = text.split(" ") if text else []
    for start in range(0, len(words), PIECE_WORDS):
        end = start + PIECE_WORDS
        yield " ".join(words[start:end]) + (" " if end < len(words) else "")


def _tokens(text: str, delivered: int) -> Iterator[str]:
    for piece in pieces(text):
        delivered += len(piece)
        yield _event("token", delivered, {"content": piece})


def _end(reply: Reply) -> dict[str, Any]:
    return {
        "outcome": reply.outcome,
        "ask_people": reply.ask_people,
        "metadata": reply.metadata,
        "citations": reply.citations,
        "message_id": reply.message_id,
        "state": reply.state,
    }


def _event(name: str, delivered: int, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\nid: {delivered}\n\n"
