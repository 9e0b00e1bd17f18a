"""What happens to accounts is announced, and counted where `create_app` says."""

from flask import Flask
from flask.testing import FlaskClient

from chatkit.analytics.models import AnalyticsEvent
from tests import factories
from tests.factories import API


def test_what_happens_to_an_account_is_counted(app: Flask, client: FlaskClient) -> None:
    session = factories.session_id()
    factories.sign_up(client)
    token = factories.link_token(factories.links(app)[0])
    signed_in = client.post(f"{API}/auth/verify", json={"token": token, "confirmed": True}).get_json()
    headers = factories.bearer(signed_in["session_token"])
    client.post(f"{API}/chat", json=factories.question(session=session))
    client.post(f"{API}/auth/migrate-session", json={"anon_id": session}, headers=headers)
    client.post(f"{API}/auth/logout-all", headers=headers)
    rows = factories.rows(app, AnalyticsEvent.__table__)
    assert [(row["event_type"], row["user_id"], row["event_data"]) for row in rows if row["event_type"] != "chat"] == [
        ("signup", None, {}),
        ("email_verified", 1, {"new_account": True}),
        ("session_migrated", 1, {"messages": 2}),
        ("logout", 1, {"everywhere": True}),
    ]


def test_a_deletion_is_counted_without_whose_it_was(app: Flask, client: FlaskClient) -> None:
    client.delete(f"{API}/user", headers=factories.person(app).headers)
    [event] = factories.rows(app, AnalyticsEvent.__table__)
    assert (event["event_type"], event["user_id"], event["event_data"]) == ("account_deleted", None, {})
