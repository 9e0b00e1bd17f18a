"""What is lost when processes are killed in the middle of their work."""

import signal
import time

import psutil  # type: ignore[import-untyped]

from tests.acknowledged import Acknowledged
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row

ROUNDS, SECONDS, WRITERS = 3, 3.0, 9


def kills() -> Measured:
    """Kill a worker, the whole server and PostgreSQL under load, again and again; count what is missing."""
    figures, holds = [], True
    for kind in DATABASES:
        acknowledged, killed = Acknowledged(), 0
        with place(kind) as here:
            who = here.person()
            with here.served() as server:
                for _ in range(ROUNDS):
                    with acknowledged.kept(server, who, WRITERS):
                        time.sleep(SECONDS)
                        psutil.Process(min(server.workers())).kill()
                        time.sleep(SECONDS)
                        if here.postgresql is not None:
                            here.postgresql.kill()
                            here.postgresql.resume()
                            time.sleep(SECONDS)
                        server.stop(signal.SIGKILL)
                    server.start()
                    killed += 2 if here.postgresql is None else 3
            missing = acknowledged.missing(here.url)
        holds &= not missing and not acknowledged.unexpected and len(acknowledged) > 0
        figures.append(f"{kind} {len(missing)} of {len(acknowledged)} missing after {killed} kills")
    return Measured("; ".join(figures), holds)


ROWS = (
    Row(
        "No acknowledged write is lost",
        f"{WRITERS} writers save, sign up and ask while workers, servers and PostgreSQL are killed",
        kills,
    ),
)
