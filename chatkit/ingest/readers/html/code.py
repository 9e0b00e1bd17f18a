"""Code in HTML: a block without what its frame says beside it, such as a language, line numbers or a button."""

import re

from selectolax.lexbor import LexborNode

from chatkit.ingest.document import MarkdownBlock, code
from chatkit.ingest.readers.html.dom import DROPPED, MAX_DEPTH, UNSEEN, children, has_class, is_hidden, words_of

LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight)-([\w+#.-]+)")
LANGUAGE_ATTRIBUTES = ("data-language", "data-lang", "data-code-lang")
# What highlighters write where no language is named, and for what code put out; and other names of Python.
NO_LANGUAGE = {"default", "none", "nohighlight", "plaintext", "myst-ansi"}
PYTHON = {"ipython3", "python3"}
FRAMES = {"div", "figure", "table"}
# What surrounds a block of code, and in it what names its file.
FRAME_CLASS = re.compile(
    r"(?:^|\s)(?:(?:language|highlight)-\S+|highlight|highlighter-rouge|listingblock|literal-block-wrapper|codehilite"
    r"|expressive-code|(?:theme-|nextra-)?code(?:-?block\S*)?|codeBlock\S*)(?=\s|$)",
)
FRAME_TITLE = re.compile(r"(?:^|[\s_-])(?:code-?block-?)?(?:title|filename|caption|caption-text)(?=[\s_-]|$)", re.I)
# Has no class of its own for its title.
NEXTRA = re.compile(r"(?:^|\s)nextra-code(?=\s|$)")
# Within code: the numbers of lines, and explanations that open over it.
BESIDE_CODE = re.compile(
    r"(?:^|\s)(?:(?:rouge-)?gutter|lineno\S*|line-?numbers?(?:-\S*)?|lnt?|conum|twoslash-popup\S*)(?=\s|$)"
)
NOT_SELECTED = re.compile(r"user-select\s*:\s*none")
NUMBERS = re.compile(r"[\d\s]*")
# Most characters beside code that are no more than a frame's: its language, its buttons, the numbers of its lines.
MAX_BESIDE = 200
# How far above code its language may be named.
MAX_LEVELS = 12


def framed_code(node: LexborNode, tag: str) -> tuple[str, LexborNode] | None:
    """Return the title and the code of an element that frames a single block of code, or None for any other."""
    if tag == "div" and not has_class(node, FRAME_CLASS):
        return None
    blocks = [pre for pre in node.css("pre") if not _is_nested(pre)]
    if len(blocks) == 2 and NUMBERS.fullmatch(blocks[0].text()):
        # The numbers of its lines, in a column of their own.
        del blocks[0]
    if len(blocks) != 1:
        return None
    title, code = _title(node), blocks[0]
    beside = len(node.text()) - len(code.text()) - len(title)
    is_frame = beside <= MAX_BESIDE and (tag != "table" or all(map(_is_part_of_code, node.css("td"))))
    return (title, code) if is_frame else None


def code_block_of(node: LexborNode, frame: LexborNode) -> MarkdownBlock | None:
    """Return the code of an element that stands in a frame, or is its own; None when it is blank."""
    parts: list[str] = []
    _gather(node, parts, 0)
    text = UNSEEN.sub("", "".join(parts)).strip("\n")
    return code(text, _language(node, frame)) if text.strip() else None


def _is_part_of_code(cell: LexborNode) -> bool:
    return cell.css_first("pre") is not None or NUMBERS.fullmatch(cell.text()) is not None


def _is_nested(node: LexborNode) -> bool:
    outer = node.parent
    while outer is not None and outer.tag != "pre":
        outer = outer.parent
    return outer is not None


def _title(frame: LexborNode) -> str:
    """Return what a frame says above its code of where that stands, but for the name of its language."""
    first = next((child for child in children(frame) if child.tag in {"div", "pre"}), None)
    if has_class(frame, NEXTRA) and first is not None and first.tag == "div":
        return words_of(first)
    for node in frame.css("figcaption, [class]"):
        if (node.tag == "figcaption" or has_class(node, FRAME_TITLE)) and not (is_hidden(node) or _holds_code(node)):
            return words_of(node)
        if node.tag == "pre":
            break
    return ""


def _holds_code(node: LexborNode) -> bool:
    return node.tag in {"pre", "code", "table"} or node.css_first("pre") is not None


def _gather(node: LexborNode, parts: list[str], depth: int) -> None:
    for child in children(node):
        tag = child.tag or ""
        if tag == "-text":
            parts.append(child.text_content or "")
        elif tag == "br":
            parts.append("\n")
        elif tag not in DROPPED and depth < MAX_DEPTH and not (is_hidden(child) or _is_beside_code(child)):
            _gather(child, parts, depth + 1)
            # Some highlighters make each line a block.
            if tag in {"div", "li", "p"} and parts and not parts[-1].endswith("\n"):
                parts.append("\n")


def _is_beside_code(node: LexborNode) -> bool:
    return has_class(node, BESIDE_CODE) or NOT_SELECTED.search(node.attributes.get("style") or "") is not None


def _language(node: LexborNode, frame: LexborNode) -> str:
    outermost = frame.parent.parent if frame.parent is not None else None
    candidate: LexborNode | None = node.css_first("code") or node
    levels = 0
    while candidate is not None and levels < MAX_LEVELS:
        attributes = candidate.attributes
        named = next((attributes[name] for name in LANGUAGE_ATTRIBUTES if attributes.get(name)), None)
        found = LANGUAGE.search(attributes.get("class") or "")
        if language := named or (found and found.group(1)):
            return "python" if language in PYTHON else language if language not in NO_LANGUAGE else ""
        if outermost is not None and candidate.mem_id == outermost.mem_id:
            break
        candidate, levels = candidate.parent, levels + 1
    return ""
