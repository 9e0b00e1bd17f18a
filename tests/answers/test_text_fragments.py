"""Quotes: a source's link opens exactly the words that are quoted, or the section alone."""

import html
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.answers import text_fragments
from chatkit.ingest.readers import markdown
from chatkit.paths import DOCS
from chatkit.search.passages import Passage, texts_of
from tests import factories

URL = "/guide/page#section"
TAG = re.compile(r"<[^>]+>")


def _texts(markdown: str) -> tuple[str, ...]:
    return texts_of(block for passage in factories.passages(markdown) for block in passage.blocks)


def _link(quote: str, body: str, *page: str) -> str:
    return text_fragments.link(URL, _texts(body), quote, [_texts(text) for text in page or [body]])


def _quotes(passage: Passage) -> list[str]:
    return [unit.text for block in passage.blocks for unit in block.units]


def _directive(url: str) -> str:
    return url.partition(":~:text=")[2]


def _parts(directive: str) -> tuple[str, str, str]:
    """Return the prefix, start and end that a browser reads in a text directive."""
    parts = directive.split(",")
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    return prefix, unquote(parts[0]), unquote(parts[1]) if parts[1:] else ""


def test_a_sentence_is_opened_by_its_words() -> None:
    body = "Trim the wick. The lamp burns oil. It never smokes."
    assert _link("The lamp burns oil.", body) == f"{URL}:~:text=The%20lamp%20burns%20oil."


def test_an_address_without_an_anchor_gets_one() -> None:
    texts = ("One lamp.",)
    assert text_fragments.link("/guide/page", texts, "One lamp.", [texts]) == "/guide/page#:~:text=One%20lamp."


def test_what_a_directive_gives_a_meaning_is_encoded() -> None:
    quote = "Oil, wicks & well-trimmed lamps: 100 % é 中."
    assert _directive(_link(quote, quote)) == (
        "Oil%2C%20wicks%20%26%20well%2Dtrimmed%20lamps%3A%20100%20%25%20%C3%A9%20%E4%B8%AD."
    )


def test_marks_of_markdown_are_not_quoted() -> None:
    body = "Set `LAMP_OIL` to `` a`b `` or 2 * 3 * 4."
    [quote] = _quotes(*factories.passages(body))
    assert quote == "Set LAMP_OIL to a`b or 2 * 3 * 4."
    assert _parts(_directive(_link(quote, body))) == ("", quote, "")


def test_a_long_sentence_is_named_by_its_beginning_and_its_end() -> None:
    quote = "The first of all words " + "and another one " * 30 + "before the very last words."
    prefix, start, end = _parts(_directive(_link(quote, f"Before. {quote} After.")))
    assert (prefix, start) == ("", "The first of all words and")
    assert end == "one before the very last words."


def test_a_quote_that_stands_nowhere_is_not_opened() -> None:
    body = "The lamp burns oil."
    for quote in ("The lamp burns gas.", "The lamp burns oi", "", "he lamp burns oil."):
        assert _link(quote, body) == URL


def test_a_passage_that_is_not_on_its_page_is_not_opened() -> None:
    assert _link("The lamp burns oil.", "The lamp burns oil.", "Another page.") == URL


def test_words_that_stand_twice_are_told_apart_by_what_precedes_them() -> None:
    body = "In winter: Trim the wick."
    assert _parts(_directive(_link("Trim the wick.", body, "In summer: Trim the wick.", body)))[:2] == (
        "In winter:",
        "Trim the wick.",
    )


def test_a_block_is_told_apart_by_the_end_of_the_block_before() -> None:
    body = "What to do in the long winter:\n\n- Trim the wick."
    assert _parts(_directive(_link("Trim the wick.", body, "Trim the wick.", body)))[:2] == (
        "in the long winter:",
        "Trim the wick.",
    )


def test_words_that_cannot_be_told_apart_are_not_opened() -> None:
    body = "Trim the wick."
    assert _link("Trim the wick.", body, "Trim the wick.", body) == f"{URL}:~:text=Trim%20the%20wick."
    body = "Look. Trim the wick. Then rest."
    assert _link("Trim the wick.", body, "Look. Trim the wick. Look. Trim the wick.", body) == URL


def test_a_row_of_a_table_is_opened_from_its_first_cell_to_its_last() -> None:
    table = "| lamp | colour |\n| --- | --- |\n| port | red |\n| starboard | green `#0f0` |"
    quote = _quotes(*factories.passages(table))[-1]
    assert quote == "starboard green #0f0"
    assert _parts(_directive(_link(quote, table))) == ("", "starboard", "green #0f0")


def test_an_item_is_opened_with_what_it_holds() -> None:
    listed = "- one lamp\n- two lamps\n  - three `lamps` and four wicks that nobody has trimmed for years"
    quote = _quotes(*factories.passages(listed))[-1]
    assert _parts(_directive(_link(quote, listed))) == ("", "two lamps", "that nobody has trimmed for years")


@given(st.text(alphabet="ab. `|-*,&%\n#:é中1", max_size=200))
def test_no_text_breaks_a_quote_or_a_link(text: str) -> None:
    for passage in factories.passages(text):
        shown = " ".join(passage.texts)
        for quote in _quotes(passage):
            url = text_fragments.link(URL, passage.texts, quote, [passage.texts])
            assert re.fullmatch(r"[!-~]*", url)
            assert url == URL or all(part in shown for part in _parts(_directive(url)))


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda file: file.stem)
def test_every_sentence_of_the_documentation_is_quoted_as_its_page_shows_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = " ".join(html.unescape(TAG.sub(" ", markdown.render(text))).split())
    tight = re.sub(r"\s", "", shown)
    found = factories.passages(text)
    texts = [passage.texts for passage in found]
    opened = 0
    for passage in found:
        for quote in _quotes(passage):
            assert re.sub(r"\s", "", quote) in tight
            url = text_fragments.link(URL, passage.texts, quote, texts)
            opened += url != URL
            assert url == URL or all(re.sub(r"\s", "", part) in tight for part in _parts(_directive(url)))
    assert opened >= 0.9 * sum(len(_quotes(passage)) for passage in found)
