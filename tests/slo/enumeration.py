"""Whether the time of an answer tells a known address from an unknown one."""

import re
import time
from collections.abc import Callable

from chatkit import create_app
from tests import factories, servers
from tests.conftest import dispose
from tests.servers import Gunicorn
from tests.slo.place import DATABASES, Place, place
from tests.slo.rows import Measured, Row

PAIRS = 500
LEAST, MOST = 0.43, 0.57
AUTH = f"{factories.API}/auth"
# Sends one request for the pair's known or unknown address.
Ask = Callable[[int, bool], object]


def times() -> Measured:
    """Ask for known and unknown addresses in turns, on each database."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here:
            found = _measure(here)
        holds &= all(LEAST <= area <= MOST for area in found.values())
        figures.append(f"{kind} " + ", ".join(f"{name} {area:.3f}" for name, area in found.items()))
    return Measured("AUC: " + "; ".join(figures), holds)


def _measure(here: Place) -> dict[str, float]:
    app = create_app(here.settings())
    for number in range(PAIRS):
        factories.person(app, _address(number, known=True))
    dispose(app)
    server = here.server()
    server.start()
    try:
        browsers = {(number, known): factories.session_id() for number in range(PAIRS) for known in (True, False)}

        def sign_up(number: int, known: bool) -> None:
            who = {"email": _address(number, known), "browser_id": browsers[number, known]}
            _post(server, "signup", {**who, "consent_data_storage": True}, 200)

        def resend(number: int, known: bool) -> None:
            # Known is an address that this browser asked for before.
            email = _address(number, True) if known else f"nobody{number}@example.com"
            _post(server, "resend-verification", {"email": email, "browser_id": browsers[number, known]}, 200)

        def verify(number: int, known: bool) -> None:
            _post(server, "verify-code", {"code": "000000", "browser_id": browsers[number, known]}, 401)

        found = {"sign-up": _area(sign_up), "resend": _area(resend)}
        # Makes the codes, as sending the mails would.
        done = servers.run("flask", "--app", "wsgi", "mail", "outbox", folder=here.folder, settings=here.settings())
        if len(re.findall("#token=", done.stdout)) < PAIRS:
            raise RuntimeError(f"too few mails: {done.stderr}")
        return found | {"verify": _area(verify)}
    finally:
        server.end()


def _address(number: int, known: bool) -> str:
    return f"{'reader' if known else 'someone'}{number}@example.com"


def _post(server: Gunicorn, name: str, body: object, status: int) -> None:
    reply = server.request(f"{AUTH}/{name}", "POST", body)
    if reply.status != status:
        raise RuntimeError(f"{name} answered {reply.status}")


def _area(ask: Ask) -> float:
    """Return how often a known address took longer than an unknown one: 0.5 is as often as not."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(PAIRS):
        for known in (True, False) if number % 2 else (False, True):
            began = time.perf_counter()
            ask(number, known)
            taken[known].append(time.perf_counter() - began)
    longer = sum((known > unknown) + (known == unknown) / 2 for known in taken[True] for unknown in taken[False])
    return longer / PAIRS**2


ROWS = (
    Row(
        "Accounts cannot be enumerated",
        f"{PAIRS} pairs of a known and an unknown address sign up, ask again and try a code, in turns",
        times,
    ),
)
