"""What the Markdown of a curated answer may hold: no HTML, no picture, no link that would run when it is followed."""

import html
import re
import unicodedata
from urllib.parse import urlsplit

from chatkit.answers.sanitizer import AUTOLINK, DEFINITION, IMAGE, REFERENCE, TAG
from chatkit.text.markdown import CODE_SPAN, FENCED_CODE

MAX_CHARACTERS = 8_000
TOO_LONG = f"An answer may have at most {MAX_CHARACTERS:,} characters."
# Where code stood: it shows what it is, whatever that is.
CODE = "code"
# The one form in which links may be written.
LINK = re.compile(r"\[[^\[\]]*\]\(([^\s()<>]*)(?: \"[^\"()]*\")?\)")
LINK_SCHEMES = {"http", "https", "mailto", ""}


def clean(markdown: str) -> str:
    """Return a text without what cannot be seen, one kind of line break, no blank at its ends."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    return "\n".join("".join(filter(_is_visible, line)).rstrip() for line in lines).strip()


def problem(markdown: str) -> str | None:
    """Return the sentence that says what of a cleaned text cannot be shown to readers, if anything."""
    if len(markdown) > MAX_CHARACTERS:
        return TOO_LONG
    raw = CODE_SPAN.sub(CODE, FENCED_CODE.sub(CODE, markdown))
    addresses = [found[1] for found in LINK.finditer(raw)] + [found[1] for found in AUTOLINK.finditer(raw)]
    if bad := next((address for address in addresses if not _may_be_followed(html.unescape(address))), None):
        return f"A link leads to {bad}. One may lead to http://, https://, mailto: or a page of the site."
    # Entities are another spelling of what is looked for.
    words = html.unescape(AUTOLINK.sub("", LINK.sub("", raw)))
    if IMAGE.search(words) or "![" in words or "![" in raw:
        return "Pictures cannot be shown. Link to the page that has the picture."
    if TAG.search(words):
        return "HTML cannot be shown. Use Markdown, and backticks around what shall be shown as it is."
    if REFERENCE.search(words) or DEFINITION.search(words) or "](" in words:
        return "A link is written in a form that cannot be shown. Write [words](https://address)."
    return None


def _is_visible(character: str) -> bool:
    return not unicodedata.category(character).startswith("C") or character in "\u200c\u200d"


def _may_be_followed(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    # What looks like a host behind backslashes is one to browsers, and they leave out what cannot be seen.
    if not address.isprintable() or " " in address:
        return False
    return parts.scheme.lower() in LINK_SCHEMES and "\\" not in address and ":" not in parts.path.partition("/")[0]
