"""A model's Markdown made inert: it has no HTML, no picture and no link but to its passages."""

import html
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from chatkit.search.passages import Passage
from chatkit.text.markdown import CODE_SPAN, FENCED_CODE

REMOVED = "(link removed)"
LEFT_OUT = "(left out)"
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
OPAQUE = re.compile(r"[A-Za-z0-9+/=_%-]{32,}")
ENDING = re.compile(r"[.,;:!?)\]}'\"*_]+\Z")
KEPT = re.compile("\ue000(\\d+)\ue000")


class Inert:
    """Takes the danger out of a text, given the passages it may speak of."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._pages = {hit.url.partition("#")[0] for hit in passages}
        self._said = "\n".join(f"{hit.heading}\n{hit.body}" for hit in passages)
        # What stands in a page's code may be repeated, as code.
        spans = [match[2] for match in CODE_SPAN.finditer(self._said)]
        self._code = "\n".join(spans + [fence[0] for fence in FENCED_CODE.finditer(self._said)])

    def prose(self, text: str) -> str:
        """Return a text of one paragraph at most: its words, its emphasis, its code spans, the links it may have."""
        parts, end = list[str](), 0
        for span in CODE_SPAN.finditer(text):
            # A backslash at the end would take the code's first mark away.
            parts.append(self._words(text[end : span.start()]).rstrip("\\"))
            parts.append(span[1] + self.code(span[2]) + span[1])
            end = span.end()
        return "".join(parts) + self._words(text[end:])

    def code(self, text: str) -> str:
        """Return code as it is, but for addresses and encoded text that no page holds."""
        text = URL_IN_CODE.sub(lambda match: match[0] if self._known(match[0]) else REMOVED, _visible(text))
        return self._readable(text)

    def _words(self, text: str) -> str:
        kept: list[str] = []

        def keep(markdown: str) -> str:
            kept.append(markdown)
            return f"\ue000{len(kept) - 1}\ue000"

        def link(match: re.Match[str]) -> str:
            label, url = match[1], match[2]
            return keep(f"[{self._words(label)}]({url})") if self._page(url) and label.strip() else label

        def address(match: re.Match[str]) -> str:
            ending = ENDING.search(match[0])
            url = match[0][: ending.start()] if ending else match[0]
            rest = ending[0] if ending else ""
            if self._page(url):
                return keep(url) + rest
            return (keep(f"`{url}`") if self._known(url) and "`" not in url else REMOVED) + rest

        # Entities first: they are another spelling of what is looked for.
        text = _visible(html.unescape(text)).replace("`", "")
        text = DEFINITION.sub("", text)
        text = _until_stable(IMAGE, r"\1", text)
        text = _until_stable(LINK, link, text)
        text = _until_stable(REFERENCE, r"\1", text)
        text = AUTOLINK.sub(r"\1", text)
        text = _until_stable(TAG, "", text)
        text = self._readable(ADDRESS.sub(address, text))
        # What is left of links must not become one.
        text = re.sub(r"\](?=[(\[:])", "] ", text).replace("![", "[")
        return KEPT.sub(lambda match: kept[int(match[1])], text)

    def _page(self, url: str) -> bool:
        """Tell whether an address is that of a page given."""
        page, _, fragment = url.partition("#")
        return page in self._pages and re.fullmatch(r"[\w:~=%.,&-]*", fragment) is not None

    def _known(self, url: str) -> bool:
        """Tell whether an address may be shown as code: this machine's, or one that a page shows as code."""
        try:
            host = urlsplit(url).hostname
        except ValueError:
            return False
        return host in LOOPBACK or self._page(url) or url in self._code

    def _readable(self, text: str) -> str:
        return OPAQUE.sub(lambda match: match[0] if match[0] in self._said else LEFT_OUT, text)


def _visible(text: str) -> str:
    """Return a text without what cannot be seen: control and format characters, tags, private use."""
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character in JOINERS or not unicodedata.category(character).startswith("C")
    )


def _until_stable(pattern: re.Pattern[str], replacement: object, text: str) -> str:
    """Replace until nothing is left to replace, since a replacement may bring the next one about."""
    while (replaced := pattern.sub(replacement, text)) != text:  # type: ignore[call-overload]
        text = str(replaced)
    return text
