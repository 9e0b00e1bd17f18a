"""An answer as a stream of server-sent events.

The id of each event is how many characters of the answer the reader has by then.
"""

import json
from collections.abc import Iterator
from typing import Any

from chatkit.chat.transcripts import Reply

# What a stream delivers at a time: small enough to read as it comes, large enough to be few.
PIECE_WORDS = 4


def events(reply: Reply) -> Iterator[str]:
    """Yield an answer's events: its sources, its text, and that it is done."""
    delivered = 0
    yield _event("sources", delivered, {"sources": reply.sources, "message_id": reply.message_id})
    for piece in pieces(reply.answer):
        delivered += len(piece)
        yield _event("token", delivered, {"content": piece})
    end = {"metadata": reply.metadata, "citations": reply.citations, "message_id": reply.message_id}
    yield _event("done", delivered, end)


def pieces(text: str) -> Iterator[str]:
    """Yield an answer in pieces of a few words that join to exactly the answer."""
    words = text.split(" ")
    for start in range(0, len(words), PIECE_WORDS):
        end = start + PIECE_WORDS
        yield " ".join(words[start:end]) + (" " if end < len(words) else "")


def _event(name: str, delivered: int, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\nid: {delivered}\n\n"
