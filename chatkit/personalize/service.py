"""Recommendations: pages that fit what a person asked, saved or said, each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from chatkit.analytics import service as analytics
from chatkit.auth.sessions import Caller
from chatkit.chat import saved_chats, transcripts
from chatkit.database.orm import db, upsert
from chatkit.ingest import inventory
from chatkit.personalize.models import Preferences
from chatkit.search import retrieval
from chatkit.search.query import scope_of_page

MAX_RECOMMENDATIONS = 5
RECENT_QUESTIONS = 10
MAX_QUOTE_LENGTH = 60


# What a recommendation rests on.
Kind = Literal["preference", "question", "saved_chat", "start"]


@dataclass(frozen=True)
class Recommendation:
    """A page worth reading, why, and what the reason rests on."""

    title: str
    url: str
    reason: str
    kind: Kind


def personalize(user_id: int, preferences: dict[str, Any] | None) -> dict[str, Any]:
    """Return recommendations and what they rest on; keep new preferences; commits."""
    if preferences is not None:
        row = upsert(Preferences).values(user_id=user_id, stated=preferences)
        db.session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"stated": preferences}))
    stated = _stated(user_id)
    recommendations = _recommend(user_id, stated)
    analytics.record("personalize", user_id, {"recommendations": len(recommendations)})
    db.session.commit()
    return {
        "recommendations": recommendations,
        "personalized_content": {
            "summary": _summary(recommendations),
            "topics": stated.get("topics", []),
            "level": stated.get("level"),
        },
    }


def export(caller: Caller) -> dict[str, Any]:
    """Return a person's stated preferences, empty when there are none."""
    return _stated(caller.account_id)


def _stated(user_id: int) -> dict[str, Any]:
    return db.session.scalar(select(Preferences.stated).where(Preferences.user_id == user_id)) or {}


def _recommend(user_id: int, preferences: dict[str, Any]) -> list[Recommendation]:
    found: dict[str, Recommendation] = {}
    # Where a person has asked last is the site that they read.
    scope = scope_of_page(transcripts.latest_page(user_id))
    for query, reason, kind in _interests(user_id, preferences):
        for hit in retrieval.search(query, 3, scope):
            page = hit.url.split("#")[0]
            if page not in found:
                found[page] = Recommendation(hit.heading.replace(" > ", " › "), hit.url, reason, kind)
                break
        if len(found) == MAX_RECOMMENDATIONS:
            break
    if not found:
        pages = inventory.titles(scope)[:3]
        return [Recommendation(title, url, "A good place to start.", "start") for title, url in pages]
    return list(found.values())


def _interests(user_id: int, preferences: dict[str, Any]) -> Iterator[tuple[str, str, Kind]]:
    """Yield what to search for, why, and its kind, most telling first."""
    for topic in preferences.get("topics", []):
        yield topic, f"Because you chose the topic “{topic}”.", "preference"
    for question in transcripts.questions(user_id, RECENT_QUESTIONS):
        yield question, f"Because you asked “{_quote(question)}”.", "question"
    for question in saved_chats.questions(user_id, RECENT_QUESTIONS):
        yield question, f"Because you saved a chat about “{_quote(question)}”.", "saved_chat"


def _summary(recommendations: list[Recommendation]) -> str:
    kinds = {recommendation.kind for recommendation in recommendations}
    if kinds == {"start"}:
        return "Ask or save something, and these suggestions will follow it."
    words = {"preference": "the topics you chose", "question": "what you asked", "saved_chat": "the chats you saved"}
    return "Chosen from " + " and ".join(phrase for kind, phrase in words.items() if kind in kinds) + "."


def _quote(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= MAX_QUOTE_LENGTH else line[: MAX_QUOTE_LENGTH - 1].rstrip() + "…"
