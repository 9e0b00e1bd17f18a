"""MaxSim over a passage and over its units, with the vectors of its tokens as they are stored."""

import pytest

np = pytest.importorskip("numpy")

from chatkit.search import vectors  # noqa: E402  (needs numpy)
from chatkit.search.encoding import Encoding  # noqa: E402
from chatkit.search.late_interaction import Asked, compare  # noqa: E402

DIMENSIONS = 384
RANDOM = np.random.default_rng(7)
TOKENS = RANDOM.standard_normal((8, DIMENSIONS)).astype(np.float32)
TOKENS /= np.linalg.norm(TOKENS, axis=1, keepdims=True)


def _stored(*tokens: int, starts: tuple[int, ...]) -> bytes:
    rows = TOKENS[list(tokens)]
    return vectors.pack_tokens(Encoding(rows.mean(axis=0), rows, starts)) or b""


def _asked(*tokens: int, weights: tuple[float, ...]) -> Asked:
    rows = TOKENS[list(tokens)]
    return Asked(rows.mean(axis=0), rows, np.array(weights, np.float32))


def test_a_passage_that_holds_every_token_answers_wholly_and_another_hardly() -> None:
    asked = _asked(0, 1, weights=(1, 1))
    found = compare(asked, [_stored(0, 1, 2, starts=(-1, 0, 5)), _stored(3, 4, starts=(-1, 0))])
    assert found[0].passage == pytest.approx(1, abs=0.1)
    assert found[1].passage < 0.2


def test_a_token_counts_by_what_it_weighs() -> None:
    passage = _stored(2, 0, starts=(-1, 0))
    heavy, light = (compare(_asked(0, 1, weights=each), [passage])[0].passage for each in ((3, 1), (1, 3)))
    assert heavy > light + 0.3


def test_each_unit_is_judged_by_its_own_tokens_and_one_without_is_nothing() -> None:
    passage = _stored(7, 2, 0, 3, 1, starts=(-1, 0, 6, 10, 18))
    (found,) = compare(_asked(0, 1, weights=(1, 1)), [passage])
    (first, second), (third,), (empty,) = found.units([[(0, 5), (6, 10)], [(10, 25)], [(25, 30)]])
    assert first < 0.2
    assert second == pytest.approx(0.5, abs=0.1)
    assert third == pytest.approx(0.5, abs=0.1)
    assert empty == 0


def test_a_heading_is_like_the_question_that_names_it() -> None:
    named, other = compare(_asked(0, 1, weights=(1, 1)), [_stored(0, 5, starts=(-1, 0)), _stored(6, 0, starts=(-1, 0))])
    assert named.heading > other.heading
