"""The second try: when there is one, and what becomes of its text."""

import asyncio

import pytest

from chatkit.llm.client import Client, RequestFailed, Usage
from chatkit.llm.retries import stream_with_retry
from tests.llm.conftest import HASTY, MESSAGES, TEXT, MakeClient
from tests.modelserver import Behaviour, ModelServer


def complete(client: Client) -> str:
    """Return a completion; raise what the last try raised."""

    async def run() -> str:
        return "".join([piece async for piece in stream_with_retry(client, MESSAGES, Usage())])

    return asyncio.run(run())


@pytest.mark.parametrize(
    "first",
    [Behaviour(status=503), Behaviour(cut_after=0), Behaviour(garbage=b"data: 7\n\n")],
    ids=["refused", "cut", "garbage"],
)
def test_a_failure_before_the_first_word_is_tried_once_more(
    server: ModelServer, make_client: MakeClient, first: Behaviour
) -> None:
    server.behave(first, Behaviour())
    assert complete(make_client()) == TEXT
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("behaviour", "tries"),
    [(Behaviour(status=500), 2), (Behaviour(status=401), 1), (Behaviour(cut_after=2), 1)],
    ids=["a second time", "for good", "after the first word"],
)
def test_no_other_failure_is_tried_again(
    server: ModelServer, make_client: MakeClient, behaviour: Behaviour, tries: int
) -> None:
    server.behave(behaviour)
    with pytest.raises(RequestFailed):
        complete(make_client())
    assert len(server.requests) == tries


def test_a_silent_server_has_used_up_the_time_of_a_second_try(server: ModelServer, make_client: MakeClient) -> None:
    server.behave(Behaviour(silent=True))
    with pytest.raises(RequestFailed):
        complete(make_client(HASTY))
    assert len(server.requests) == 1


@pytest.mark.parametrize(("retry_after", "tries"), [("0.1", 2), ("120", 1)])
def test_a_second_try_waits_as_long_as_the_server_asks_if_there_is_time(
    server: ModelServer, make_client: MakeClient, retry_after: str, tries: int
) -> None:
    server.behave(Behaviour(status=429, headers=(("Retry-After", retry_after),)))
    with pytest.raises(RequestFailed):
        complete(make_client())
    assert len(server.requests) == tries
