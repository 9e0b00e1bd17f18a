"""The sanitizer: no HTML, no picture and no link but to its passages in a model's Markdown."""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from chatkit.search.passages import Passage
from chatkit.text.markdown import CODE_SPAN, FENCED_CODE

LINK_REMOVED = "(link removed)"
TEXT_REMOVED = "(left out)"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Joins letters of some scripts, so it may stay among the invisible characters.
JOINERS = "\u200c\u200d"

IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^()]*\)|\[[^\]]*\])")
LINK = re.compile(r"\[([^\[\]]*)\]\(\s*<?([^\s()<>]*)>?[^()]*\)")
REFERENCE = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")
DEFINITION = re.compile(r"^\s*\[[^\]]+\]:.*$", re.M)
AUTOLINK = re.compile(r"<([a-z][a-z0-9+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>", re.I)
TAG = re.compile(r"<[a-z/!?][^<>]*>?", re.I)
# What a renderer may turn into a link by itself, and what a browser would follow.
ADDRESS = re.compile(
    r"""(?:[a-z][a-z0-9+.-]*:[/\\]{2}|(?:https?|ftp|file|blob|mailto|tel|javascript|vbscript|data):(?=\S))\S*
    | [/\\]{2}[\w-]+\.\S*
    | \bwww\.\S+
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | (?:[\w-]+\.)+(?:com|net|org|io|dev|biz|xyz|top|site|online|shop|ru|cn|test|example)(?![a-z0-9])(?:[:/]\S*)?""",
    re.I | re.X,
)
URL_IN_CODE = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"`<>)\]]+", re.I)
# Longer than any word: encoded text.
ENCODED = re.compile(r"[A-Za-z0-9+/=_%-]{32,}")
TRAILING_PUNCTUATION = re.compile(r"[.,;:!?)\]}'\"*_]+\Z")
PLACEHOLDER = re.compile("\ue000(\\d+)\ue000")


class Sanitizer:
    """Removes what could harm a reader from a model's Markdown, given the passages it may link to and quote."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._page_urls = {passage.url.partition("#")[0] for passage in passages}
        self._passage_text = "\n".join(f"{passage.heading}\n{passage.body}" for passage in passages)
        # What stands in a page's code may be repeated, as code.
        spans = [match[2] for match in CODE_SPAN.finditer(self._passage_text)]
        self._passage_code = "\n".join(spans + [fence[0] for fence in FENCED_CODE.finditer(self._passage_text)])

    def prose(self, text: str) -> str:
        """Return a text of one paragraph at most: its words, its emphasis, its code spans, the links it may have."""
        parts, end = list[str](), 0
        for span in CODE_SPAN.finditer(text):
            # A backslash at the end would take the code's first mark away.
            parts.append(self._sanitize_words(text[end : span.start()]).rstrip("\\"))
            parts.append(span[1] + self.code(span[2]) + span[1])
            end = span.end()
        return "".join(parts) + self._sanitize_words(text[end:])

    def code(self, text: str) -> str:
        """Return code as it is, but for addresses and encoded text that no page holds."""
        text = URL_IN_CODE.sub(
            lambda match: match[0] if self._may_show(match[0]) else LINK_REMOVED, _remove_invisible(text)
        )
        return self._remove_encoded(text)

    def _sanitize_words(self, text: str) -> str:
        protected: list[str] = []

        def protect(markdown: str) -> str:
            protected.append(markdown)
            return f"\ue000{len(protected) - 1}\ue000"

        def link(match: re.Match[str]) -> str:
            label, url = match[1], match[2]
            return protect(f"[{self._sanitize_words(label)}]({url})") if self._is_page(url) and label.strip() else label

        def address(match: re.Match[str]) -> str:
            ending = TRAILING_PUNCTUATION.search(match[0])
            url = match[0][: ending.start()] if ending else match[0]
            rest = ending[0] if ending else ""
            if self._is_page(url):
                return protect(url) + rest
            return (protect(f"`{url}`") if self._may_show(url) and "`" not in url else LINK_REMOVED) + rest

        # Entities first: they are another spelling of what is looked for.
        text = _remove_invisible(html.unescape(text)).replace("`", "")
        text = DEFINITION.sub("", text)
        text = _sub_until_stable(IMAGE, r"\1", text)
        text = _sub_until_stable(LINK, link, text)
        text = _sub_until_stable(REFERENCE, r"\1", text)
        text = AUTOLINK.sub(r"\1", text)
        text = _sub_until_stable(TAG, "", text)
        text = self._remove_encoded(ADDRESS.sub(address, text))
        # What is left of links must not become one.
        text = re.sub(r"\](?=[(\[:])", "] ", text).replace("![", "[")
        return PLACEHOLDER.sub(lambda match: protected[int(match[1])], text)

    def _is_page(self, url: str) -> bool:
        """Tell whether an address is that of a page given."""
        page, _, fragment = url.partition("#")
        return page in self._page_urls and re.fullmatch(r"[\w:~=%.,&-]*", fragment) is not None

    def _may_show(self, url: str) -> bool:
        """Tell whether an address may be shown as code: this machine's, or one that a page shows as code."""
        try:
            host = urlsplit(url).hostname
        except ValueError:
            return False
        return host in LOOPBACK or self._is_page(url) or url in self._passage_code

    def _remove_encoded(self, text: str) -> str:
        return ENCODED.sub(lambda match: match[0] if match[0] in self._passage_text else TEXT_REMOVED, text)


def _remove_invisible(text: str) -> str:
    """Return a text without what cannot be seen: control and format characters, tags, private use."""
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character in JOINERS or not unicodedata.category(character).startswith("C")
    )


def _sub_until_stable(pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
    """Replace until nothing is left to replace, since a replacement may bring the next one about."""
    while (replaced := pattern.sub(replacement, text)) != text:
        text = replaced
    return text
