"""The token budget of a day."""

from concurrent.futures import ThreadPoolExecutor

from chatkit.database.orm import utcnow
from chatkit.llm import token_budget
from tests.factories import MakeApp


def test_reservations_that_are_made_at_once_cannot_pass_the_cap_together(make_app: MakeApp) -> None:
    app = make_app(LLM_TOKENS_PER_DAY=1_000)

    def reserve(_: int) -> bool:
        with app.app_context():
            return token_budget.reserve(90) is not None

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(reserve, range(60))) == 11
    with app.app_context():
        assert token_budget.used(utcnow().date()) == 990


def test_a_reservation_is_corrected_by_what_was_used(make_app: MakeApp) -> None:
    with make_app(LLM_TOKENS_PER_DAY=100).app_context():
        day = token_budget.reserve(90)
        assert day is not None
        assert token_budget.reserve(20) is None
        token_budget.settle(day, -40)
        assert token_budget.used(day) == 50
        assert token_budget.reserve(20) == day


def test_what_alone_is_more_than_the_cap_is_never_reserved(make_app: MakeApp) -> None:
    with make_app(LLM_TOKENS_PER_DAY=100).app_context():
        assert token_budget.reserve(101) is None
        assert token_budget.used(utcnow().date()) == 0
