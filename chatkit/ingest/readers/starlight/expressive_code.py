"""The titles of code as Expressive Code makes them, which Starlight has: also of a comment that names the file."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# The endings of files that code in a language may be of; those of a language not named here are any.
GROUPS = tuple(
    frozenset(names.split())
    for names in (
        "astro cjs htm html js jsx mjs svelte ts tsx typescript vb vue vue-html",
        "ansi bash bat batch cmd console fish nu nushell powershell ps ps1 psd1 psm1 sh shell shellscript shellsession "
        "zsh",
        "csv env ini json toml xml yaml yml",
        "css less sass scss styl stylus xsl",
        "markdown md mdx",
    )
)
TERMINAL = GROUPS[1]
COMMENT = re.compile(
    r"\s*(?://|#(?!!)|<!--|/\*)\s*(?:(?P<before>(?![a-z]:).*?)(?:\uff1a|:(?!//)))?\s*"
    r"(?P<name>(?:[a-z]:)?[\w./~%\[\]+\\-]+)\s*(?:-->|\*/)?\s*",
    re.I,
)
IS_PATH = re.compile(r"(?:/|\\|\.[/\\]|~|[a-z]:).", re.I)
# A comment stands in one of the first lines, and none that names a file is longer.
LINES, LENGTH = 4, 200
TITLE = re.compile(r"\b(?:title=|frame=[\"']?none)")


def use_expressive_code(markdown: MarkdownIt) -> MarkdownIt:
    """Have a parser take the comment that names the file of code for its title."""
    markdown.core.ruler.after("block", "expressive_code", _find_titles)
    return markdown


def _find_titles(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "fence" and not TITLE.search(token.info):
            _take_title(token)


def _take_title(token: Token) -> None:
    language = (token.info.split() or [""])[0].lower()
    lines = token.content.split("\n", LINES)
    for number, line in enumerate(lines[:LINES]):
        if len(line) <= LENGTH and (name := _file_name(line, language)):
            del lines[number]
            before = lines[number - 1].strip() if number else None
            if before in {"---", "+++"} and lines[number].strip() == before:
                # Nothing is left of a front matter.
                del lines[number - 1 : number + 1]
                number -= 1
            if lines[number : number + 1] and not lines[number].strip():
                del lines[number]
            token.content = "\n".join(lines)
            token.info = f'{token.info} title="{name}"'
            return


def _file_name(line: str, language: str) -> str | None:
    """Return the file that a line of code names, or None when it is no such comment."""
    found = COMMENT.fullmatch(line)
    if found is None:
        return None
    name, before = found["name"], (found["before"] or "").strip()
    if before.lower() == "@filename" or not re.search(r"[^.:/\\~]", name) or re.match(r"\.{2,}(?![/\\])", name):
        return None
    group = next((one for one in GROUPS if language in one), None)
    own = re.split(r"[/\\]", name)[-1]
    is_path = "/" in name and re.search(r"[^/\\0-9.]", name) and name == name.lower()
    if (IS_PATH.match(name) or own.startswith(".") or is_path) and (not before or group is TERMINAL):
        return name
    ending = own.rpartition(".")[2] if "." in own else ""
    return name if ending and (group is None or ending in group) else None
