"""The circuit breaker: when a request may go out."""

from chatkit.llm.circuit_breaker import CircuitBreaker


def test_it_stays_closed_below_the_threshold() -> None:
    breaker = CircuitBreaker(failure_threshold=2, recovery_seconds=60)
    breaker.record_failure()
    assert breaker.allow_request()


def test_it_opens_at_the_threshold() -> None:
    breaker = CircuitBreaker(failure_threshold=3, recovery_seconds=60)
    for _ in range(3):
        assert breaker.allow_request()
        breaker.record_failure()
    assert not breaker.allow_request()


def test_only_failures_in_a_row_count() -> None:
    breaker = CircuitBreaker(failure_threshold=2, recovery_seconds=60)
    breaker.record_failure()
    breaker.record_success()
    breaker.record_failure()
    assert breaker.allow_request()


def test_retry_after_opens_it_at_the_first_failure() -> None:
    breaker = CircuitBreaker(failure_threshold=3, recovery_seconds=0)
    breaker.record_failure(retry_after_seconds=60)
    assert not breaker.allow_request()


def test_after_the_pause_one_probe_goes_out_alone() -> None:
    breaker = CircuitBreaker(failure_threshold=1, recovery_seconds=0)
    breaker.record_failure()
    assert [breaker.allow_request(), breaker.allow_request()] == [True, False]


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = CircuitBreaker(failure_threshold=1, recovery_seconds=0)
    breaker.record_failure()
    breaker.allow_request()
    breaker.record_success()
    assert [breaker.allow_request(), breaker.allow_request()] == [True, True]


def test_a_probe_that_fails_opens_it_again_below_the_threshold() -> None:
    breaker = CircuitBreaker(failure_threshold=3, recovery_seconds=0)
    breaker.record_failure(retry_after_seconds=1e-9)
    assert breaker.allow_request()
    breaker.record_failure(retry_after_seconds=60)
    assert not breaker.allow_request()


def test_a_probe_the_reader_stopped_is_released() -> None:
    breaker = CircuitBreaker(failure_threshold=1, recovery_seconds=0)
    breaker.record_failure()
    breaker.allow_request()
    breaker.release_probe()
    assert breaker.allow_request()
