"""What schemathesis is told before each call: whose it is, and of what exists.

Schemathesis loads this file as its hooks, in its own process, with the server's settings in the
environment. Calls that end a session or an account get one of their own each time, so that the
others keep theirs; valid calls that name a token, a session or a chat name one that is there.
"""

import itertools
import os
import time
import uuid
from typing import Any

import schemathesis
from joserfc import jwt
from joserfc.jwk import OctKey
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase
from sqlalchemy import select, update

from chatkit import create_app, hashing
from chatkit.auth import service as auth
from chatkit.auth.models import SessionToken, VerificationToken
from chatkit.chat import saved_chats, transcripts
from chatkit.chat.reply import Reply
from chatkit.chat.transcripts import Conversation
from chatkit.config import settings
from chatkit.database.orm import db, utcnow
from chatkit.owner import guard, sessions
from chatkit.search.query import Question
from chatkit.web import cookies
from tests import factories

# The token most calls are made with; without one every call is anonymous.
TOKEN = os.environ.get("FUZZING_TOKEN")
app = create_app()
numbers = itertools.count()

ENDING = {
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/logout-all",
    "POST /api/v1/auth/refresh-token",
    "DELETE /api/v1/auth/sessions/{session_id}",
    "DELETE /api/v1/user",
}


class Bearer:
    """Signs calls in."""

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str | None:
        if TOKEN is None or case.operation.label not in ENDING:
            return TOKEN
        return factories.person(app, f"{uuid.uuid4().hex}@example.com").token

    def set(self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


if TOKEN is not None:
    schemathesis.auth(refresh_interval=None)(Bearer)


schemathesis.serializer.alias("application/jsonl", "text/plain")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, object]) -> None:
    """Let valid calls name things that exist; calls that are wrong on purpose stay as they are."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    # A stateful sequence knows what exists from earlier answers; of the rest every other call keeps its own.
    if case.meta.phase.name is TestPhase.STATEFUL or next(numbers) % 2:
        return
    path = case.operation.label.split(" ")[1].removeprefix(factories.API)
    with app.app_context():
        signed_in = _session(str(case.headers.get("Authorization", "")).removeprefix("Bearer "))
        if path == "/auth/verify":
            case.body = {"token": _link_token(), "confirmed": True}
        elif path == "/auth/verify-code":
            case.body = _code()
        elif path == "/auth/migrate-session":
            case.body = {"anon_id": _transcript()}
        elif path in {"/chat/resume", "/chat/stop"}:
            case.body = {"message_id": _answer(factories.session_id())}
        elif path == "/content/reindex":
            case.body = {}
            case.headers["X-Hub-Signature-256"] = factories.sign(b"{}")
        elif path == "/auth/sessions/{session_id}" and signed_in is not None:
            case.path_parameters = {"session_id": signed_in.family_id}
        elif path == "/auth/identity":
            case.body = {"token": _site_token()}
        elif path.startswith("/owner/") and TOKEN is not None:
            case.cookies = {cookies.full_name(guard.SESSION_COOKIE): sessions.open_session(*settings().owners)}
            if case.operation.label.startswith("POST "):
                case.headers["Sec-Fetch-Site"] = "same-origin"
                case.body = f'{{"question": "Question {next(numbers)}?", "answered_by": []}}'
        elif path == "/chat/saved/{chat_id}" and signed_in is not None:
            kept = saved_chats.save(signed_in.user_id, factories.chat()["messages"], None)
            case.path_parameters = {"chat_id": int(kept.chat_id)}


def _session(token: str) -> SessionToken | None:
    return db.session.scalar(select(SessionToken).where(SessionToken.token_hash == hashing.keyed_hash(token)))


def _site_token() -> str:
    chosen, now = settings(), int(time.time())
    claims: dict[str, Any] = {
        "iss": chosen.identity_issuer,
        "aud": chosen.identity_audience,
        "sub": f"reader-{next(numbers)}",
    }
    claims |= {"iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(chosen.identity_key or ""))


def _link_token() -> str:
    email = f"{uuid.uuid4().hex}@example.com"
    auth.sign_up(email, None, None, None)
    token = uuid.uuid4().hex
    row = update(VerificationToken).where(VerificationToken.email == email)
    db.session.execute(row.values(token_hash=hashing.keyed_hash(token), expires_at=utcnow() + auth.LINK_LIFETIME))
    db.session.commit()
    return token


def _code() -> dict[str, Any]:
    email, code, browser = f"{uuid.uuid4().hex}@example.com", "123456", str(uuid.uuid4())
    auth.sign_up(email, None, None, browser)
    [request] = db.session.scalars(select(VerificationToken).where(VerificationToken.email == email))
    request.code_hash = hashing.keyed_hash(f"{request.id}:{code}")
    request.expires_at = utcnow() + auth.LINK_LIFETIME
    db.session.commit()
    return {"code": code, "browser_id": browser}


def _transcript() -> str:
    session = factories.session_id()
    _answer(session)
    return session


def _answer(session: str) -> str:
    reply = Reply(str(uuid.uuid4()), "A test.", [], [], {})
    transcripts.add_turn(Conversation(session, None), Question("What is this?"), reply)
    db.session.commit()
    return reply.message_id
