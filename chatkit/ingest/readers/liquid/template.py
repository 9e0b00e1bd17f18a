"""Liquid: a page becomes the text that its tags and variables stand for, by what its site's own files say.

Nothing is executed: tags that are not known here are left out, and what they wrap is kept.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Protocol

from chatkit.ingest.readers.liquid.expressions import Scope, evaluate, evaluate_argument, is_true, split_arguments
from chatkit.ingest.readers.liquid.filters import sequence, text_of

OPENING = re.compile(r"\{[{%]")
NAME = re.compile(r"\s*(\w+|#)\s*")
END_TAG = re.compile(r"\{%-?\s*end(\w+)\s*-?%\}")
BLOCKS = {"if", "unless", "case", "for", "tablerow", "capture", "comment", "raw", "highlight", "ifchanged"}
BRANCHES = {"else": {"if", "unless", "case", "for"}, "elsif": {"if", "unless"}, "when": {"case"}}
FOR = re.compile(r"([\w-]+)\s+in\s+(\([^)]*\)|[^\s]+)\s*(.*)", re.S)
FOR_OPTION = re.compile(r"(limit|offset)\s*:\s*([\w.-]+)")
ASSIGNMENT = re.compile(r"([\w-]+)\s*=\s*(.*)", re.S)
PARAMETER = re.compile(r"([\w-]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[\w.\[\]\"'-]+)")
# What a page may cost: a loop in a loop in a loop is no documentation.
MAX_STEPS, MAX_CHARACTERS, MAX_DEPTH = 100_000, 5_000_000, 40


class Site(Protocol):
    """What the tags of a page ask of its site."""

    def included(self, name: str) -> str | None:
        """Return a file of the folder of includes."""

    def included_beside(self, name: str) -> str | None:
        """Return a file that is named as seen from the page."""

    def link(self, path: str) -> str | None:
        """Return the address of a page by its path."""

    def post_link(self, name: str) -> str | None:
        """Return the address of a post by its date and name."""


@dataclass
class Tag:
    """A tag with what it wraps: by the tag that begins each part of it."""

    name: str
    markup: str
    branches: list[tuple[str, str, list["str | Output | Tag"]]] = field(default_factory=list)


@dataclass(frozen=True)
class Output:
    """A variable that is shown."""

    markup: str


class _Left(Exception):
    """A loop is left, or goes on with its next turn."""

    def __init__(self, is_break: bool) -> None:
        self.is_break = is_break


def render(source: str, scope: Scope, site: Site) -> str:
    """Return what a template says. Raises ``ValueError`` for one that does not come to an end."""
    return _Renderer(scope, site).render(parse(source))


def parse(source: str) -> list[str | Output | Tag]:
    """Return a template's parts."""
    # What has an end somewhere wraps something, whatever it is.
    blocks = BLOCKS.union(END_TAG.findall(source))
    root = Tag("", "", [("", "", [])])
    opened = [root]
    for part in _parts(source):
        if not isinstance(part, Tag):
            opened[-1].branches[-1][2].append(part)
        elif part.name in BRANCHES:
            if opened[-1].name in BRANCHES[part.name]:
                opened[-1].branches.append((part.name, part.markup, []))
        elif part.name.startswith("end"):
            if any(tag.name == part.name[3:] for tag in opened[1:]):
                while opened.pop().name != part.name[3:]:
                    pass
        else:
            opened[-1].branches[-1][2].append(part)
            if part.name in blocks and not part.branches and len(opened) < MAX_DEPTH:
                part.branches.append((part.name, part.markup, []))
                opened.append(part)
    return root.branches[0][2]


def _parts(source: str) -> Iterator[str | Output | Tag]:
    """Yield text, variables and tags; what stands in `raw` is text, and comments are left out."""
    position = search_from = 0
    strip = False
    ends = {"{%": "%}", "{{": "}}"}
    while (found := OPENING.search(source, search_from)) is not None:
        kind = found.group()
        stop = source.find(ends[kind], found.end()) if ends[kind] else -1
        if stop < 0:
            ends[kind] = ""
            search_from = found.end()
            continue
        inside = source[found.end() : stop]
        text = source[position : found.start()]
        text = text.lstrip() if strip else text
        yield text.rstrip() if inside.startswith("-") else text
        strip = inside.endswith("-")
        inside = inside.removeprefix("-").removesuffix("-").strip()
        position = search_from = stop + 2
        if kind == "{{":
            yield Output(inside)
            continue
        named = NAME.match(inside)
        name, markup = (named[1], inside[named.end() :]) if named else ("", "")
        if name in {"raw", "comment"}:
            end = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}").search(source, position)
            inner = source[position : end.start() if end else len(source)]
            position = search_from = end.end() if end else len(source)
            if name == "raw":
                yield inner
        elif name and name != "#":
            yield Tag(name, markup)
    yield source[position:].lstrip() if strip else source[position:]


class _Renderer:
    """Renders the parts of one page."""

    def __init__(self, scope: Scope, site: Site) -> None:
        self._scope = scope
        self._site = site
        self._steps = self._characters = self._depth = 0
        self._cycles = dict[str, int]()
        self._tags: Mapping[str, Callable[[Tag], str]] = {
            "assign": self._assign,
            "set": self._assign,
            "capture": self._capture,
            "case": self._case,
            "cycle": self._cycle,
            "for": self._for,
            "highlight": self._highlight,
            "if": self._if,
            "unless": self._if,
            "include": self._include,
            "include_cached": self._include,
            "include_relative": self._include,
            "link": lambda tag: self._site.link(self._expanded(tag.markup)) or "",
            "post_url": lambda tag: self._site.post_link(self._expanded(tag.markup)) or "",
            "echo": lambda tag: text_of(evaluate(tag.markup, self._scope)),
        }

    def render(self, parts: list[str | Output | Tag]) -> str:
        shown = []
        for part in parts:
            self._steps += 1
            if self._steps > MAX_STEPS or self._characters > MAX_CHARACTERS:
                raise ValueError("its Liquid tags do not come to an end")
            if isinstance(part, str):
                text = part
            elif isinstance(part, Output):
                text = text_of(evaluate(part.markup, self._scope))
            else:
                text = self._tag(part)
            self._characters += len(text)
            shown.append(text)
        return "".join(shown)

    def _tag(self, tag: Tag) -> str:
        if tag.name in {"break", "continue"}:
            raise _Left(tag.name == "break")
        known = self._tags.get(tag.name)
        return known(tag) if known else "".join(self.render(parts) for _, _, parts in tag.branches)

    def _assign(self, tag: Tag) -> str:
        if found := ASSIGNMENT.match(tag.markup):
            self._scope[found[1]] = evaluate(found[2], self._scope)
        return ""

    def _capture(self, tag: Tag) -> str:
        self._scope[tag.markup.strip().strip("\"'")] = self.render(tag.branches[0][2])
        return ""

    def _if(self, tag: Tag) -> str:
        for name, markup, parts in tag.branches:
            if name == "else" or is_true(markup, self._scope) != (name == "unless"):
                return self.render(parts)
        return ""

    def _case(self, tag: Tag) -> str:
        value = evaluate(tag.markup, self._scope)
        for name, markup, parts in tag.branches[1:]:
            choices = re.split(r"\s+or\s+|,", markup)
            if name == "else" or any(evaluate_argument(choice, self._scope) == value for choice in choices):
                return self.render(parts)
        return ""

    def _cycle(self, tag: Tag) -> str:
        choices = split_arguments(tag.markup.rpartition(":")[2])
        turn = self._cycles.get(tag.markup, 0)
        self._cycles[tag.markup] = turn + 1
        return text_of(evaluate_argument(choices[turn % len(choices)], self._scope)) if choices else ""

    def _for(self, tag: Tag) -> str:
        if (found := FOR.match(tag.markup)) is None:
            return ""
        items = list(sequence(evaluate_argument(found[2], self._scope)))
        options = {name: evaluate_argument(value, self._scope) for name, value in FOR_OPTION.findall(found[3])}
        first, limit = options.get("offset"), options.get("limit")
        items = items[first if isinstance(first, int) and first > 0 else 0 :]
        items = items[:limit] if isinstance(limit, int) and limit >= 0 else items
        if "reversed" in found[3]:
            items.reverse()
        if not items:
            return "".join(self.render(parts) for name, _, parts in tag.branches if name == "else")
        outer = {name: self._scope.get(name) for name in (found[1], "forloop")}
        shown, count = list[str](), len(items)
        for index, item in enumerate(items):
            self._scope[found[1]] = item
            self._scope["forloop"] = {
                "index": index + 1, "index0": index, "rindex": count - index, "rindex0": count - index - 1,
                "first": index == 0, "last": index == count - 1, "length": count,
            }  # fmt: skip
            try:
                shown.append(self.render(tag.branches[0][2]))
            except _Left as left:
                if left.is_break:
                    break
        self._scope.update(outer)
        return "".join(shown)

    def _highlight(self, tag: Tag) -> str:
        """Return code on one line, so that it stays one block wherever it stands."""
        language = (tag.markup.split() or [""])[0]
        code = escape(self.render(tag.branches[0][2]).strip("\r\n"), quote=False).replace("\n", "&#10;")
        return f'<pre><code class="language-{escape(language)}">{code}</code></pre>'

    def _include(self, tag: Tag) -> str:
        markup = self.render(parse(tag.markup)) if "{{" in tag.markup else tag.markup
        name, rest = (*markup.split(None, 1), "", "")[:2]
        text = self._site.included_beside(name) if tag.name == "include_relative" else self._site.included(name)
        if text is None or self._depth >= MAX_DEPTH:
            return ""
        parameters = {key: evaluate_argument(value, self._scope) for key, value in PARAMETER.findall(rest)}
        outer, self._scope["include"] = self._scope.get("include"), parameters
        self._depth += 1
        shown = self.render(parse(text))
        self._depth -= 1
        self._scope["include"] = outer
        return shown

    def _expanded(self, markup: str) -> str:
        """Return what a tag names, where variables may stand."""
        return (self.render(parse(markup)) if "{{" in markup else markup).strip().strip("\"'")
