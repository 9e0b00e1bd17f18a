"""What `make eval` measures of recommendations: which links are hidden, from whom, and what counts as found."""

import math
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask

from chatkit.search.similarity import Document
from tests import factories
from tests.eval.linked_pages import LinkedPage, links_in, read_pages
from tests.eval.recommendations import judge, ways


def test_each_link_is_hidden_once_and_the_pages_of_those_beside_it_are_no_candidates() -> None:
    links = ({1, 2}, {0}, set[int](), set[int]())
    pages = [LinkedPage(Document({}), {target: Counter() for target in own}) for own in links]
    hidden = list[tuple[int, int | None]]()

    def ranking(place: int, target: int | None) -> list[int]:
        hidden.append((place, target))
        return {0: [3, 1, 2], 1: [2], 2: [0], 3: []}[place]

    found = judge(pages, ranking)
    assert hidden == [(0, 1), (0, 2), (1, 0), (0, None), (1, None), (2, None), (3, None)]
    # Either link of the first page is found at the second place, that of the next page not at all.
    assert found.hit_rate == pytest.approx(2 / 3)
    assert found.mrr == pytest.approx((1 / 2 + 1 / 2) / 3)
    assert found.coverage == 1
    # Pages 0, 1 and 2 are linked to once each, page 3 never; one is added to each of the four.
    assert found.novelty == pytest.approx((4 * math.log2(7 / 2) + math.log2(7)) / 5)


def test_a_hit_is_one_of_the_first_five_and_a_place_one_of_the_first_ten() -> None:
    pages = [LinkedPage(Document({}), {6: Counter()}), *(LinkedPage(Document({}), {}) for _ in range(11))]
    found = judge(pages, lambda place, hidden: range(1, 12))
    assert (found.hit_rate, found.mrr) == (0, 1 / 6)
    pages[0] = LinkedPage(Document({}), {11: Counter()})
    assert judge(pages, lambda place, hidden: range(1, 12)).mrr == 0


def test_a_link_that_is_hidden_tells_no_way_where_it_led(app: Flask, tmp_path: Path) -> None:
    site = {
        "bell.md": "# Bell\n\nA loud one.\n\n## Use\n\nRing it, see [there](horn.md).\n",
        "horn.md": "# Horn\n\nAs the [*loud* bell](bell.md#use) and its [use](bell.md), or boil [tar](tar.md).\n",
        "tar.md": "# Tar\n\nBoil some.\n",
        "wick.md": "# Wick\n\nNot `[tar](tar.md)`, but [itself](wick.md) or [elsewhere](https://example.com).\n",
    }
    factories.index(app, tmp_path, site)
    with app.app_context():
        pages = read_pages()
    assert [set(page.links) for page in pages] == [{1}, {0, 2}, set(), set()]
    horn = pages[1]
    assert horn.document.terms.keys() - horn.without(0).terms.keys() == {"loud", "bell", "use"}
    near = ways(pages)["neighbours"]
    # The horn shares with the bell the words of the links alone, with the tar a word beside its link.
    assert [set(near(1, hidden)) for hidden in (None, 0, 2)] == [{0, 2}, {2}, {0, 2}]


def test_the_other_ways_do_not_count_the_link_that_is_hidden() -> None:
    links = ({1}, {2}, {1, 3}, {4}, {0, 2})
    pages = [LinkedPage(Document({}), {target: Counter() for target in own}) for own in links]
    found = ways(pages)
    # Pages 1 and 2 are linked to twice each; where the link of page 0 is hidden, page 1 is once, as 0, 3 and 4 are.
    assert (list(found["most linked"](3, None)), list(found["most linked"](0, 1))) == ([1, 2, 0, 4], [2, 1, 3, 4])
    # Page 4 has page 1 over 0 and 2, page 2 over 3, and page 3 over 2; where its link to 2 is hidden, nothing over 2.
    assert (list(found["link graph"](4, None)), list(found["link graph"](4, 2))) == ([1, 2, 3], [1, 2])
    # Page 2 links to page 1 as well.
    assert list(found["link graph"](1, 2)) == [4, 3]
    assert sorted(found["random"](2, None)) == [0, 1, 3, 4]


def test_the_words_of_a_link_are_hidden_with_it() -> None:
    shown = r"See \[no\](link) and [the *foghorn*](/guide/foghorn#interval), or \[one](x)."
    assert list(links_in(shown)) == [("the *foghorn*", "/guide/foghorn")]
