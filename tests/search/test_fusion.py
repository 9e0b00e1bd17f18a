"""The order of passages by words and by meaning together."""

from chatkit.search import fusion


def test_words_and_meaning_choose_alike() -> None:
    ranks, cosines = {1: 9.0, 2: 5.0, 3: 1.0}, {4: 0.9, 2: 0.8, 5: 0.1, 1: 0.2, 3: 0.0}
    assert list(fusion.choose(ranks, cosines, 3))[:3] == [2, 1, 4]


def test_a_passage_without_a_vector_is_judged_by_its_words_alone() -> None:
    chosen = fusion.choose({1: 9.0, 2: 8.0, 3: 1.0}, {2: 0.9, 4: 0.2, 3: 0.1}, 2)
    assert chosen[1] == fusion.Chosen(1.0, 1.0, None)
    worth = fusion.order(chosen, {2: 0.9, 3: 0.1}, {2: 0.5, 3: 0.1})
    assert worth[1] == 1.0
    assert worth[1] > worth[3]


def test_how_tokens_fit_decides_between_passages_that_are_otherwise_alike() -> None:
    chosen = fusion.choose({1: 5.0, 2: 5.0}, {1: 0.5, 2: 0.5}, 2)
    worth = fusion.order(chosen, {1: 0.2, 2: 0.6}, {1: 0.5, 2: 0.5})
    assert worth[2] > worth[1]


def test_scores_that_are_all_alike_are_all_the_most() -> None:
    assert fusion.scaled({1: 3.0, 2: 3.0}) == {1: 1.0, 2: 1.0}
