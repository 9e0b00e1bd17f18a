"""How a page of HTML is encoded: as its server says, as it says itself, or as browsers take it."""

import pytest

from chatkit.ingest.readers.html.encoding import decode

TEXT = "<meta charset=%s>Gr\u00fc\u00dfe \u2013 A"


@pytest.mark.parametrize(
    ("declared", "charset", "encoding"),
    [
        ("utf-8", None, "utf-8"),
        ("nonsense", None, "utf-8"),
        ("iso-8859-1", None, "cp1252"),
        ("ascii", None, "cp1252"),
        ("utf-8", "iso-8859-1", "cp1252"),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("utf-8", "utf-8", "utf-8-sig"),
    ],
)
def test_the_server_is_believed_before_the_page_and_latin_is_what_browsers_take_for_it(
    declared: str, charset: str | None, encoding: str
) -> None:
    assert decode((TEXT % declared).encode(encoding), charset, "strict") == TEXT % declared


def test_errors_count_in_utf_8_alone() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xff", None, "strict")
    assert decode(b"\xff", None, "replace") == "\ufffd"
    assert decode(b"\x81", "cp1252", "strict") == "\ufffd"


def test_a_nul_is_replaced() -> None:
    assert decode(b"a\0b", None, "strict") == "a\ufffdb"
