"""Files that shortcodes of Hugo put into a page: `{{% include "note.md" %}}`, `{{< readfile file="a.yaml" >}}`."""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from chatkit.ingest.readers import front_matter
from chatkit.ingest.readers.hugo.tags import TAG, Shortcode, shortcode_of
from chatkit.ingest.readers.hugo.themes import INNER, SHOWS_CODE

CODE_NAMES = frozenset({"codefromfile", "codenew", "code_sample", "literalinclude"})
NAMES = CODE_NAMES | {"include", "docs/shared", "readfile", "read-file", "includefile", "include-file", "includemd"}
READS_FILE = re.compile(
    r"\breadFile\b|os\.ReadFile|\.GetPage\b|site\.GetPage|Resources\.Get(?:Match)?\b|resources\.Get\b"
)
SHOWS_FILE = re.compile(r"\breadFile\b|os\.ReadFile|\.(?:Raw)?Content\b|RenderShortcodes|markdownify|RenderString")
PICTURES = re.compile(r"<img\b|<video\b|\.Resize\b|\.Fill\b|\.Process\b", re.I)
TEXT_ENDINGS = frozenset((".md", ".markdown", ".mdown", ".html", ".htm", ".txt", ""))
MAX_DEPTH, MAX_CHARACTERS = 4, 2_000_000


def expand(text: str, templates: Mapping[str, str], read: Callable[[str], str | None]) -> str:
    """Return a page with files in the place of the shortcodes that put them in; ``read`` returns one by its path."""
    return _expand(text, templates, read, MAX_DEPTH)


def _expand(text: str, templates: Mapping[str, str], read: Callable[[str], str | None], depth: int) -> str:
    if "{{<" not in text and "{{%" not in text:
        return text
    left = MAX_CHARACTERS

    def one(tag: re.Match[str]) -> str:
        nonlocal left
        if tag["name"] is None or tag["closing"] or not _includes(tag["name"].lower(), templates):
            return tag[0]
        shortcode = shortcode_of(tag)
        file = shortcode.get("file", "path", "lookup", "src", "source", "filename", 0)
        content = read(file) if file and left > 0 and depth else None
        if content is None:
            return tag[0]
        left -= len(content)
        if _is_code(shortcode, PurePosixPath(file), templates.get(shortcode.name.lower())):
            language = shortcode.get("lang", "language") or PurePosixPath(file).suffix[1:]
            return f'{{{{< highlight "{language}" >}}}}\n{_literal(content)}\n{{{{< /highlight >}}}}'
        return _expand(front_matter.split(content)[1].strip("\n"), templates, read, depth - 1)

    return TAG.sub(one, text)


def _includes(name: str, templates: Mapping[str, str]) -> bool:
    template = templates.get(name)
    if template is None:
        return name in NAMES
    reads = READS_FILE.search(template) and SHOWS_FILE.search(template)
    return bool(reads) and not INNER.search(template) and not PICTURES.search(template)


def _is_code(shortcode: Shortcode, file: PurePosixPath, template: str | None) -> bool:
    if template is not None and SHOWS_CODE.search(template) and not shortcode.get("code"):
        return True
    if template is not None and shortcode.is_markdown:
        return False
    if shortcode.get("code"):
        return shortcode.get("code") == "true"
    return shortcode.name.lower() in CODE_NAMES or file.suffix.lower() not in TEXT_ENDINGS


def _literal(code: str) -> str:
    """Return code in which shortcodes are only shown."""
    return TAG.sub(lambda tag: f"{tag[0][:3]}/*{tag[0][3:-3]}*/{tag[0][-3:]}" if tag["name"] else tag[0], code)
