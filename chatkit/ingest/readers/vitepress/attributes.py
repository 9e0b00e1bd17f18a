"""Attributes of VitePress's Markdown, such as `{#id .class}`, as markdown-it-attrs finds them between any two signs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it.token import Token

OWN_ID = re.compile(r"""(?:^|\s)(?:\#|id=)"?([^\s"]+)""")


@dataclass(frozen=True)
class Attributes:
    """What finds attributes after an element of a line, and at the end of a block."""

    after_element: re.Pattern[str]
    at_end: re.Pattern[str]

    def take(self, children: list[Token]) -> str | None:
        """Take them out of a line, and return the id that they give to its block."""
        for before, child in pairwise(children):
            is_for_element = before.nesting == -1 or before.type in {"image", "code_inline"}
            while child.type == "text" and is_for_element and (found := self.after_element.match(child.content)):
                child.content = child.content[found.end() :]
        last = children[-1]
        found = self.at_end.search(last.content) if last.type != "code_inline" else None
        if found is None:
            return None
        last.content = last.content[: found.start()]
        own_id = OWN_ID.search(found[1])
        return own_id[1] if own_id else None


def between(left: str, right: str) -> Attributes:
    """Return what finds attributes between two signs, which begin with no sign that is doubled."""
    opening, closing = re.escape(left), re.escape(right)
    no_class = rf"(?![.#]{closing})"
    return Attributes(
        re.compile(rf"{opening}{no_class}(?:(?!{closing}).)+{closing}(?!{re.escape(right[-1])})", re.S),
        re.compile(rf" ?{opening}{no_class}((?:(?!{opening}|{closing}).)+){closing}\Z", re.S),
    )


DEFAULT = between("{", "}")
# Finds none, where a site does without.
NONE = Attributes(re.compile("(?!)"), re.compile("(?!)"))


def of_settings(settings: Mapping[str, Any]) -> Attributes:
    """Return what finds the attributes of a site by what its configuration says of Markdown."""
    markdown = settings.get("markdown")
    options = markdown.get("attrs") if isinstance(markdown, dict) else None
    if options is False or (isinstance(options, dict) and options.get("disable") is True):
        return NONE
    signs = [options.get(f"{side}Delimiter") for side in ("left", "right")] if isinstance(options, dict) else []
    left, right = (sign if isinstance(sign, str) and sign else None for sign in signs or (None, None))
    return between(left or "{", right or "}")
