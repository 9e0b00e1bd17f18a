"""What the shortcodes of the usual themes are: code, hidden or a box, and which of their values are words."""

import re

from chatkit.ingest.readers.hugo.tags import Shortcode

CODE = frozenset(
    """
    highlight hl code codeblock code-block codenew code_sample code-sample codefrominline codetab code-tab code-toggle
    codetoggle mermaid math katex mathjax latex chem plantuml graphviz dot svgbob goat console terminal shell
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# Programs and styles of a page, notes that nobody sees, and what is played or drawn elsewhere.
HIDDEN = frozenset(
    """
    comment style css script javascript js hidden todo rawhtml gist youtube vimeo tweet x qr
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
TITLES = ("title", "header", "heading", "name", "label", "summary", "tabname", "tabtitle", "question")
WORDS = ("text", "subtitle", "caption", "description", "desc", "content")
# The first value without a name is what these are called, or the second behind the kind of a box.
TITLED_FIRST = re.compile(r"tab|expand|detail|collaps|accordion|fold|spoiler|toggle|step|question|faq|summary", re.I)
TITLED_SECOND = re.compile(r"notice|admonition|callout|hint|alert|message|panel", re.I)
SIGNS = re.compile(r"icon|svg|logo|emoji|fontawesome|\Afa[bs]?\Z", re.I)
TAB = re.compile(r"tab", re.I)
LANGUAGES = ("lang", "language", "codelang", "syntax")
# What is fenced in Markdown needs no other sign that it is code.
FENCE = re.compile(r"\s*(?:```|~~~)")
# A template that shows as code what its shortcode wraps.
SHOWS_CODE = re.compile(r"\bhighlight\b|transform\.Highlight|<pre\b", re.I)
SHOWS_WORDS = re.compile(r"markdownify|RenderString|RenderShortcodes")
INNER = re.compile(r"\.Inner(?:Deindent)?\b")


def shows_code(shortcode: Shortcode, template: str | None) -> bool:
    """Tell whether a shortcode shows what it wraps as code, by its template if that is known."""
    if shortcode.children is None:
        return False
    first = next((child for child in shortcode.children if not isinstance(child, str) or child.strip()), "")
    if shortcode.name != "highlight" and isinstance(first, str) and FENCE.match(first):
        return False
    if template is not None:
        return bool(SHOWS_CODE.search(template) and INNER.search(template) and not SHOWS_WORDS.search(template))
    if shortcode.name.lower() in CODE or shortcode.get("code") == "true":
        return True
    # A tab of Docsy shows code unless it says that it holds text.
    group = shortcode.parent
    is_docsy = group is not None and group.name == "tabpane" and not shortcode.is_markdown
    is_text = "true" in {shortcode.get("text"), group.get("text") if group else ""}
    return bool(shortcode.get("codelang")) or (is_docsy and not is_text)


def title_of(shortcode: Shortcode) -> str:
    """Return what a box, a tab or a card is called, or an empty text."""
    if title := shortcode.get(*TITLES):
        return title
    name, positional = shortcode.name, shortcode.positional
    if TITLED_FIRST.search(name) and positional:
        return positional[0]
    if TITLED_SECOND.search(name) and len(positional) > 1 and positional[1] not in {"true", "false"}:
        return positional[1]
    return ""


def words_of(shortcode: Shortcode) -> str:
    """Return the words of a shortcode that stands alone, or an empty text."""
    if SIGNS.search(shortcode.name):
        return ""
    words = [title_of(shortcode), *(shortcode.get(key) for key in WORDS)]
    return ": ".join(dict.fromkeys(word for word in words if word))
