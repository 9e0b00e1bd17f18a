"""Signing in switched off: no mail, no account and no new session; who is signed in stays so."""

from flask.testing import FlaskClient

from chatkit.auth.models import User
from chatkit.mail.models import OutboxMessage
from tests import factories
from tests.factories import API, MakeApp


def test_no_call_signs_in_and_sessions_go_on(make_app: MakeApp) -> None:
    before, app = make_app(), make_app(SIGN_IN="off")
    who, browser = factories.person(before), factories.session_id()
    factories.sign_up(before.test_client(), "late@example.com", browser_id=browser)
    [link] = factories.links(before)
    client: FlaskClient = app.test_client()
    for path, body in (
        ("signup", {"email": "new@example.com", "consent_data_storage": True}),
        ("resend-verification", {"email": "late@example.com"}),
        ("verify", {"token": factories.link_token(link)}),
        ("verify-code", {"code": "000000", "browser_id": browser}),
    ):
        answer = client.post(f"{API}/auth/{path}", json=body)
        assert (answer.status_code, answer.get_json()["detail"]["error"]) == (403, "signin_off"), path
    assert (factories.count(app, User), factories.count(app, OutboxMessage)) == (1, 1)
    assert factories.check_session(app, who.token).status_code == 200
    assert factories.refresh(app, who.token).status_code == 200
    # The link is not used up.
    answer = before.test_client().post(f"{API}/auth/verify", json={"token": factories.link_token(link)})
    assert answer.status_code in {200, 409}
