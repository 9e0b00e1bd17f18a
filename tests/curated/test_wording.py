"""What the Markdown of a curated answer may hold."""

import pytest

from chatkit.curated import wording


@pytest.mark.parametrize(
    "markdown",
    [
        "Set `PORT` to **8080**, see [the settings](https://docs.example.com/settings#port).",
        "See [it](/guide/install) or [below](#below), or <https://docs.example.com/>.",
        "```html\n<script>alert(1)</script>\n![x](y)\n```",
        "Write `<b>` and `[x](javascript:y)` as code; 1 < 2 and a > b.",
        "- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "Arrays such as a[1] and [x] stay.",
        "[Mail us](mailto:help@example.com)",
    ],
)
def test_words_code_and_links_are_taken(markdown: str) -> None:
    assert wording.problem(wording.clean(markdown)) is None


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)>",
        "&lt;img src=x onerror=alert(1)&gt;",
        "<svg/onload=alert(1)",
        "[x](javascript:alert)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert)",
        "[x](&#106;avascript:alert)",
        "[x](java&#10;script:alert)",
        "[x](java\tscript:alert)",
        "[x](\x01javascript:alert)",
        "[x](data:text/html,x)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "[x](\\\\evil.example\\x)",
        "<javascript:alert(1)>",
        "![x](https://evil.example/pixel.png)",
        "![x][y]\n\n[y]: https://evil.example/pixel.png",
        "[x][y]\n\n[y]: javascript:alert(1)",
        "[y]: javascript:alert(1)",
        "[x](<javascript:alert(1)>)",
        "[[x]](javascript:alert(1))",
        "[x] (ok) [y](javascript:alert(1) 'title')",
        "a" * (wording.MAX_CHARACTERS + 1),
    ],
)
def test_what_would_run_or_load_something_is_refused_with_a_sentence(markdown: str) -> None:
    sentence = wording.problem(wording.clean(markdown))
    assert sentence is not None
    assert sentence.endswith(".")


def test_what_cannot_be_seen_is_left_out() -> None:
    assert wording.clean("\u202eab\u200bc\x00\x1b[31m\r\nd  \n") == "abc[31m\nd"
