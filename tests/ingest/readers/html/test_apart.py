"""A process of its own for a page: what it returns, and its end when it takes too long or too much."""

import pytest

from chatkit.ingest.readers.html import apart
from chatkit.ingest.readers.html import page as html_page
from chatkit.ingest.readers.html.cost import TooComplexError, is_bounded
from chatkit.ingest.readers.html.page import read_page, read_sections


def test_a_page_that_may_take_long_is_read_as_any_other() -> None:
    page = (
        "<title>T</title><main><svg><foreignObject><p>a</p></foreignObject></svg><h1 id=x>A</h1>" + "<p>b</p>" * 1_200
    )
    assert not is_bounded(page)
    head, document = read_page(page, "fallback")
    assert (head.title, document.title) == ("T", "A")
    assert document == html_page._read(page, "fallback")[1]
    assert len(read_sections(page)[-1].blocks) == 1_200


def test_a_process_that_takes_too_long_or_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooComplexError, match=r"failed: MemoryError"):
        apart.call(exec, "bytearray(1 << 34)")
    monkeypatch.setattr(apart, "WALL_SECONDS", 0.5)
    with pytest.raises(TooComplexError, match=r"longer than 0\.5 seconds"):
        apart.call(exec, "while True: pass")


def test_a_parser_that_fails_says_why() -> None:
    with pytest.raises(TooComplexError, match="its parser failed: LookupError: no such thing"):
        apart.call(exec, "raise LookupError('no such thing')")
