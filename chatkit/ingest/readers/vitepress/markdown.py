"""VitePress's Markdown: containers, attributes in braces, expressions and components, under the anchors it makes."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chatkit.ingest.readers.anchors import unrepeated, vitepress_slug
from chatkit.ingest.readers.markdown import INTERRUPTS, NOTES, parser
from chatkit.ingest.readers.vitepress import containers as vitepress_containers
from chatkit.ingest.readers.vitepress import vue_components
from chatkit.ingest.readers.vitepress.attributes import DEFAULT, Attributes
from chatkit.ingest.readers.vitepress.containers import Containers, environment
from chatkit.ingest.readers.vitepress.vue_components import without_components

TEXT = {"text", "text_special", "vue_expression"}
IN_TITLE = {"text", "text_special", "emoji", "code_inline"}
EMOJI = re.compile(r":[\w+-]+:")
# A label beside a heading or a word.
CODE_GROUP = "code-group"
BADGE, TAG_NAME = "Badge", re.compile(r"<(/?)([\w.:-]+)")
FENCE_TITLE = re.compile(r"\[(.*)\]")
FENCE_LANGUAGE = re.compile(r"[\w-]+", re.A)
# What marks lines of code for the page's looks and for its checks of types.
CODE_MARKS = re.compile(r"[ \t]*(?://|/\*|<!--|--|#|;|%)[ \t]*\[!code [^\]\n]*\](?:[ \t]*(?:-->|\*/))?")
CUT = re.compile(r"\A(?:.*\n)*[ \t]*//[ \t]*---cut(?:-before)?---[ \t]*\n")
TYPE_QUERY = re.compile(r"^[ \t]*//[ \t]*(?:@\w+.*|\^[?|].*|---cut-\w+---.*)\n", re.M)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@lru_cache(maxsize=1)
def vitepress_parser() -> MarkdownIt:
    """Return a parser of Markdown as VitePress configures its own."""
    made = parser(raw_html=True).disable("indented_box")
    made.block.ruler.at("html_block", vue_components.html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    made.block.ruler.at("colons", vitepress_containers.container, INTERRUPTS)
    made.block.ruler.before("fence", "vitepress_line", vitepress_containers.line_of_its_own, INTERRUPTS)
    made.inline.ruler.at("html_inline", vue_components.html_inline)
    made.inline.ruler.before("link", "vue_expression", vue_components.expression)
    made.core.ruler.before("inline", "alerts", vitepress_containers.alerts)
    made.core.ruler.before("text_join", "vitepress", _finish)
    made.add_render_rule("vue_expression", lambda *_: "")
    made.add_render_rule("container", lambda *_: "<div></div>\n")
    made.add_render_rule("emoji", lambda _, tokens, index, *__: tokens[index].content)
    made.add_render_rule("fence", _fence)
    return made


def to_html(body: str, attributes: Attributes = DEFAULT, has_code_titles: bool = False) -> tuple[str, str]:
    """Return a page's first heading of the first level as VitePress takes it for a title, or nothing; and its HTML.

    Code is shown under its title within a group, and elsewhere if a plugin gives it one.
    """
    using = vitepress_parser()
    env = {"code_titles": has_code_titles, "notes": frozenset(NOTES.findall(body))}
    tokens = using.parse(body, environment(body, attributes) | env)
    title = next((str(token.meta.get("title", "")) for token in tokens if token.tag == "h1"), "")
    return title, str(using.renderer.render(tokens, using.options, {}))


def plain_words(source: str) -> str:
    """Return the words of one line of Markdown, such as the title that a page states."""
    env = environment("", DEFAULT) | {"code_titles": False, "notes": frozenset()}
    return title_text(vitepress_parser().parseInline(source, env)[0])


def title_text(inline: Token) -> str:
    """Return a heading's words as VitePress takes them for a title."""
    children = inline.children or []
    return "".join([child.content for child in children if child.type in IN_TITLE]).strip()


def _finish(state: StateCore) -> None:
    """Apply attributes, emoji and expressions, leave components out, and give headings their anchors."""
    containers, seen = Containers(), dict[str, int]()
    heading: Token | None = None
    for number, token in enumerate(state.tokens):
        if token.type == "container":
            containers.read(token)
        elif token.type == "inline" and token.children:
            own_id = state.env["attributes"].take(token.children)
            token.children = [part for child in token.children for part in _with_emoji(child)]
            if heading is not None:
                slug = own_id or vitepress_slug(_slug_text(token.children))
                heading.attrSet("id", unrepeated(slug, seen))
                heading.meta["title"] = title_text(token)
            _take_components(token.children, containers.are_literal)
        elif token.type == "fence":
            if (title := FENCE_TITLE.search(token.info)) and (
                containers.innermost == CODE_GROUP or state.env["code_titles"]
            ):
                token.meta["title"] = title[1]
        elif token.type == "html_block" and not containers.are_literal:
            token.content = without_components(token.content)
        elif token.type == "html_inline":
            # The rest of its line stands in the next token.
            rest = state.tokens[number + 1].content
            token.content = "\n" + without_components(token.content, is_inline=bool(rest.strip()))
        elif token.type in {"paragraph_open", "paragraph_close"} and containers:
            # A list that shows its paragraphs as lines shows those of a container all the same.
            token.hidden = False
        heading = token if token.type == "heading_open" else None


def _with_emoji(child: Token) -> Iterator[Token]:
    """Yield a text in parts where it names emoji, such as `:tada:`, which no anchor holds."""
    if child.type != "text" or ":" not in child.content:
        yield child
        return
    at = 0
    for name in EMOJI.finditer(child.content):
        if picture := _emoji(name[0]):
            yield Token("text", "", 0, content=child.content[at : name.start()])
            yield Token("emoji", "", 0, content=picture)
            at = name.end()
    child.content = child.content[at:]
    yield child


def _emoji(name: str) -> str | None:
    from pymdownx import gemoji_db

    found = gemoji_db.emoji.get(gemoji_db.aliases.get(name, name), {}).get("unicode")
    return "".join(chr(int(point, 16)) for point in found.split("-")) if found else None


def _slug_text(children: Sequence[Token]) -> str:
    """Return what a heading's anchor is made of; an entity is taken as it is written, unless it stands alone."""
    parts = list[str]()
    for is_text, run in groupby(children, lambda child: child.type in TEXT):
        tokens = list(run)
        for token in tokens:
            is_entity = token.info == "entity" and is_text and len(tokens) > 1
            if is_text or token.type == "code_inline":
                parts.append(token.markup if is_entity else token.content)
    return "".join(parts)


def _take_components(children: Sequence[Token], is_literal: bool) -> None:
    """Leave tags of components out of a line, with what badges hold, and expressions that are no strings."""
    literal_name, in_badge = "", False
    for child in children:
        if child.type == "html_inline":
            tag = TAG_NAME.match(child.content)
            closing, name = tag.groups() if tag else ("", "")
            if name == BADGE:
                in_badge = not closing and not child.content.endswith("/>")
            elif not closing and vue_components.V_PRE.search(child.content):
                literal_name = name
            elif closing and name == literal_name:
                literal_name = ""
            child.content = without_components(child.content, is_inline=True)
        elif child.type == "vue_expression":
            child.type = "text"
            child.content = child.content if is_literal or literal_name else vue_components.value(child.content)
        if in_badge and child.type in TEXT:
            child.content = ""


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Show the title of code above it; leave out what marks lines of it."""
    token = tokens[index]
    title = token.meta.get("title")
    words = FENCE_LANGUAGE.match(token.info)
    language = words[0].removesuffix("-vue") if words else ""
    if language == "ansi":
        language, token.content = "", ANSI.sub("", token.content)
    if "twoslash" in token.info.split():
        token.content = TYPE_QUERY.sub("", CUT.sub("", token.content))
    token.content, token.info = CODE_MARKS.sub("", token.content), language
    shown = f"<p>{escapeHtml(title)}:</p>\n" if title else ""
    return shown + renderer.fence(tokens, index, options, env)
