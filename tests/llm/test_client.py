"""One chat completion, over a real socket: streaming, time limits, malformed answers, token counts."""

import asyncio
from contextlib import aclosing

import pytest

from chatkit.llm.client import Budgets, Client, RequestFailed, Usage, estimate_tokens
from tests import servers
from tests.llm.conftest import HASTY, MESSAGES, TEXT, MakeClient
from tests.modelserver import Behaviour, ModelServer
from tests.servers import eventually


class Completion:
    """What came of one request."""

    def __init__(self, client: Client) -> None:
        self.pieces: list[str] = []
        self.usage = Usage()
        self.failure: RequestFailed | None = None
        asyncio.run(self._read(client))

    async def _read(self, client: Client) -> None:
        try:
            async for piece in client.stream(MESSAGES, self.usage, asyncio.get_running_loop().time()):
                self.pieces.append(piece)
        except RequestFailed as failure:
            self.failure = failure

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def reason(self) -> str | None:
        return self.failure.reason if self.failure else None


def test_an_answer_comes_in_pieces(make_client: MakeClient) -> None:
    completion = Completion(make_client())
    assert (completion.text, completion.reason) == (TEXT, None)
    # The article waits for the word behind it, which tells that no thoughts begin here.
    assert completion.pieces == ["The foghorn", " sounds", " every", " thirty", " seconds.", " [1]"]


def test_the_server_is_asked_in_its_own_protocol(server: ModelServer, make_client: MakeClient) -> None:
    Completion(make_client())
    asked = server.requests[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {server.settings['OPENAI_API_KEY']}"
    # Some servers refuse what they do not know, and some models any temperature but their own.
    assert asked.body == {
        "model": "parrot",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_tokens_are_those_the_server_reports(server: ModelServer, make_client: MakeClient) -> None:
    usage = Completion(make_client()).usage
    assert (usage.completion_tokens, usage.estimated) == (7, False)
    assert usage.prompt_tokens == sum(len(message["content"].split()) for message in MESSAGES)


def test_tokens_that_are_not_reported_are_estimated(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(usage=False))
    usage = Completion(make_client()).usage
    assert usage.estimated
    assert usage.completion_tokens == len(TEXT) / 3 + 1 / 3
    assert usage.prompt_tokens == estimate_tokens(MESSAGES) > 100


def test_tokens_beyond_belief_are_not_believed(server: ModelServer, make_client: MakeClient) -> None:
    chunk = b'data: {"choices": [{"delta": {"content": "Fog"}, "finish_reason": "stop"}], "usage": %s}\n\n'
    server.behave(Behaviour(garbage=chunk % b'{"prompt_tokens": -5, "completion_tokens": 99999999999999999999}'))
    usage = Completion(make_client()).usage
    assert (usage.estimated, usage.completion_tokens) == (True, 1)


@pytest.mark.parametrize("usage", [b"{}", b"null", b'{"prompt_tokens": null, "completion_tokens": null}'])
def test_a_missing_count_is_no_failure(server: ModelServer, make_client: MakeClient, usage: bytes) -> None:
    chunk = b'data: {"choices": [{"delta": {"content": "Fog."}, "finish_reason": "stop"}], "usage": %s}\n\n'
    server.behave(Behaviour(garbage=chunk % usage))
    completion = Completion(make_client())
    assert (completion.text, completion.reason, completion.usage.estimated) == ("Fog.", None, True)


@pytest.mark.parametrize("meanwhile", ["", "null", "unfinished"])
def test_only_a_known_reason_ends_an_answer(server: ModelServer, make_client: MakeClient, meanwhile: str) -> None:
    server.behave(Behaviour(meanwhile=meanwhile, pieces_per_second=20))
    completion = Completion(make_client(Budgets(usage_seconds=0.01)))
    assert (completion.text, completion.reason) == (TEXT, None)


@pytest.mark.parametrize("meanwhile", [None, ""])
def test_done_ends_an_answer_without_a_reason(
    server: ModelServer, make_client: MakeClient, meanwhile: str | None
) -> None:
    server.behave(Behaviour(meanwhile=meanwhile, finish=None, done=True, usage=False))
    completion = Completion(make_client())
    assert (completion.text, completion.reason) == (TEXT, None)


def test_a_reason_ends_an_answer_without_done(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(done=False))
    assert Completion(make_client()).reason is None


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("refuses", "refusal"),
    [("stream_options", "extra fields not permitted: stream_options"), ("system", "System role not supported")],
)
def test_what_a_server_refuses_is_left_out_from_then_on(
    server: ModelServer,
    make_client: MakeClient,
    capsys: pytest.CaptureFixture[str],
    refuses: str,
    refusal: str,
    status: int,
) -> None:
    server.behave(Behaviour(status=status, refuses=refuses, refusal=refusal))
    client = make_client()
    assert [Completion(client).text for _ in range(2)] == [TEXT, TEXT]
    assert len(server.requests) == 3
    assert capsys.readouterr().out.count("model_server_refuses") == 1


def test_a_server_that_goes_on_refusing_is_not_asked_for_ever(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(status=400, refusal="No stream_options, no system role."))
    failure = Completion(make_client()).failure
    assert failure is not None
    assert (failure.reason, failure.retryable) == ("refused", False)
    assert len(server.requests) <= 3


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
def test_a_document_in_the_place_of_a_stream_is_a_whole_answer(
    server: ModelServer, make_client: MakeClient, content_type: str
) -> None:
    document = b'{"choices": [{"message": {"content": "<think>Hm</think>Fog."}}], "usage": {"completion_tokens": 9}}'
    server.behave(Behaviour(garbage=document, content_type=content_type))
    completion = Completion(make_client())
    assert (completion.text, completion.reason, completion.usage.completion_tokens) == ("Fog.", None, 9)


@pytest.mark.parametrize("thoughts", ["<think>%s</think>", "Let me see. %s</think>"])
def test_only_the_answer_counts_towards_its_length(server: ModelServer, make_client: MakeClient, thoughts: str) -> None:
    server.behave(Behaviour(thoughts % ("the lamp is lit " * 1_250) + TEXT))
    completion = Completion(make_client(Budgets(answer_bytes=len(TEXT))))
    assert (completion.text, completion.reason) == (TEXT, None)


@pytest.mark.parametrize("behaviour", [Behaviour(f"<think>{'hm ' * 500}</think>{TEXT}"), Behaviour(thoughts=500)])
def test_thinking_without_end_is_cut(server: ModelServer, make_client: MakeClient, behaviour: Behaviour) -> None:
    server.behave(behaviour)
    completion = Completion(make_client(Budgets(thought_bytes=1_000)))
    assert (completion.text, completion.reason) == ("", "too_long")


def test_a_server_that_opens_the_thoughts_itself_is_remembered(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(
        Behaviour(f"Let me see.</think>{TEXT}"),
        Behaviour(f"Fog, they say. [1]</think>{TEXT}", letters=5),
        Behaviour("Fog. More", cut_after=1),
    )
    client = make_client()
    assert [Completion(client).text for _ in range(3)] == [TEXT, TEXT, ""]


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (500, True),
        (502, True),
        (503, True),
        (429, True),
        (408, True),
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (422, False),
    ],
)
def test_a_refusal_says_whether_another_try_may_help(
    server: ModelServer, make_client: MakeClient, status: int, retryable: bool
) -> None:
    server.behave(Behaviour(status=status))
    failure = Completion(make_client()).failure
    assert failure is not None
    assert (failure.reason, failure.status, failure.retryable) == ("refused", status, retryable)


@pytest.mark.parametrize(("header", "seconds"), [("0.5", 0.5), ("120", 120), ("9999", 300), ("-1", 0), ("soon", 0)])
def test_a_refusal_says_when_to_come_again(
    server: ModelServer, make_client: MakeClient, header: str, seconds: float
) -> None:
    server.behave(Behaviour(status=429, headers=(("Retry-After", header),)))
    failure = Completion(make_client()).failure
    assert failure is not None
    assert failure.retry_after == seconds


def test_a_server_that_is_not_there_fails(make_client: MakeClient) -> None:
    client = make_client(OPENAI_BASE_URL=f"http://127.0.0.1:{servers.free_port()}/v1")
    assert Completion(client).reason == "failed"


def test_a_silent_server_is_left_when_the_first_byte_is_due(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(silent=True))
    assert Completion(make_client(HASTY)).reason == "no_first_byte"
    eventually(lambda: server.disconnects == 1)


def test_headers_without_a_word_are_no_first_byte(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(stall_after=0))
    assert Completion(make_client(HASTY)).reason == "no_first_byte"


def test_a_model_that_thinks_aloud_is_at_work(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(thoughts=3, stall_after=0))
    assert Completion(make_client(Budgets(idle_seconds=0.2))).reason == "stalled"


def test_a_stall_in_the_middle_keeps_what_came(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(stall_after=2))
    completion = Completion(make_client(Budgets(idle_seconds=1)))
    assert (completion.text, completion.reason) == ("The foghorn", "stalled")
    eventually(lambda: server.disconnects == 1)


def test_an_answer_ends_when_its_time_is_spent(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(text="more " * 10_000, pieces_per_second=100))
    assert Completion(make_client(Budgets(total_seconds=0.3))).reason == "too_slow"
    eventually(lambda: server.disconnects == 1)


def test_a_connection_cut_in_the_middle_is_a_truncation(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(cut_after=2))
    completion = Completion(make_client())
    assert (completion.text, completion.reason) == ("The foghorn", "truncated")


@pytest.mark.parametrize("behaviour", [Behaviour(finish=None, usage=False), Behaviour(finish="content_filter")])
def test_an_answer_without_its_end_is_a_truncation(
    server: ModelServer, make_client: MakeClient, behaviour: Behaviour
) -> None:
    server.behave(behaviour)
    assert Completion(make_client()).reason == "truncated"


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
        b"\n",
    ],
)
def test_garbage_is_a_failure(server: ModelServer, make_client: MakeClient, garbage: bytes) -> None:
    server.behave(Behaviour(garbage=garbage))
    failure = Completion(make_client()).failure
    assert failure is not None
    assert (failure.reason, failure.retryable) == ("failed", True)


def test_half_a_character_becomes_none(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(
        Behaviour(garbage=b'data: {"choices": [{"delta": {"content": "\\ud83d."}, "finish_reason": "stop"}]}\n\n')
    )
    assert Completion(make_client()).text == "?."


def test_the_text_among_parts_is_the_answer(server: ModelServer, make_client: MakeClient) -> None:
    thought = b'{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}'
    chunk = b'data: {"choices": [{"delta": {"content": [%s]}, "finish_reason": "stop"}]}\n\n'
    server.behave(Behaviour(garbage=chunk % (thought + b', {"type": "text", "text": "Fog."}')))
    assert Completion(make_client()).text == "Fog."


@pytest.mark.parametrize("letters", [0, 500_000])
def test_an_endless_answer_is_cut(server: ModelServer, make_client: MakeClient, letters: int) -> None:
    server.behave(Behaviour(text="more " * 100_000, letters=letters))
    completion = Completion(make_client(Budgets(answer_bytes=302)))
    assert (completion.text, completion.reason) == ("more " * 60 + "mo", "too_long")


def test_what_is_cut_is_left_unread(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(text="more " * 100_000))
    Completion(make_client(Budgets(answer_bytes=302)))
    eventually(lambda: server.disconnects == 1)


def test_an_answer_of_just_the_budget_is_whole(make_client: MakeClient) -> None:
    completion = Completion(make_client(Budgets(answer_bytes=len(TEXT))))
    assert (completion.text, completion.reason) == (TEXT, None)


def test_a_cut_at_the_budget_leaves_no_half_of_a_character(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(text="雾" * 1_000, letters=1_000))
    assert Completion(make_client(Budgets(answer_bytes=100))).text == "雾" * 33


def test_an_answer_the_server_cuts_is_not_whole(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(finish="length"))
    completion = Completion(make_client())
    assert (completion.text, completion.reason) == (TEXT, "too_long")
    assert (completion.usage.completion_tokens, completion.usage.estimated) == (7, False)


def test_closing_the_iterator_ends_the_request_at_the_server(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(stall_after=2))

    async def run() -> None:
        started_at = asyncio.get_running_loop().time()
        async with aclosing(make_client().stream(MESSAGES, Usage(), started_at)) as pieces:
            await anext(pieces)

    asyncio.run(run())
    eventually(lambda: server.disconnects == 1)
