"""An answer's Markdown as an owner reads it: as HTML in which nothing loads or runs, and as plain words.

What is Markdown to the widget is so here, and all else is the text that it is: HTML, pictures, entities, references.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

RULES = ("backticks", "emphasis", "escape", "fence", "heading", "link", "list", "newline", "table")
# What a link may lead to. An address without a host leads into this server, whose passages stand beside the answer.
WEB_ADDRESS = re.compile(r"https?://[^/\\]")
# What is nested deeper the parser would leave out; no reader can follow it either.
MAX_NESTING = 60
# The parser makes up the cells that the lines of a table leave out, so a short text would become a long page.
MAX_CELLS = 2_000
DELIMITERS, LINE_END = re.compile(r"[ \t]*[-:|][-:| \t]*"), re.compile(r"\r\n?|\n")
# Of the words in one line only the first are shown.
PLAIN_CHARACTERS = 4_000
BREAKS = {"softbreak", "hardbreak"}
# Before a block that follows one without an end of a sentence.
SEPARATOR, SENTENCE_ENDS = " · ", tuple(".:;!?…。：；！？")


class _Renderer(RendererHTML):
    """Writes what a page of the room may hold: no style, no heading among its own, and what is wide scrolls."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<p><strong>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</strong></p>\n"

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<th scope="col">'

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<td>"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        address = str(tokens[idx].attrs["href"])
        leads_out = WEB_ADDRESS.match(address)
        return f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">' if leads_out else ""

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # No link holds another.
        start = next(at for at in range(idx - 1, -1, -1) if tokens[at].type == "link_open")
        return "</a>" if self.link_open(tokens, start, options, env) else ""


class _AnyLink(MarkdownIt):
    """Reads each link as one, so that of one that is not followed only its words are shown."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  (markdown-it's name)
        """Tell that a link, written in Markdown, is one."""
        return True


def render(markdown: str) -> Markup:
    """Return an answer as HTML."""
    return Markup(_parser().renderer.render(_tokens(markdown), _parser().options, {}))


def plain(markdown: str) -> str:
    """Return an answer's first words in one line, those of its links and its code among them, without any mark."""
    blocks = [_words(token) for token in _tokens(markdown[:PLAIN_CHARACTERS]) if token.type in {"inline", "fence"}]
    said = ""
    for block in filter(None, blocks):
        said += (" " if said.endswith(SENTENCE_ENDS) else SEPARATOR) * bool(said) + block
    return said


def _tokens(markdown: str) -> list[Token]:
    """Return the tokens of a text; of one that is nested, or has cells, without end, those of paragraphs alone."""
    if _most_cells(markdown) <= MAX_CELLS:
        tokens = _parser().parse(markdown)
        if all(token.level < MAX_NESTING - 2 for token in tokens):
            return tokens
    return _paragraphs().parse(markdown)


def _most_cells(markdown: str) -> int:
    """Return how many cells the tables of a text have at most: each line down to an empty one has the widest's."""
    cells = columns = 0
    for line in LINE_END.split(markdown):
        if DELIMITERS.fullmatch(line):
            columns = max(columns, len(line.strip(" \t|").split("|")))
        elif not line.strip(" \t"):
            columns = 0
        cells += columns
    return cells


def _words(block: Token) -> str:
    parts = (" " if each.type in BREAKS else each.content for each in block.children or [block])
    return " ".join("".join(parts).split())


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return _AnyLink("zero", {"maxNesting": MAX_NESTING}, renderer_cls=_Renderer).enable(RULES)


@lru_cache(maxsize=1)
def _paragraphs() -> MarkdownIt:
    return MarkdownIt("zero")
