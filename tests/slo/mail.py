"""What a reader who signs up notices of a mail server that is away, and how soon the mails leave when it is back."""

import socket
import statistics
import time
from functools import partial

from tests import servers
from tests.factories import API
from tests.servers import LOOPBACK, Gunicorn, Postbox
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

ROUNDS, SIGN_UPS = 5, 30
# Away, a sign-up may take as much longer as two measurements of the same thing differ.
MOST_RATIO = 1.25
MOST_SECONDS = 75.0


def outage() -> Measured:
    """Sign up in turns with the mail server there, away, and accepting without a word; then let it come back."""
    figures, holds = [], True
    for kind in DATABASES:
        box = Postbox()
        mail = {"SMTP_HOST": LOOPBACK, "SMTP_PORT": str(box.port), "FROM_EMAIL": "docs@example.com"}
        with place(kind) as here:
            server = here.server(**mail, BASE_URL="https://chat.example.com")
            try:
                server.start()
                took: dict[str, list[float]] = {"there": [], "away": [], "silent": []}
                for number in range(ROUNDS):
                    box.open()
                    took["there"] += _sign_ups(server, f"there{number}")
                    box.close()
                    took["away"] += _sign_ups(server, f"away{number}")
                    with socket.create_server((LOOPBACK, box.port)):
                        took["silent"] += _sign_ups(server, f"silent{number}")
                box.open()
                back = time.monotonic()
                servers.eventually(partial(_has_all, box, len(took) * ROUNDS * SIGN_UPS), seconds=600)
                seconds = time.monotonic() - back
            finally:
                server.end()
                box.close()
        there, *others = (statistics.median(times) for times in took.values())
        ratio = max(others) / there
        holds &= ratio <= MOST_RATIO and seconds <= MOST_SECONDS
        figures.append(
            f"{kind} {there * 1000:.0f} ms, away × {ratio:.2f}; all mails left {seconds:.0f} s after it was back"
        )
    return Measured("; ".join(figures), holds)


def _sign_ups(server: Gunicorn, name: str) -> list[float]:
    """Return how long each of several sign-ups took, in seconds."""
    took = []
    for number in range(SIGN_UPS):
        body = {"email": f"{name}.{number}@example.com", "consent_data_storage": True}
        began = time.perf_counter()
        assert server.request(f"{API}/auth/signup", "POST", body).status == 200
        took.append(time.perf_counter() - began)
    return took


def _has_all(box: Postbox, number: int) -> bool:
    return len({str(mail["To"]) for mail in box.mails}) == number


ROWS = (
    Row(
        "Mail survives",
        f"{ROUNDS * SIGN_UPS} sign-ups with the mail server there, as many with it away, as many with it silent; "
        f"ratio of the medians, at most {MOST_RATIO}",
        outage,
    ),
)
