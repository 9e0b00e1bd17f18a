"""Whether a page is parsed in a bounded time: never said of one that is not, and said of what people write."""

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from chatkit.ingest.readers.html.cost import TooComplexError, is_bounded

MANY = 30_000


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<div>" * MANY, "nested too deep"),
        ("<main>" * MANY, "nested too deep"),
        ("<x-y z>" * MANY, "nested too deep"),
        ("<svg><td>" * MANY, "nested too deep"),
        ("<p>" + "".join(f"<b x={number}>" for number in range(MANY)), "nested too deep"),
        # What seems to close them stands in a comment, in a script, in an attribute or where it closes nothing.
        ("<div><!-- </div> -->" * MANY, "nested too deep"),
        ("<div><script></div></script>" * MANY, "nested too deep"),
        ("<div></div x='>" * 2 + "<div><p title='</div>'>" * MANY, "nested too deep"),
        ("</div>" * MANY + "<div>" * MANY, "nested too deep"),
        ("<span></div>" * MANY, "nested too deep"),
        ("<div><b></div>" * MANY, "nested too deep"),
        ("<p " + " ".join(f"a{number}" for number in range(MANY)) + ">", "10,000 attributes"),
        ("<p " + "a='>'" * MANY + ">", "10,000 attributes"),
        ("<a " * MANY, "10,000 attributes"),
    ],
)
def test_what_no_parser_reads_in_time_is_refused_at_once(page: str, reason: str) -> None:
    began = time.process_time()
    with pytest.raises(TooComplexError, match=reason):
        is_bounded(page)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 600 + "<p>a" * 1_200,
        # Three hundred elements made anew in each paragraph.
        "".join(f"<i x={number}>" for number in range(300)) + "<p>a" * 5_000,
        "<select><title></select>" + "<p>a" * 1_200 + "</title>",
        "<svg><foreignObject><div>a</div></foreignObject></svg>" + "<p>a" * 1_200,
        "<svg><p><path/>" + "<p>a" * 1_200,
        "<svg><title><p></title></svg>" + "<p>a" * 1_200,
        "<svg><![CDATA[</svg>]]></svg>" + "<p>a" * 1_200,
        "<p " + "a " * 1_000 + ">" + "<p>a" * 1_200,
    ],
)
def test_what_may_take_long_is_not_called_bounded(page: str) -> None:
    assert not is_bounded(page)


@pytest.mark.parametrize(
    "page",
    [
        "<div><p>One<p>Two <b>three</b></div>" * 3_000,
        "<ul>" + "<li>Item <a href='x'>link</a>" * 3_000 + "</ul>",
        "<table><tr>" + "<td>Cell<td><br>" * 3_000 + "</table>",
        "<pre><code>" + "<span class='k'>a</span>\n" * 6_000 + "</code></pre>",
        "<svg><title>Icon</title><g><path d='M0'/><circle></g></svg><p>a</p>" * 1_000,
        "<math><mrow><mi>a</mi><mo>&lt;</mo><mn>2</mn></mrow></math>" * 1_000,
        "<script>for (a<b; c<d; e<f) { x='<div>' }</script>" * 1_000,
        "<select><option>1<option>2</select><script>a<b</script>" * 1_000,
        "<!-- <div> --><!--><p>a</p><!DOCTYPE html><?x <b?>" * 1_000,
        "<p data-props='" + '{"a": "b"} ' * 3_000 + "'>a</p>" * 600,
        "<img src='data:" + "A" * 1_000_000 + "'>" + "<p>a</p>" * 1_200,
        "&amp;" * 300_000,
        "<" * 100_000,
    ],
)
def test_what_people_and_generators_write_is_bounded_and_is_parsed_quickly(page: str) -> None:
    assert is_bounded(page)
    began = time.process_time()
    LexborHTMLParser(page)
    assert time.process_time() - began < 1


def test_the_time_to_tell_is_linear() -> None:
    pages = ["<a <a", "<!--", "<a b='", "<a b=\"' ", "<p =", "<script>", "</", "<![CDATA[", "<a/ / /", "<a b = c"]
    began = time.process_time()
    for page in pages:
        try:
            is_bounded(page * 40_000)
        except TooComplexError:
            continue
    assert time.process_time() - began < 3
