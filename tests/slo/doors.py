"""Doors: one stranger asks from a hundred networks, for every stream and the model's tokens; others are served."""

from tests import factories
from tests.bench import streams
from tests.factories import API
from tests.modelserver import Behaviour, model_server
from tests.servers import Gunicorn
from tests.slo.place import DATABASES, place
from tests.slo.rows import Measured, Row
from tests.sse_client import SseClient

NETWORKS, SLOTS = 100, 40
# Four times the 5 questions of a reader.
MOST_SERVED = 20
TEXT = "The foghorn sounds every thirty seconds in dense fog. [1]"
LIMITS = {"RATE_LIMIT_CHAT_ADDRESS": "5", "MAX_STREAMS": str(SLOTS), "MAX_STREAMS_SHARE": "25"}
# What an answer reserves is some thousands, so a share is enough for a few at a time.
TOKENS = {"LLM_TOKENS_PER_DAY": "60000", "LLM_TOKENS_PER_DAY_SHARE": "20"}


def one_stranger() -> Measured:
    """Ask a server of 2 workers from 100 networks of one holder, then as somebody else, on each database."""
    figures, holds = [], True
    for kind in DATABASES:
        with place(kind) as here, model_server(Behaviour(TEXT, pieces_per_second=2)) as model:
            streams.prepare(here)
            with here.served(TRUSTED_PROXIES="1", **LIMITS, **TOKENS, **model.settings) as server:
                stranger = [_ask(server, f"[2001:db8:1:{number:x}::1]:50001") for number in range(NETWORKS)]
                served = sum(each.response.status == 200 for each in stranger)
                with _ask(server, "198.51.100.7") as other:
                    status = other.response.status
                    by_model = status == 200 and not list(other)[-1].data["metadata"]["fallback"]
                for each in stranger:
                    each.drop()
        holds &= 0 < served <= MOST_SERVED and by_model
        figures.append(
            f"{kind} {served} of {NETWORKS} served, the next reader {'by the model' if by_model else status}"
        )
    return Measured("; ".join(figures), holds)


def _ask(server: Gunicorn, address: str) -> SseClient:
    """Ask as a proxy does for a reader at this address."""
    return SseClient(
        f"{server.url}{API}/chat/stream", factories.question(streams.QUESTION), {"X-Forwarded-For": address}
    )


ROWS = (Row("Nobody closes a door for all", f"{NETWORKS} /64s of one /48 ask, then somebody else", one_stranger),)
