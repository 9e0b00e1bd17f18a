"""What a reader does who gets recommendations."""

from typing import Any

from flask.testing import FlaskClient

from tests import factories
from tests.factories import API, Person

ABOUT_THE_HORN = "When does the foghorn sound?"


def ask(client: FlaskClient, who: Person, question: str = ABOUT_THE_HORN, **context: Any) -> Any:
    """Ask a question and return the answer."""
    return client.post(f"{API}/chat", json=factories.question(question, **context), headers=who.headers).get_json()


def save(client: FlaskClient, who: Person, question: str = ABOUT_THE_HORN, **chat: Any) -> tuple[str, Any]:
    """Save what somebody was answered who was not signed in; return the id of the chat, and the answer."""
    answer = client.post(f"{API}/chat", json=factories.question(question)).get_json()
    said = {name: answer[name] for name in ("outcome", "sources", "citations")}
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer["answer"], **said}]
    saved = client.post(f"{API}/chat/save", json={"messages": messages, **chat}, headers=who.headers).get_json()
    return saved["chat_id"], answer


def personalize(client: FlaskClient, who: Person, page_url: str | None = None, **preferences: Any) -> Any:
    """State preferences, if any, and return what the API answers."""
    body: dict[str, Any] = {"preferences": preferences} if preferences else {}
    body |= {"page_url": page_url} if page_url else {}
    return client.post(f"{API}/user/personalize", json=body, headers=who.headers).get_json()


def recommended(client: FlaskClient, who: Person, **stated: Any) -> list[tuple[str, str]]:
    """Return the kind and the page of each recommendation, in order."""
    return [(one["kind"], one["id"]) for one in personalize(client, who, **stated)["recommendations"]]


def rate(client: FlaskClient, who: Person, subject: str, rating: str = "down") -> int:
    """Rate a recommendation, or what one rests on, and return the status."""
    body = {"id": subject, "rating": rating}
    return client.post(f"{API}/user/recommendations/feedback", json=body, headers=who.headers).status_code
