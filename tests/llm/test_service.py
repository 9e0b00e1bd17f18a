"""Asking the model of an application: the circuit breaker, the day's cap, metrics, secrets."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit import create_app
from chatkit.database.orm import db, utcnow
from chatkit.errors import SettingsError
from chatkit.llm import service, token_budget
from chatkit.llm.client import Budgets, Usage
from chatkit.llm.models import DailyTokens
from chatkit.llm.service import ModelUnavailable
from tests import servers
from tests.conftest import dispose
from tests.factories import SECRET_KEY, MakeApp
from tests.llm.conftest import MESSAGES, TEXT
from tests.modelserver import Behaviour, ModelServer
from tests.servers import eventually

Make = Callable[..., Flask]


@pytest.fixture
def make(server: ModelServer, sqlite_url: str) -> Iterator[Make]:
    """Return what makes applications that ask the server, with budgets and settings of their own."""
    made: list[Flask] = []

    def make(budgets: Budgets | None = None, **settings: object) -> Flask:
        app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url} | server.settings | settings)
        service.init_app(app, budgets or Budgets(retry_pause_seconds=0))
        made.append(app)
        return app

    yield make
    for app in made:
        dispose(app)


class Completion:
    """What came of one request."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.usage = Usage()
        self.reason: str | None = None


def complete(app: Flask) -> Completion:
    """Ask the model and read its answer to the end."""
    completion = Completion()

    async def run() -> None:
        try:
            async for piece in service.stream_completion(app, MESSAGES, completion.usage):
                completion.pieces.append(piece)
        except ModelUnavailable as error:
            completion.reason = error.reason

    asyncio.run(run())
    return completion


def test_without_a_model_nothing_is_asked(plain_app: Flask) -> None:
    with plain_app.app_context():
        assert not service.is_configured()
    assert complete(plain_app).reason == "not_configured"


def test_a_server_that_says_when_to_come_again_is_not_asked_before(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(status=429, headers=(("Retry-After", "120"),)), Behaviour())
    app = make()
    assert complete(app).reason == "refused"
    assert complete(app).reason == "breaker_open"
    assert len(server.requests) == 1


def test_an_answer_is_what_the_model_writes(make: Make) -> None:
    completion = complete(make())
    assert ("".join(completion.pieces), completion.reason) == (TEXT, None)


@pytest.mark.parametrize(("seconds", "reason"), [(1, "no_first_byte"), (9, None)])
def test_a_server_that_loads_its_model_has_the_time_that_is_set(
    server: ModelServer, make_app: MakeApp, seconds: int, reason: str | None
) -> None:
    server.behave(Behaviour(first_byte_seconds=1.2))
    app = make_app(**server.settings, LLM_FIRST_BYTE_SECONDS=seconds)
    assert complete(app).reason == reason


def test_an_answer_may_be_as_long_as_is_set(server: ModelServer, make_app: MakeApp) -> None:
    server.behave(Behaviour(text="word " * 150))
    assert complete(make_app(**server.settings, LLM_ANSWER_BYTES=500)).reason == "too_long"


def test_brief_completions_that_fail_leave_answers_alone(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(status=500))
    app = make(Budgets(breaker_failure_threshold=2))

    async def briefly() -> None:
        with pytest.raises(ModelUnavailable):
            await service.complete_briefly(app, MESSAGES, Usage(), ())

    for _ in range(3):
        asyncio.run(briefly())
    assert len(server.requests) == 2
    server.behave(Behaviour())
    assert complete(app).reason is None
    with app.app_context():
        assert token_budget.used(utcnow().date()) > 0


def test_an_answer_that_is_too_long_leaves_the_breaker_closed(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(finish="length"))
    app = make(Budgets(breaker_failure_threshold=1))
    assert [complete(app).reason for _ in range(2)] == ["too_long", "too_long"]


def test_cancelling_ends_the_request_at_the_server(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(stall_after=3))
    app, usage = make(), Usage()

    async def run() -> None:
        async with aclosing(service.stream_completion(app, MESSAGES, usage)) as pieces:
            first = asyncio.get_running_loop().create_future()

            async def read() -> None:
                async for piece in pieces:
                    if not first.done():
                        first.set_result(piece)

            task = asyncio.create_task(read())
            await first
            task.cancel()
            await asyncio.wait([task])

    with app.app_context():
        asyncio.run(run())
    eventually(lambda: server.disconnects == 1)
    with app.app_context():
        assert token_budget.used(utcnow().date()) == usage.total > 100


def test_a_model_that_keeps_failing_is_left_alone(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(status=400))
    app = make(Budgets(breaker_failure_threshold=3))
    reasons = [complete(app).reason for _ in range(5)]
    assert reasons == ["refused"] * 3 + ["breaker_open"] * 2
    assert len(server.requests) == 3


def test_a_model_that_works_again_is_asked_again(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(status=400), Behaviour())
    app = make(Budgets(breaker_failure_threshold=1, breaker_recovery_seconds=0))
    assert [complete(app).reason for _ in range(3)] == ["refused", None, None]


def test_the_days_tokens_are_what_the_answers_took(server: ModelServer, make_app: MakeApp) -> None:
    app = make_app(**server.settings)
    total = complete(app).usage.total + complete(app).usage.total
    with app.app_context():
        assert token_budget.used(utcnow().date()) == total


def test_a_failed_answer_gives_its_reservation_back(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(status=500))
    app = make()
    complete(app)
    with app.app_context():
        assert token_budget.used(utcnow().date()) == 0


def test_at_the_cap_nothing_is_asked_until_the_next_day(server: ModelServer, make_app: MakeApp) -> None:
    server.behave(Behaviour(text="word " * 900))
    app = make_app(**server.settings, LLM_TOKENS_PER_DAY=3_000)
    assert complete(app).reason is None
    assert complete(app).reason == "cap_reached"
    assert len(server.requests) == 1
    with app.app_context():
        db.session.execute(update(DailyTokens).values(day=utcnow().date() - timedelta(days=1)))
        db.session.commit()
    assert complete(app).reason is None


def test_a_database_that_is_away_leaves_the_model_unasked(server: ModelServer, make: Make) -> None:
    app = make(DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert complete(app).reason == "cap_unknown"
    assert server.requests == []


def test_the_key_reaches_no_log_and_no_error(
    server: ModelServer, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    server.behave(Behaviour(status=401))
    app, key = make(), server.settings["OPENAI_API_KEY"]
    with app.app_context():
        with pytest.raises(ModelUnavailable) as caught:
            asyncio.run(anext(service.stream_completion(app, MESSAGES, Usage())))
        service.log.error("planted", words=f"the key is {key}", exc_info=caught.value)
    written = "".join(capsys.readouterr())
    assert "model_failed" in written
    assert "planted" in written
    assert key not in written + repr(caught.value) + str(caught.value)


def test_without_a_model_the_sdk_is_not_imported() -> None:
    script = f"""
import sys
from chatkit import create_app
create_app({{"SECRET_KEY": {SECRET_KEY!r}}})
print([name for name in sys.modules if name.split(".")[0] in ("openai", "httpx2", "pydantic")])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=servers.environment({}), capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_model_without_the_extra_is_refused_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(SettingsError, match=r"LLM_MODEL .* Run: pip install 'openai"):
        create_app({"SECRET_KEY": SECRET_KEY, "LLM_MODEL": "m", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})


def test_metrics_count_answers_by_outcome(server: ModelServer, make: Make) -> None:
    server.behave(Behaviour(), Behaviour(status=400))
    app = make()
    client = app.test_client()
    before = _counted(client.get("/metrics").get_data(as_text=True))
    usage = complete(app).usage
    complete(app)
    after = _counted(client.get("/metrics").get_data(as_text=True))
    grown = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
    assert grown == {
        'chatkit_model_answers_total{outcome="answered"}': 1,
        'chatkit_model_answers_total{outcome="refused"}': 1,
        'chatkit_model_tokens_total{kind="prompt"}': usage.prompt_tokens,
        'chatkit_model_tokens_total{kind="completion"}': usage.completion_tokens,
        "chatkit_model_first_byte_seconds_count": 1,
        "chatkit_model_answer_seconds_count": 2,
    }


def _counted(metrics: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in metrics.splitlines() if line.startswith("chatkit_model_")]
    return {name: float(value) for name, value in lines if name.split("{")[0].endswith(("_total", "_count"))}
