"""Asking a model, over a real socket: streaming, budgets, failures, the retry, the breaker, the day's cap."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from chatkit import create_app
from chatkit.database.orm import db, utcnow
from chatkit.errors import SettingsError
from chatkit.llm import service, token_budget
from chatkit.llm.circuit_breaker import CircuitBreaker
from chatkit.llm.client import Budgets, ChatMessage, Usage
from chatkit.llm.models import DailyTokens
from chatkit.llm.service import ModelUnavailable
from tests import servers
from tests.conftest import dispose
from tests.factories import SECRET_KEY, MakeApp
from tests.modelserver import Manner, ModelServer, model_server
from tests.servers import eventually

KEY = "sk-canary-of-the-suite"
MESSAGES = [ChatMessage(role="system", content="Answer." * 60), ChatMessage(role="user", content="How often?")]
TEXT = "The foghorn sounds every thirty seconds. [1]"
# Short where the test waits for it to pass; what must not pass keeps its default.
HASTY = Budgets(first_byte_seconds=0.3, retry_pause_seconds=0)
Make = Callable[..., Flask]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Run a model server."""
    with model_server() as running:
        yield running


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


class Written:
    """What came of one question."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.usage = Usage()
        self.reason: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def write(app: Flask) -> Written:
    """Ask one question and read its answer to the end."""
    written = Written()

    async def run() -> None:
        try:
            async for piece in service.stream_completion(app, MESSAGES, written.usage):
                written.pieces.append(piece)
        except ModelUnavailable as error:
            written.reason = error.reason

    asyncio.run(run())
    return written


def test_an_answer_comes_in_pieces(make: Make) -> None:
    written = write(make())
    assert (written.text, written.reason) == (TEXT, None)
    assert len(written.pieces) == 7


def test_the_server_is_asked_in_its_own_protocol(server: ModelServer, make: Make) -> None:
    write(make())
    asked = server.requests[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert {name: asked.body[name] for name in ("model", "stream", "stream_options")} == {
        "model": "parrot",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    # Some servers refuse what they do not know, and some models any temperature but their own.
    assert set(asked.body) == {"messages", "model", "stream", "stream_options"}


def test_the_tokens_are_those_the_server_tells(server: ModelServer, make: Make) -> None:
    usage = write(make()).usage
    assert (usage.completion_tokens, usage.estimated) == (7, False)
    assert usage.prompt_tokens == sum(
        len(message["content"].split()) for message in server.requests[0].body["messages"]
    )


def test_tokens_that_are_not_told_are_estimated(server: ModelServer, make: Make) -> None:
    server.behave(Manner(usage=False))
    usage = write(make()).usage
    assert usage.estimated
    assert usage.completion_tokens == len(TEXT) / 3 + 1 / 3
    assert usage.prompt_tokens > 100


def test_without_a_model_nothing_is_asked(plain_app: Flask) -> None:
    with plain_app.app_context():
        assert not service.is_configured()
    assert write(plain_app).reason == "not_configured"


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_passing_error_is_tried_once_more(server: ModelServer, make: Make, status: int) -> None:
    server.behave(Manner(status=status), Manner())
    assert write(make()).text == TEXT
    assert len(server.requests) == 2


def test_a_second_error_is_the_last(server: ModelServer, make: Make) -> None:
    server.behave(Manner(status=500))
    assert write(make()).reason == "refused"
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_an_error_that_stays_is_not_tried_again(server: ModelServer, make: Make, status: int) -> None:
    server.behave(Manner(status=status))
    assert write(make()).reason == "refused"
    assert len(server.requests) == 1


def test_a_server_that_says_when_to_come_again_is_not_asked_before(server: ModelServer, make: Make) -> None:
    server.behave(Manner(status=429, headers=(("Retry-After", "120"),)), Manner())
    app = make()
    assert write(app).reason == "refused"
    assert write(app).reason == "breaker_open"
    assert len(server.requests) == 1


def test_a_short_wait_the_server_asks_for_is_waited(server: ModelServer, make: Make) -> None:
    server.behave(Manner(status=503, headers=(("Retry-After", "0.1"),)), Manner())
    assert write(make()).text == TEXT


def test_a_server_that_is_not_there_fails(make: Make) -> None:
    assert write(make(OPENAI_BASE_URL=f"http://127.0.0.1:{servers.free_port()}/v1")).reason == "failed"


def test_a_silent_server_is_left_when_the_first_byte_is_due(server: ModelServer, make: Make) -> None:
    server.behave(Manner(silent=True))
    assert write(make(HASTY)).reason == "no_first_byte"
    assert len(server.requests) == 1
    eventually(lambda: server.disconnects == 1)


def test_headers_without_a_word_are_no_first_byte(server: ModelServer, make: Make) -> None:
    server.behave(Manner(stall_after=0))
    assert write(make(HASTY)).reason == "no_first_byte"


def test_a_model_that_thinks_aloud_is_at_work(server: ModelServer, make: Make) -> None:
    server.behave(Manner(thoughts=3, stall_after=0))
    assert write(make(Budgets(idle_seconds=0.2))).reason == "stalled"


def test_a_stall_in_the_middle_keeps_what_came(server: ModelServer, make: Make) -> None:
    server.behave(Manner(stall_after=2))
    written = write(make(Budgets(idle_seconds=0.3)))
    assert (written.text, written.reason) == ("The foghorn", "stalled")
    assert len(server.requests) == 1
    eventually(lambda: server.disconnects == 1)


def test_an_answer_ends_when_its_time_is_spent(server: ModelServer, make: Make) -> None:
    server.behave(Manner(text="more " * 10_000, pieces_per_second=100))
    written = write(make(Budgets(total_seconds=0.5)))
    assert written.reason == "too_slow"
    eventually(lambda: server.disconnects == 1)


def test_a_connection_cut_before_the_first_word_is_tried_again(server: ModelServer, make: Make) -> None:
    server.behave(Manner(cut_after=0), Manner())
    assert write(make()).text == TEXT


def test_a_connection_cut_in_the_middle_is_a_truncation(server: ModelServer, make: Make) -> None:
    server.behave(Manner(cut_after=2))
    written = write(make())
    assert (written.text, written.reason) == ("The foghorn", "truncated")
    assert len(server.requests) == 1


def test_an_end_without_a_last_chunk_is_a_truncation(server: ModelServer, make: Make) -> None:
    server.behave(Manner(finish=None, usage=False))
    assert write(make()).reason == "truncated"


def test_a_filtered_answer_is_a_truncation(server: ModelServer, make: Make) -> None:
    server.behave(Manner(finish="content_filter"))
    assert write(make()).reason == "truncated"


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: {nonsense\n\n",
        b"data: []\n\n",
        b"data: 7\n\n",
        b"data: null\n\n",
        b"<html><h1>Welcome</h1></html>",
        b"\xff\xfe\x00data: \xff\n\n",
        b'data: {"error": {"message": "overloaded"}}\n\n',
        b'data: {"choices": [{"delta": null, "finish_reason": null}]}\n\n',
        b'data: {"choices": {"delta": 1}}\n\n',
        b'data: {"choices": [{"delta": {"content": ["a", 1]}, "finish_reason": "stop"}]}\n\n',
        b'data: {"choices": [{"delta": {"content": {"a": 1}}, "finish_reason": "stop"}]}\n\n',
        b'data: {"choices": [], "usage": {"prompt_tokens": "many"}}\n\n',
        b"data: [DONE]\n\n",
        b"",
    ],
)
def test_garbage_is_a_failure(server: ModelServer, make: Make, garbage: bytes) -> None:
    server.behave(Manner(garbage=garbage or b"\n"))
    assert write(make()).reason == "failed"
    assert len(server.requests) == 2


def test_tokens_beyond_belief_are_not_believed(server: ModelServer, make: Make) -> None:
    chunk = b'data: {"choices": [{"delta": {"content": "Hm."}, "finish_reason": "stop"}], "usage": %s}\n\n'
    server.behave(Manner(garbage=chunk % b'{"prompt_tokens": -5, "completion_tokens": 99999999999999999999}'))
    usage = write(make()).usage
    assert (usage.estimated, usage.completion_tokens) == (True, 1)


def test_half_a_character_becomes_none(server: ModelServer, make: Make) -> None:
    server.behave(
        Manner(garbage=b'data: {"choices": [{"delta": {"content": "\\ud83d."}, "finish_reason": "stop"}]}\n\n')
    )
    assert write(make()).text == "?."


def test_an_endless_answer_is_cut(server: ModelServer, make: Make) -> None:
    server.behave(Manner(text="more " * 100_000))
    written = write(make(Budgets(answer_bytes=302)))
    assert (written.text, written.reason) == ("more " * 60 + "mo", "too_long")
    eventually(lambda: server.disconnects == 1)


def test_a_long_answer_in_one_piece_is_cut_too(server: ModelServer, make: Make) -> None:
    server.behave(Manner(text="more " * 100_000, letters=500_000))
    written = write(make(Budgets(answer_bytes=302)))
    assert (written.text, written.reason) == ("more " * 60 + "mo", "too_long")


def test_an_answer_of_just_the_budget_is_whole(server: ModelServer, make: Make) -> None:
    written = write(make(Budgets(answer_bytes=len(TEXT))))
    assert (written.text, written.reason) == (TEXT, None)


def test_a_cut_at_the_budget_leaves_no_half_of_a_character(server: ModelServer, make: Make) -> None:
    server.behave(Manner(text="雾" * 1_000, letters=1_000))
    assert write(make(Budgets(answer_bytes=100))).text == "雾" * 33


def test_an_answer_the_server_cuts_is_not_whole_and_the_model_is_asked_again(server: ModelServer, make: Make) -> None:
    server.behave(Manner(finish="length"))
    app = make(Budgets(breaker_failure_threshold=1))
    written = write(app)
    assert (written.text, written.reason) == (TEXT, "too_long")
    assert (written.usage.completion_tokens, written.usage.estimated) == (7, False)
    assert write(app).reason == "too_long"


def test_the_text_among_parts_is_the_answer(server: ModelServer, make: Make) -> None:
    thought = b'{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}'
    chunk = b'data: {"choices": [{"delta": {"content": [%s]}, "finish_reason": "stop"}]}\n\n'
    server.behave(Manner(garbage=chunk % (thought + b', {"type": "text", "text": "Fog."}')))
    assert write(make()).text == "Fog."


def test_cancelling_ends_the_request_at_the_server(server: ModelServer, make: Make) -> None:
    server.behave(Manner(stall_after=3))
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


def test_closing_the_iterator_ends_the_request_at_the_server(server: ModelServer, make: Make) -> None:
    server.behave(Manner(stall_after=1))
    app = make()

    async def run() -> None:
        async with aclosing(service.stream_completion(app, MESSAGES, Usage())) as pieces:
            await anext(pieces)

    with app.app_context():
        asyncio.run(run())
    eventually(lambda: server.disconnects == 1)


def test_a_model_that_keeps_failing_is_left_alone(server: ModelServer, make: Make) -> None:
    server.behave(Manner(status=400))
    app = make(Budgets(breaker_failure_threshold=3))
    reasons = [write(app).reason for _ in range(5)]
    assert reasons == ["refused"] * 3 + ["breaker_open"] * 2
    assert len(server.requests) == 3


def test_a_model_that_works_again_is_asked_again(server: ModelServer, make: Make) -> None:
    server.behave(Manner(status=400), Manner())
    app = make(Budgets(breaker_failure_threshold=1, breaker_recovery_seconds=0))
    assert [write(app).reason for _ in range(3)] == ["refused", None, None]


def test_after_the_pause_one_request_tries_alone() -> None:
    breaker = CircuitBreaker(failure_threshold=1, recovery_seconds=0)
    breaker.record_failure()
    assert [breaker.allow_request(), breaker.allow_request()] == [True, False]


def test_a_try_that_fails_opens_the_breaker_again() -> None:
    breaker = CircuitBreaker(failure_threshold=3, recovery_seconds=60)
    for _ in range(3):
        assert breaker.allow_request()
        breaker.record_failure()
    assert not breaker.allow_request()


def test_a_try_the_reader_stopped_is_given_back() -> None:
    breaker = CircuitBreaker(failure_threshold=1, recovery_seconds=0)
    breaker.record_failure()
    breaker.allow_request()
    breaker.release_probe()
    assert breaker.allow_request()


def test_the_days_tokens_are_what_the_answers_took(server: ModelServer, make_app: MakeApp) -> None:
    app = make_app(**server.settings)
    total = write(app).usage.total + write(app).usage.total
    with app.app_context():
        assert token_budget.used(utcnow().date()) == total


def test_a_failed_answer_gives_its_reservation_back(server: ModelServer, make: Make) -> None:
    server.behave(Manner(status=500))
    app = make()
    write(app)
    with app.app_context():
        assert token_budget.used(utcnow().date()) == 0


def test_at_the_cap_nothing_is_asked_until_the_next_day(server: ModelServer, make_app: MakeApp) -> None:
    server.behave(Manner(text="word " * 900))
    app = make_app(**server.settings, LLM_TOKENS_PER_DAY=3_000)
    assert write(app).reason is None
    assert write(app).reason == "cap_reached"
    assert len(server.requests) == 1
    with app.app_context():
        db.session.execute(update(DailyTokens).values(day=utcnow().date() - timedelta(days=1)))
        db.session.commit()
    assert write(app).reason is None


def test_answers_that_begin_at_once_cannot_pass_the_cap_together(make_app: MakeApp) -> None:
    app = make_app(LLM_TOKENS_PER_DAY=1_000)

    def reserve(_: int) -> bool:
        with app.app_context():
            return token_budget.reserve(90) is not None

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(reserve, range(60))) == 11
    with app.app_context():
        assert token_budget.used(utcnow().date()) == 990


def test_a_database_that_is_away_leaves_the_model_unasked(server: ModelServer, make: Make) -> None:
    app = make(DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert write(app).reason == "cap_unknown"
    assert server.requests == []


def test_the_key_reaches_no_log_and_no_error(
    server: ModelServer, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    server.behave(Manner(status=401))
    app = make()
    with app.app_context():
        with pytest.raises(ModelUnavailable) as caught:
            asyncio.run(anext(service.stream_completion(app, MESSAGES, Usage())))
        service.log.error("planted", words=f"the key is {KEY}", exc_info=caught.value)
    written = "".join(capsys.readouterr())
    assert "model_failed" in written
    assert "planted" in written
    assert KEY not in written + repr(caught.value) + str(caught.value)


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
    server.behave(Manner(), Manner(status=400))
    app = make()
    client = app.test_client()
    before = _counted(client.get("/metrics").get_data(as_text=True))
    took = write(app).usage.total
    write(app)
    after = _counted(client.get("/metrics").get_data(as_text=True))
    grown = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
    assert grown == {
        'chatkit_model_answers_total{outcome="answered"}': 1,
        'chatkit_model_answers_total{outcome="refused"}': 1,
        "chatkit_model_tokens_total": took,
    }


def _counted(metrics: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in metrics.splitlines() if line.startswith("chatkit_model_")]
    return {name: float(value) for name, value in lines if not name.split("{")[0].endswith("_created")}
