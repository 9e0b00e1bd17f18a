"""The shortcodes in a page of Hugo: `{{< name value key="value" >}}`, in pairs, nested, or only shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# From one start nothing looks past the next, so that a page takes time by its length.
_QUOTED = r'"(?:[^"\\{\n]|\\.|\{(?!\{[<%]))*+"'
_RAW = r"`(?:[^`{]|\{(?!\{[<%]))*+`"
TAG = re.compile(
    r"\{\{(?P<mark>[<%])(?:"
    r"[ \t]*+/\*(?P<literal>(?:[^*{]|\*(?!/)|\{(?!\{[<%]))*+)\*/[ \t]*+"
    r"|\s*+(?P<closing>/?)\s*+(?P<name>\w[\w-]*+(?:/[\w-]+)*+(?:\.inline\b)?)"
    rf"(?P<rest>(?:{_QUOTED}|{_RAW}|(?![>%]\}}\}})[^\"`{{])*+)"
    r")[>%]\}\}"
)
PARAMETER = re.compile(r"""(?:([\w-]+)\s*=\s*)?(?:\\?"((?:[^"\\]|\\.)*)"|`([^`]*)`|([^\s"`=]+))""")
# Deeper nested ones stand alone.
MAX_DEPTH = 30


@dataclass
class Shortcode:
    """One in a page. ``children`` are what a pair wraps, None where it stands alone.

    ``ordinal`` counts those that no other holds; ``start`` and ``end`` are its place in the page.
    """

    name: str
    is_markdown: bool
    start: int
    end: int
    positional: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    parent: "Shortcode | None" = None
    children: "list[str | Shortcode] | None" = None
    ordinal: int = 0

    def get(self, *keys: str | int) -> str:
        """Return the first of these values that there is and is not empty, by its name or its place."""
        for key in keys:
            value = self.named.get(key, "") if isinstance(key, str) else "".join(self.positional[key : key + 1])
            if value:
                return value
        return ""

    @property
    def depth(self) -> int:
        """How many shortcodes hold it."""
        return 0 if self.parent is None else self.parent.depth + 1


def parse(text: str) -> list[str | Shortcode]:
    """Return a page's text and shortcodes in their order; one that is only shown, `{{</* x */>}}`, is text."""
    tags = list(TAG.finditer(text))
    pairs = _pairs(tags)
    top: list[str | Shortcode] = []
    opened: list[tuple[Shortcode, int]] = []
    at, ordinal = 0, 0
    for number, tag in enumerate(tags):
        into = opened[-1][0].children if opened else top
        if into is None:
            raise AssertionError("what stands alone holds nothing")
        into.append(text[at : tag.start()])
        at = tag.end()
        if tag["literal"] is not None:
            mark = tag["mark"]
            into.append(f"{{{{{mark}{tag['literal']}{'>' if mark == '<' else '%'}}}}}")
        elif tag["closing"]:
            if opened and opened[-1][1] == number:
                opened.pop()[0].end = tag.end()
        else:
            shortcode = shortcode_of(tag, opened[-1][0] if opened else None)
            shortcode.ordinal = ordinal
            ordinal += not opened
            into.append(shortcode)
            if number in pairs and len(opened) < MAX_DEPTH:
                shortcode.children = []
                opened.append((shortcode, pairs[number]))
    top.append(text[at:])
    return top


def _pairs(tags: list[re.Match[str]]) -> dict[int, int]:
    """Return which tag closes which, by their numbers; one that nothing closes stands alone."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    # How many of each name are open.
    waiting: dict[str, int] = {}
    for number, tag in enumerate(tags):
        name = tag["name"]
        if name is None:
            continue
        if not tag["closing"]:
            if not tag["rest"].rstrip().endswith("/"):
                opened.append(number)
                waiting[name] = waiting.get(name, 0) + 1
        elif waiting.get(name):
            while (other := opened.pop()) is not None:
                waiting[tags[other]["name"]] -= 1
                if tags[other]["name"] == name:
                    pairs[other] = number
                    break
    return pairs


def shortcode_of(tag: re.Match[str], parent: Shortcode | None = None) -> Shortcode:
    """Return the shortcode of a tag that opens one."""
    positional, named = [], {}
    for key, quoted, raw, bare in PARAMETER.findall(tag["rest"].rstrip().removesuffix("/")):
        value = quoted.replace('\\"', '"') or raw or bare
        if key:
            named[key.lower()] = value
        else:
            positional.append(value)
    return Shortcode(tag["name"], tag["mark"] == "%", tag.start(), tag.end(), tuple(positional), named, parent)
