"""kramdown's rules, with what kramdown 2.4 and its parser of GitHub's dialect render of the same text."""

import pytest

from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.kramdown.convert import KramdownOptions, to_html
from tests.growth import takes_time_by_size


def _blocks(text: str) -> list[str]:
    return [block.body for section in read_sections(to_html(text)) for block in section.blocks]


def _headings(text: str, options: KramdownOptions | None = None) -> list[tuple[str, str]]:
    sections = read_sections(to_html(text, options or KramdownOptions()))
    return [(section.anchor, section.headings[-1]) for section in sections if section.headings]


@pytest.mark.parametrize(
    ("text", "anchor", "words"),
    [
        ("## It's `code` & *more*", "its-code--more", "It’s `code` & more"),
        ("## Über_uns: 中文 ½ ①", "über_uns-中文--", "Über_uns: 中文 ½ ①"),
        ("## [Link](a.md){:.x} ![alt](b.png) end", "link--end", "Link end"),
        ("## A -- b... c", "a--b-c", "A – b… c"),
        ("## <kbd>--x</kbd> key", "--x-key", "--x key"),
        ("## Own {#own.id}", "own.id", "Own"),
        ("## After\n{: .a #own}", "own", "After"),
        ("{: #before}\n## Before", "before", "Before"),
        ("## By reference\n{: ref}\n\n{:ref: #named .x}", "named", "By reference"),
        ("Underlined\n---", "underlined", "Underlined"),
        ("## Closed ##", "closed", "Closed"),
        ("## Behind words {: #no}", "behind-words--no", "Behind words"),
        ("<div markdown='1'>\n## 1. In HTML\n</div>", "in-html", "1. In HTML"),
    ],
)
def test_a_heading_has_the_id_and_the_words_that_kramdown_gives_it(text: str, anchor: str, words: str) -> None:
    assert _headings(f"{text}\n\ntext\n") == [(anchor, words)]


def test_repeats_are_counted_and_named_ids_are_not() -> None:
    text = "## Dup\n\n## Dup\n\n## Dup-1\n\n## X {#dup}\n\n## Dup\n"
    assert [anchor for anchor, _ in _headings(text)] == ["dup", "dup-1", "dup-1", "dup", "dup-2"]


@pytest.mark.parametrize(
    ("options", "anchors"),
    [
        (KramdownOptions(is_gfm=False), ["c--c", "section", "ab", "ab-1"]),
        (KramdownOptions(auto_id_prefix="p-"), ["p-1-c--c", "p-数", "p-a_b", "p-a_b-1"]),
        (KramdownOptions(auto_ids=False), ["", "", "", ""]),
    ],
)
def test_a_site_configures_how_ids_are_made(options: KramdownOptions, anchors: list[str]) -> None:
    found = _headings("# 1. C & C\n\nx\n\n# 数\n\nx\n\n# a_b\n\nx\n\n# a_b\n\nx\n", options)
    assert [anchor for anchor, _ in found] == anchors


@pytest.mark.parametrize("text", ["  ## Indented", "##", "##No space", "a\nb\n---"])
def test_what_is_no_heading_for_kramdown_is_none(text: str) -> None:
    assert _headings(text) == []


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("* Contents\n{:toc}\n\nText.", ["Text."]),
        ("{:toc}\n1. Contents\n\nText.", ["Text."]),
        ("* {:.a} One\n* Two\n{: .b}", ["- One\n- Two"]),
        ("*a*{:.b} and [c](d){: target='_blank'}.\n{: .e}", ["a and c."]),
        ("{::comment}\n# gone\n{:/comment}\nKept {::comment}gone{:/} here.", ["Kept here."]),
        ("{::options auto_ids='false' /}\nText.\n^\nMore.", ["Text.", "More."]),
        ("{::nomarkdown}\n<p>*raw*</p>\n{:/}", ["*raw*"]),
        ("*[CSS]: Style\nCSS is short.", ["CSS is short."]),
        ("a | b\nc | d", ["| a | b |\n| --- | --- |\n| c | d |"]),
        ("| `a|b` | c \\| d |\n|---\n| e", ["| `a\\|b` | c \\| d |\n| --- | --- |\n| e |  |"]),
        ("Some `a|b` words.\nMore | words.", ["Some `a|b` words. More | words."]),
        ("Term\nOther\n: Meaning\n  goes on\n\n: Second", ["Term", "Other", "Meaning goes on", "Second"]),
        ("<div>\n## raw *x*\n\n## y\n</div>", ["## raw *x* ## y"]),
        ("<div>\n<p markdown='1'>*x*</p>\n</div>", ["x"]),
        ("<details markdown='block'>\n<summary>More</summary>\n\n*x*\n</details>", ["More", "x"]),
        ("1. a\n```sh\n# b\n```\n2. c", ["1. a\n   ```sh\n   # b\n   ```\n2. c"]),
        ("1. a\n\n    ```sh\n     b\n    c\n    ```", ["1. a\n   ```sh\n     b\n    c\n   ```"]),
        ("1. a\n - b\n2. c", ["1. a\n   - b\n2. c"]),
        ("- [x] done", ["- done"]),
        ("3. three\n4. four", ["1. three\n2. four"]),
        ("$$ a_1 * b_1 $$ holds.", ["\\(a_1 * b_1\\) holds."]),
        ("See [the page](a b.md).", ["See the page."]),
        ("```sh\nno end", ["```sh no end"]),
        ("[^n]: Note.\n    Long.\n\nB[^n], c[^other].", ["B, c[^other].", "1. Note. Long."]),
    ],
)
def test_what_kramdown_adds_is_read_or_left_out(text: str, blocks: list[str]) -> None:
    assert _blocks(text) == blocks


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("He said, \"It's 'so'\".", "He said, “It’s ‘so’”."),
        ("The '80s -- 'til <<now>> --- it's...", "The ’80s – ‘til «now» — it’s…"),
        ('"*Marked*" and *\'so\'* and `"code" -- x`', '“Marked” and ‘so’ and `"code" -- x`'),
        ('(\'a\') ["b"] x"', "(‘a’) [“b”] x”"),
    ],
)
def test_quotation_marks_and_dashes_are_those_that_the_page_shows(text: str, shown: str) -> None:
    assert _blocks(text) == [shown]


@pytest.mark.parametrize(
    "piece",
    ["{:", "{:a", "{::comment}\n", "```a\n", "<div>\n", '<div markdown="1">\n', "a|b\n# c|d\n", "a\n: b\n", "- a\n",
     "* a\n{:toc}\n", "a\n# b\n", "`a|", "[^a]: x\n", '"\'', "$$", "<code>", "[a](b c", "<p '"],
)  # fmt: skip
def test_a_page_of_endless_marks_is_read_in_time_that_grows_with_its_size(piece: str) -> None:
    assert takes_time_by_size(lambda size: to_html(piece * (size // len(piece))), 60_000)
