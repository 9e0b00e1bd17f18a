"""The token budget of a day, and each reader's share of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from chatkit.database.orm import db, utcnow
from chatkit.llm import token_budget
from chatkit.llm.models import DailyTokens, ReaderTokens
from chatkit.llm.token_budget import Exhausted
from tests import factories
from tests.factories import MakeApp

READER, OTHER, NETWORK = "session:1", "account:2", "network:192.0.2.7"


def admitted(tokens: int, *spenders: str) -> bool:
    """Reserve tokens, and tell whether there were enough."""
    try:
        token_budget.reserve(tokens, spenders)
    except Exhausted:
        return False
    return True


@pytest.mark.parametrize(("spenders", "expected"), [((), 11), ((READER,), 5)])
def test_reservations_that_are_made_at_once_cannot_pass_a_cap_together(
    make_app: MakeApp, spenders: tuple[str, ...], expected: int
) -> None:
    app = make_app(LLM_TOKENS_PER_DAY=1_000, LLM_TOKENS_PER_DAY_SHARE=50)

    def reserve(_: int) -> bool:
        with app.app_context():
            return admitted(90, *spenders)

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(reserve, range(60))) == expected
    with app.app_context():
        assert token_budget.used(utcnow().date()) == 90 * expected


def test_a_reservation_is_corrected_by_what_was_used(make_app: MakeApp) -> None:
    with make_app(LLM_TOKENS_PER_DAY=100, LLM_TOKENS_PER_DAY_SHARE=100).app_context():
        reservation = token_budget.reserve(90, (READER,))
        assert not admitted(20, READER)
        token_budget.settle(reservation, 50)
        assert token_budget.used(reservation.day) == 50
        assert admitted(50, READER)
        assert not admitted(1, READER)


def test_what_alone_is_more_than_the_cap_or_the_share_is_never_reserved(make_app: MakeApp) -> None:
    with make_app(LLM_TOKENS_PER_DAY=100, LLM_TOKENS_PER_DAY_SHARE=50).app_context():
        assert not admitted(101)
        assert not admitted(51, READER)
        assert token_budget.used(utcnow().date()) == 0


@pytest.mark.parametrize("spent", [(READER, NETWORK), (OTHER, NETWORK), (READER, "network:192.0.2.8")])
def test_a_reader_or_a_network_whose_share_is_used_up_leaves_the_rest_to_others(
    make_app: MakeApp, spent: tuple[str, ...]
) -> None:
    with make_app(LLM_TOKENS_PER_DAY=1_000, LLM_TOKENS_PER_DAY_SHARE=20).app_context():
        token_budget.reserve(200, (READER, NETWORK))
        with pytest.raises(Exhausted) as caught:
            token_budget.reserve(1, spent)
        assert caught.value.reason == "share_used"
        assert admitted(200, "session:3", "network:2001:db8::/48")
        assert token_budget.used(utcnow().date()) == 400


def test_what_the_site_refuses_counts_against_no_reader(make_app: MakeApp) -> None:
    with make_app(LLM_TOKENS_PER_DAY=100, LLM_TOKENS_PER_DAY_SHARE=100).app_context():
        token_budget.settle(token_budget.reserve(100, ()), 60)
        with pytest.raises(Exhausted) as caught:
            token_budget.reserve(50, (READER,))
        assert caught.value.reason == "cap_reached"
        assert admitted(40, READER)


def test_the_operator_is_told_once_a_day_that_the_cap_nears(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    with make_app(LLM_TOKENS_PER_DAY=100).app_context():
        for used_tokens, told in ((79, 0), (1, 1), (5, 1)):
            reservation = token_budget.reserve(10, ())
            token_budget.settle(reservation, used_tokens)
            assert capsys.readouterr().out.count("model_tokens_near_cap") == (told if used_tokens == 1 else 0)


def test_the_operator_is_told_of_the_first_answer_that_found_no_tokens_left(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer reserves more than most take, so the last tokens are refused before four fifths are used."""
    with make_app(LLM_TOKENS_PER_DAY=100).app_context():
        token_budget.settle(token_budget.reserve(70, ()), 70)
        assert [admitted(40) for _ in range(3)] == [False] * 3
        assert capsys.readouterr().out.count("model_tokens_near_cap") == 1
        assert token_budget.used(utcnow().date()) == 70


def test_the_database_holds_no_address_and_no_session(make_app: MakeApp) -> None:
    app = make_app()
    with app.app_context():
        token_budget.reserve(1, (READER, NETWORK))
    stored = repr(factories.rows(app, db.metadata.tables["model_shares"]))
    assert "192.0.2" not in stored
    assert READER not in stored


def test_the_counts_of_earlier_days_are_pruned(make_app: MakeApp) -> None:
    with make_app().app_context():
        token_budget.reserve(1, (READER, NETWORK))
        yesterday = utcnow().date() - timedelta(days=1)
        db.session.execute(update(ReaderTokens).values(day=yesterday))
        db.session.commit()
        token_budget.reserve(1, (READER,))
        assert [token_budget.prune(10), token_budget.prune(10)] == [2, 0]


def test_what_a_day_used_is_forgotten_after_a_year(make_app: MakeApp) -> None:
    with make_app().app_context():
        token_budget.reserve(1, (READER,))
        today = utcnow().date()
        db.session.add_all(DailyTokens(day=today - timedelta(days=ago), tokens=1) for ago in (366, 367))
        db.session.commit()
        assert [token_budget.prune(10), token_budget.prune(10)] == [1, 0]
        assert token_budget.used(today - timedelta(days=366)) == 1
