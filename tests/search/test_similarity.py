"""Which texts are near each other."""

from collections import Counter

from chatkit.search.similarity import Document, Similarity


def _nearest(
    *texts: str, keep: int = 10, sections: tuple[str, ...] = (), titles: tuple[str, ...] = ()
) -> list[list[int]]:
    similarity = Similarity()
    for place, text in enumerate(texts):
        title = frozenset(titles[place].split()) if titles else frozenset[str]()
        similarity.add(Document(Counter(text.split()), sections[place] if sections else "", title))
    return [[one.place for one in near] for near in similarity.nearest(keep)]


def test_what_shares_rare_words_is_near_and_what_shares_none_is_not() -> None:
    assert _nearest("fog horn sea", "fog bell sea", "oil lamp wick", "gas lamp wick") == [[1], [0], [3], [2]]


def test_a_word_of_every_text_brings_none_together() -> None:
    assert _nearest("the horn", "the bell", "the lamp") == [[], [], []]


def test_the_more_two_texts_share_the_nearer_they_are() -> None:
    assert _nearest("fog horn sea wave", "fog horn sea", "fog lamp oil", "tar", "rope")[0] == [1, 2]


def test_of_two_texts_as_near_that_of_the_same_section_is_nearer() -> None:
    texts = ("fog horn", "fog bell", "fog gun", "tar", "rope")
    assert _nearest(*texts, sections=("/a", "/b", "/a", "", ""))[0] == [2, 1]


def test_of_two_texts_as_near_that_whose_title_is_named_is_nearer() -> None:
    texts, titles = ("fog horn", "fog bell", "horn gun", "tar", "rope"), ("tug", "bell", "horn", "tar", "rope")
    near = _nearest(*texts, titles=titles)
    # The first text names the third's title. Nobody's text has the word of the first one's.
    assert near == [[2, 1], [0], [0], [], []]
    assert _nearest(*texts)[0] == [1, 2]


def test_so_many_are_kept_at_most() -> None:
    assert [len(near) for near in _nearest(*["fog horn"] * 5, "tar", keep=3)] == [3, 3, 3, 3, 3, 0]


def test_a_score_is_at_most_one_and_never_of_the_text_itself() -> None:
    similarity = Similarity()
    for section in ("/a", "/a", "/b"):
        similarity.add(Document(Counter(["fog", "horn"]), section))
    similarity.add(Document(Counter(["tar"])))
    for place, near in enumerate(similarity.nearest(10)):
        assert place not in [one.place for one in near]
        assert all(0 < one.score <= 1 for one in near)


def test_without_texts_or_words_nothing_is_near() -> None:
    assert list(Similarity().nearest(5)) == []
    assert _nearest("", "") == [[], []]
