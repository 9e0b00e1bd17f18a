"""Asking: find passages, answer from them, keep the turn."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from chatkit.analytics import service as analytics
from chatkit.chat import answer as answering
from chatkit.chat import transcripts
from chatkit.chat.answer import Question, Source
from chatkit.extensions import db

# What a stream delivers at a time: small enough to read as it comes, large enough to be few.
PIECE_WORDS = 4


@dataclass(frozen=True)
class Reply:
    """An answer as sent: Markdown, its sources, and how long it took."""

    answer: str
    sources: tuple[Source, ...]
    metadata: dict[str, Any]


def ask(
    question: str, session_id: str, user_id: int | None, selected_text: str | None, page_url: str | None = None
) -> Reply:
    """Answer a question and keep the turn in the transcript; commits."""
    began = time.perf_counter()
    asked = Question(question, selected_text, page_url)
    hits = answering.find(asked)
    found = time.perf_counter()
    answer = answering.compose(asked, hits)
    made = time.perf_counter()
    sources = [asdict(source) for source in answer.sources]
    transcripts.add_turn(session_id, user_id, question, answer.text, sources)
    analytics.record("chat", user_id, {"sources": len(sources)})
    db.session.commit()
    metadata = {
        "model": answering.MODEL,
        "tokens_used": 0,
        "retrieval_time_ms": _ms(found - began),
        "generation_time_ms": _ms(made - found),
        "total_time_ms": _ms(time.perf_counter() - began),
    }
    return Reply(answer.text, answer.sources, metadata)


def pieces(text: str) -> Iterator[str]:
    """Yield an answer in pieces of a few words that join to exactly the answer."""
    words = text.split(" ")
    for start in range(0, len(words), PIECE_WORDS):
        end = start + PIECE_WORDS
        yield " ".join(words[start:end]) + (" " if end < len(words) else "")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
