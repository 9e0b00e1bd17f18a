"""Every call of the API, ready to be made by somebody who has something to call about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests import factories
from tests.factories import API, Person

# Tables whose rows grow with readers and time; the others hold the site's pages, or a row each of something.
GROWING = frozenset(
    {
        "users",
        "sessions",
        "verification_tokens",
        "saved_chats",
        "anonymous_sessions",
        "messages",
        "feedback",
        "review_verdicts",
        "gaps",
        "preferences",
        "dismissals",
        "outbox",
        "rate_limits",
        "model_shares",
        "analytics_events",
        "audit_log",
        "bans",
        "owner_sign_ins",
        "identities",
        "used_tokens",
        "owner_sessions",
        "answer_facts",
        "daily_counts",
    }
)
STEADY = frozenset(
    {
        "switches",
        "gap_clusters",
        "curated_answers",
        "test_questions",
        "test_runs",
        "index_follow_ups",
        "sources",
        "scopes",
        "index_schedules",
        "pages",
        "passages",
        "embeddings",
        "terms",
        "page_neighbours",
        "page_rules",
        "corpus",
        "leases",
        "model_days",
    }
)


@dataclass(frozen=True)
class Visit:
    """A person who has saved a chat and got an answer, and who is also an anonymous reader."""

    client: FlaskClient
    who: Person
    chat_id: str
    message_id: str
    session_id: str


@dataclass(frozen=True)
class Call:
    """A call; one that ``spends`` its visit leaves nothing behind to call about."""

    endpoint: str
    method: str
    path: str
    status: int = 200
    body: Callable[[Visit], Any] = lambda visit: None
    signed_in: bool = True
    spends: bool = False

    def make(self, visit: Visit) -> None:
        """Make the call; raise when it is not answered as it should be."""
        reply = visit.client.open(
            API + self.path.format(visit=visit),
            method=self.method,
            json=self.body(visit),
            headers=visit.who.headers if self.signed_in else {},
        )
        reply.get_data()
        if reply.status_code != self.status:
            raise AssertionError(f"{self.method} {self.path}: {reply.status_code} {reply.get_data(as_text=True)}")


def visit(app: Flask, name: str = "visitor") -> Visit:
    """Let somebody new sign in, ask and save on an application without limits in the way."""
    who, client = factories.person(app, f"{name}-{factories.session_id()}@example.com"), app.test_client()
    saved = client.post(f"{API}/chat/save", json=factories.chat(), headers=who.headers).get_json()
    session_id = factories.session_id()
    client.post(f"{API}/chat", json=factories.question(session=session_id))
    answer = client.post(f"{API}/chat", json=factories.question(), headers=who.headers).get_json()
    return Visit(client, who, saved["chat_id"], answer["message_id"], session_id)


def _address(visit: Visit) -> Any:
    return {"email": visit.who.email, "consent_data_storage": True, "browser_id": visit.session_id}


def _answer(visit: Visit) -> Any:
    return {"message_id": visit.message_id}


CALLS = (
    Call("autocomplete.search", "GET", "/search?q=foghorn+int", signed_in=False),
    Call("autocomplete.suggest", "GET", "/suggestions?page_url=/guide/foghorn", signed_in=False),
    Call("auth.session_check", "GET", "/auth/session-check"),
    Call("auth.verification_status", "GET", "/auth/verification-status"),
    Call("auth.list_sessions", "GET", "/auth/sessions"),
    Call("auth.revoke_session", "DELETE", "/auth/sessions/none", 404),
    Call("auth.signup", "POST", "/auth/signup", body=_address, signed_in=False),
    Call(
        "auth.resend_verification",
        "POST",
        "/auth/resend-verification",
        body=lambda visit: {"email": visit.who.email},
        signed_in=False,
    ),
    Call("auth.verify", "POST", "/auth/verify", 401, lambda visit: {"token": "no link"}, signed_in=False),
    Call(
        "auth.verify_code",
        "POST",
        "/auth/verify-code",
        401,
        lambda visit: {"code": "000000", "browser_id": visit.session_id},
        signed_in=False,
    ),
    Call("auth.identify", "POST", "/auth/identity", 404, lambda visit: {"token": "x"}, signed_in=False),
    Call(
        "auth.ask_provider",
        "POST",
        "/auth/oidc",
        404,
        lambda visit: {"browser_id": visit.session_id, "consent_data_storage": True},
        signed_in=False,
    ),
    Call("auth.migrate_session", "POST", "/auth/migrate-session", body=lambda visit: {"anon_id": visit.session_id}),
    Call("auth.refresh_token", "POST", "/auth/refresh-token", spends=True),
    Call("auth.logout", "POST", "/auth/logout", 204, spends=True),
    Call("auth.logout_all", "POST", "/auth/logout-all", 204, spends=True),
    Call("chat.ask", "POST", "/chat", body=lambda visit: factories.question(), signed_in=False),
    Call("chat.ask", "POST", "/chat", body=lambda visit: factories.question()),
    Call("chat.ask_and_stream", "POST", "/chat/stream", body=lambda visit: factories.question(), signed_in=False),
    Call("chat.resume", "POST", "/chat/resume", body=_answer),
    Call("chat.stop", "POST", "/chat/stop", 204, _answer),
    Call("chat.rate", "POST", "/chat/feedback", 204, lambda visit: {**_answer(visit), "rating": "down"}),
    Call("chat.save", "POST", "/chat/save", body=lambda visit: factories.chat()),
    Call("chat.list_saved", "GET", "/chat/saved"),
    Call("chat.read_saved", "GET", "/chat/saved/{visit.chat_id}"),
    Call("chat.rename_saved", "PATCH", "/chat/saved/{visit.chat_id}", body=lambda visit: {"title": "Other"}),
    Call("chat.delete_saved", "DELETE", "/chat/saved/{visit.chat_id}", 204, spends=True),
    Call(
        "personalize.personalize", "POST", "/user/personalize", body=lambda visit: {"preferences": {"topics": ["oil"]}}
    ),
    Call(
        "personalize.rate",
        "POST",
        "/user/recommendations/feedback",
        204,
        lambda visit: {"id": "/guide/foghorn", "rating": "down"},
    ),
    Call("personalize.recommend_on", "GET", "/recommendations?page_url=/guide/foghorn", signed_in=False),
    Call("analytics.event", "POST", "/analytics/event", body=lambda visit: {"event_type": "opened"}),
    Call("content.reindex", "POST", "/content/reindex", 404, lambda visit: {}, signed_in=False),
    # Nobody has the room where no owner is named.
    Call("owner_api.export_tests", "GET", "/owner/tests", 404, signed_in=False),
    Call("owner_api.import_tests", "POST", "/owner/tests", 404, signed_in=False),
    Call("owner_api.export_conversations", "GET", "/owner/conversations?format=csv", 404, signed_in=False),
    Call("account.read", "GET", "/user"),
    Call("account.export", "GET", "/user/export"),
    Call("account.remove", "DELETE", "/user", 204, spends=True),
)
