"""What must hold for every route, whatever is added later."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from chatkit.ratelimit.policies import ANONYMOUS, EVERYONE, IN_OWNERS_ROOM, POLICIES, SIGNED_IN
from tests import factories
from tests.factories import API

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
PRIVATE = [
    ("POST", "/auth/logout"),
    ("POST", "/auth/logout-all"),
    ("GET", "/auth/session-check"),
    ("GET", "/auth/verification-status"),
    ("POST", "/auth/refresh-token"),
    ("POST", "/auth/migrate-session"),
    ("GET", "/auth/sessions"),
    ("DELETE", "/auth/sessions/x"),
    ("POST", "/chat/save"),
    ("GET", "/chat/saved"),
    ("GET", "/chat/saved/1"),
    ("PATCH", "/chat/saved/1"),
    ("DELETE", "/chat/saved/1"),
    ("POST", "/user/personalize"),
    ("POST", "/user/recommendations/feedback"),
    ("GET", "/user"),
    ("GET", "/user/export"),
    ("DELETE", "/user"),
]


def _rules(app: Flask) -> Iterator[Rule]:
    return app.url_map.iter_rules()


def test_every_route_has_an_auth_decision(plain_app: Flask) -> None:
    """What belongs to no domain is public: it stands below `auth` and cannot ask who is there."""
    undecided = {
        rule.endpoint
        for rule in _rules(plain_app)
        if not hasattr(plain_app.view_functions[rule.endpoint], "auth_decision")
    }
    assert undecided == {
        *("health.health", "health.livez", "health.readyz"),
        *("metrics.metrics", "openapi.openapi", "openapi.docs"),
    }


def test_every_auth_decision_is_one_of_five(plain_app: Flask) -> None:
    decisions = {getattr(view, "auth_decision", "public") for view in plain_app.view_functions.values()}
    assert decisions == {"required", "optional", "public", "rotated", "owner"}


def test_every_changing_route_has_a_limit_or_says_that_it_has_none(plain_app: Flask) -> None:
    silent = {
        rule.endpoint
        for rule in _rules(plain_app)
        if CHANGING & (rule.methods or set()) and not hasattr(plain_app.view_functions[rule.endpoint], "limited_action")
    }
    assert silent == set()


def test_only_logging_out_is_unlimited(plain_app: Flask) -> None:
    unlimited = {
        endpoint
        for endpoint, view in plain_app.view_functions.items()
        if hasattr(view, "limited_action") and view.limited_action is None
    }
    assert unlimited == {"auth.logout", "auth.logout_all", "owner_sign_in.log_out"}


def test_a_limit_holds_for_everybody_who_may_call(plain_app: Flask) -> None:
    """A view that anonymous readers may call, limited by accounts alone, would not be limited for them."""
    callers = {"public": ANONYMOUS, "optional": EVERYONE, "required": SIGNED_IN, "rotated": SIGNED_IN}
    callers["owner"] = IN_OWNERS_ROOM
    views = plain_app.view_functions.values()
    limited = [(getattr(view, "limited_action", None), getattr(view, "auth_decision", "public")) for view in views]
    held = {(policy.action, tier) for policy in POLICIES for tier in policy.tiers}
    free = {(action, tier) for action, decision in limited if action for tier in callers[decision]} - held
    assert free == {("chat", "premium")}


def test_no_changing_route_takes_get(plain_app: Flask) -> None:
    both = {
        rule.rule for rule in _rules(plain_app) if CHANGING & (rule.methods or set()) and "GET" in (rule.methods or ())
    }
    assert both == set()


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_private_call_needs_a_session(plain_app: Flask, method: str, path: str) -> None:
    response = plain_app.test_client().open(API + path, method=method)
    assert (response.status_code, response.get_json()["detail"]["error"]) == (401, "unauthorized")


def test_every_private_route_is_among_those_tried(plain_app: Flask) -> None:
    private = {
        (method, re.sub(r"<[^>]*>", "x", rule.rule).replace(API, "").replace("saved/x", "saved/1"))
        for rule in _rules(plain_app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if getattr(plain_app.view_functions[rule.endpoint], "auth_decision", "public") in {"required", "rotated"}
    }
    assert private == set(PRIVATE)


CALLS = {
    ("POST", f"{API}/auth/signup"),
    ("POST", f"{API}/auth/verify"),
    ("POST", f"{API}/auth/verify-code"),
    ("POST", f"{API}/auth/identity"),
    ("POST", f"{API}/auth/oidc"),
    ("GET", "/signin/oidc"),
    ("GET", "/signin/oidc/callback"),
    ("POST", f"{API}/auth/resend-verification"),
    ("POST", f"{API}/chat"),
    ("POST", f"{API}/chat/stream"),
    ("POST", f"{API}/chat/resume"),
    ("POST", f"{API}/chat/stop"),
    ("POST", f"{API}/analytics/event"),
    ("POST", f"{API}/content/reindex"),
    ("GET", f"{API}/search"),
    ("GET", f"{API}/suggestions"),
    ("GET", f"{API}/recommendations"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/"),
    ("GET", "/signin"),
    ("GET", "/widget/chatkit-widget.js"),
    ("GET", "/widget/integration"),
    ("GET", "/llms.txt"),
    ("GET", "/llms-full.txt"),
    ("GET", "/pages/guide/settings.md"),
    ("POST", "/mcp"),
}


@pytest.mark.parametrize(("method", "path"), sorted(CALLS | {(method, API + path) for method, path in PRIVATE}))
def test_every_call_of_the_contract_is_routed(plain_app: Flask, method: str, path: str) -> None:
    adapter = plain_app.url_map.bind("localhost")
    assert adapter.test(path, method=method)


def test_the_harness_is_there_in_test_mode_only(plain_app: Flask, sqlite_url: str) -> None:
    from chatkit import create_app

    settings = {"SECRET_KEY": factories.SECRET_KEY, "DATABASE_URL": sqlite_url, "INTEGRATION_TEST_MODE": "true"}
    assert create_app(settings).test_client().get("/widget/integration").status_code == 200
    assert plain_app.test_client().get("/widget/integration").status_code == 404


def test_no_answer_to_an_error_is_html(plain_app: Flask) -> None:
    client: FlaskClient = plain_app.test_client()
    for rule in _rules(plain_app):
        path = re.sub(r"<int[^>]*>", "1", rule.rule)
        path = re.sub(r"<[^>]*>", "x", path)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
            response = client.open(path, method=method)
            assert response.status_code < 500 or response.status_code == 503, (method, path)
            if response.status_code >= 400:
                # Of JSON-RPC it is the data of the error.
                told = response.get_json().get("error", {"data": response.get_json()})["data"]
                assert set(told) == {"detail"}, (method, path)
