"""The deadline of a request: what is left for the database after waiting for something else."""

import threading
from collections.abc import Iterator

import pytest

from chatkit.database import deadline
from chatkit.database.deadline import ANSWER_SECONDS, MIN_SECONDS


@pytest.fixture(autouse=True)
def _reset() -> Iterator[None]:
    yield
    deadline.reset()


def test_a_request_that_did_not_wait_has_all_of_the_time() -> None:
    assert deadline.seconds_left() == ANSWER_SECONDS


@pytest.mark.parametrize(
    ("waited", "left"), [(0.0, ANSWER_SECONDS), (0.5, ANSWER_SECONDS - 0.5), (1.4, MIN_SECONDS), (9.0, MIN_SECONDS)]
)
def test_a_request_that_waited_has_the_rest_and_at_least_a_little(waited: float, left: float) -> None:
    deadline.shorten(waited)
    assert deadline.seconds_left() == left


def test_a_command_may_wait_as_long_as_its_connection_allows() -> None:
    assert deadline.seconds_left(30.0) == 30.0


def test_no_wait_is_longer_than_its_connection_allows() -> None:
    deadline.shorten(0.5)
    assert deadline.seconds_left(0.1) == 0.1


def test_the_next_request_of_a_thread_has_all_of_the_time_again() -> None:
    deadline.shorten(1.0)
    deadline.reset()
    assert deadline.seconds_left() == ANSWER_SECONDS


def test_a_request_shortens_the_waits_of_no_other() -> None:
    deadline.shorten(1.0)
    found: list[float] = []
    other = threading.Thread(target=lambda: found.append(deadline.seconds_left()))
    other.start()
    other.join()
    assert found == [ANSWER_SECONDS]
