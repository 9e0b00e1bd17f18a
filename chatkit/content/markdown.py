"""Markdown in: a page becomes HTML with anchors, or passages under the same anchors."""

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

PASSAGE_CHARACTERS = 1_500
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.S)
CUSTOM_ID = re.compile(r"\s*\{#([\w-]+)\}\s*$")
SEPARATOR = " > "

# Raw HTML in a page is shown as text: whoever writes a page need not be whoever runs the server.
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Section:
    """A heading with what follows it up to the next; blocks are Markdown."""

    anchor: str
    headings: tuple[str, ...]
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """A passage before it is stored. ``heading`` is the path "Page > Section"."""

    stable_id: str
    anchor: str
    heading: str
    body: str


@dataclass(frozen=True)
class Document:
    """A parsed page."""

    title: str
    sections: tuple[Section, ...]


def parse(text: str, fallback_title: str) -> Document:
    """Parse a page. Its title is the front matter's, else its first heading's, else ``fallback_title``."""
    matter, body = _split_front_matter(text)
    tokens = _parser.parse(body)
    _add_anchors(tokens)
    sections = tuple(_sections(tokens))
    named = next((section.headings[0] for section in sections if section.headings), fallback_title)
    return Document(matter.get("title", named), sections)


def render(text: str) -> str:
    """Return a page as HTML, its headings carrying the anchors that ``parse`` reports."""
    tokens = _parser.parse(_split_front_matter(text)[1])
    _add_anchors(tokens)
    return str(_parser.renderer.render(tokens, _parser.options, {}))


def chunks(path: str, document: Document) -> list[Chunk]:
    """Return the passages of a page, each of at most about 1,500 characters and never across a heading.

    A passage's id depends on its page, anchor and text alone, so it survives re-indexing.
    """
    found: list[Chunk] = []
    seen: set[str] = set()
    for section in document.sections:
        headings = [document.title, *(h for h in section.headings if h != document.title)]
        for body in _pack(section.blocks):
            digest = hashlib.sha256(f"{path}\n{section.anchor}\n{body}".encode()).hexdigest()
            stable_id = digest[:16]
            if stable_id not in seen:
                seen.add(stable_id)
                found.append(Chunk(stable_id, section.anchor, SEPARATOR.join(headings), body))
    return found


def slugify(heading: str) -> str:
    """Return a heading's anchor: words in lower case, joined by hyphens."""
    text = unicodedata.normalize("NFKC", heading).lower()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", text)).strip("-") or "section"


def plain(markdown: str) -> str:
    """Return Markdown's words without its marks."""
    return re.sub(r"[`*_]{1,3}(?=\S)|(?<=\S)[`*_]{1,3}", "", markdown)


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    text = text.replace("\r\n", "\n")
    match = FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    pairs = (line.partition(":") for line in match.group(1).splitlines() if ":" in line)
    return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}, text[match.end() :]


def _add_anchors(tokens: Sequence[Token]) -> None:
    taken: set[str] = set()
    for opening, inline in itertools.pairwise(tokens):
        if opening.type != "heading_open":
            continue
        last = inline.children[-1] if inline.children else None
        custom = CUSTOM_ID.search(last.content) if last is not None else None
        if custom is not None and last is not None:
            last.content = CUSTOM_ID.sub("", last.content)
            anchor = custom.group(1)
        else:
            base = slugify(_words(inline))
            repeats = (f"{base}-{count}" for count in itertools.count(1))
            anchor = base if base not in taken else next(repeat for repeat in repeats if repeat not in taken)
        taken.add(anchor)
        opening.attrSet("id", anchor)


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    path: list[tuple[int, str]] = []
    anchor, blocks = "", list[str]()
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = _closing(tokens, index)
        if token.type == "heading_open":
            if blocks:
                yield Section(anchor, tuple(words for _, words in path), tuple(blocks))
            level = int(token.tag[1])
            path = [(above, words) for above, words in path if above < level]
            path.append((level, _words(tokens[index + 1])))
            anchor, blocks = str(token.attrGet("id") or ""), []
        elif block := _block(tokens[index : end + 1]):
            blocks.append(block)
        index = end + 1
    if blocks:
        yield Section(anchor, tuple(words for _, words in path), tuple(blocks))


def _closing(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _block(tokens: Sequence[Token]) -> str:
    """Return one top-level block as Markdown: prose without links, code fenced, lists and tables as such."""
    first = tokens[0]
    if first.type in {"fence", "code_block"}:
        return f"```{first.info.strip()}\n{first.content.rstrip()}\n```"
    if first.type == "table_open":
        return _table(tokens)
    lines = []
    depth, mark, numbers = 0, "", list[int]()
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
            numbers.append(int(token.attrGet("start") or 1) if token.type[0] == "o" else 0)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
            numbers.pop()
        elif token.type == "list_item_open":
            mark = f"{numbers[-1]}. " if numbers[-1] else "- "
            numbers[-1] += 1 if numbers[-1] else 0
        elif token.type == "inline":
            lines.append("  " * max(depth - 1, 0) + mark + _words(token))
            mark = "  " if depth else ""
        elif token.type == "fence":
            indent = "  " * depth
            fenced = f"```{token.info.strip()}\n{token.content.rstrip()}\n```"
            lines.append("\n".join(indent + line for line in fenced.splitlines()))
    return "\n".join(lines)


def _table(tokens: Sequence[Token]) -> str:
    rows, row = list[list[str]](), list[str]()
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(_words(token).replace("|", "\\|"))
        elif token.type == "tr_close":
            rows.append(row)
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _words(inline: Token) -> str:
    parts = []
    for child in inline.children or []:
        if child.type == "code_inline":
            parts.append(f"`{child.content}`")
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type in {"text", "image"}:
            parts.append(child.content)
    return "".join(parts).strip()


def _pack(blocks: Sequence[str]) -> Iterator[str]:
    """Join blocks up to the stated size, never cutting one."""
    packed, size = list[str](), 0
    for block in blocks:
        if packed and size + len(block) > PASSAGE_CHARACTERS:
            yield "\n\n".join(packed)
            packed, size = [], 0
        packed.append(block)
        size += len(block) + 2
    if packed:
        yield "\n\n".join(packed)
