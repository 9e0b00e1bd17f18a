"""Footnotes as GitHub and what follows it show them: below the page, in the order in which it refers to them."""

from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# What the anchor of a footnote begins with.
PREFIX = "user-content-fn-"


def use_github_footnotes(markdown: MarkdownIt) -> MarkdownIt:
    """Have a parser put footnotes below the page, those that nothing refers to left out."""
    markdown.core.ruler.after("inline", "github_footnotes", _move)
    return markdown


def _move(state: StateCore) -> None:
    kept, notes, opened = list[Token](), dict[str, list[Token]](), list[list[Token]]()
    for token in state.tokens:
        if token.type == "footnote_open":
            opened.append(notes.setdefault(token.content.lower(), []))
        elif token.type == "footnote_close":
            opened.pop()
        else:
            (opened[-1] if opened else kept).append(token)
    named = list(
        dict.fromkeys(label.lower() for label in state.env.get("referred_notes", ()) if label.lower() in notes)
    )
    if named:
        kept.append(_html('<section class="footnotes"><ol>'))
        for label in named:
            kept += [_html(f'<li id="{PREFIX}{escape(label)}">'), *notes[label], _html("</li>")]
        kept.append(_html("</ol></section>"))
    state.tokens = kept


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)
