"""The little reStructuredText that stands in pages of MyST, inside `{eval-rst}`: rewritten as MyST."""

import re
from textwrap import dedent

DIRECTIVE = re.compile(r"\.\. ([\w:+-]+)::[ \t]*(.*)\Z")
COMMENT = re.compile(r"\.\.(?:\s|\Z)")
ROLE = re.compile(r":([\w:+-]{1,50}):`([^`\n]{1,500})`")
LITERAL = re.compile(r"``([^`\n]{1,500})``")
LINK = re.compile(r"(?<![:`}])`([^`<>\n]{1,300}?)\s*<([^<>\s`]{1,500})>`__?")
UNDERLINE = re.compile(r"([=\-~^\"'*+#])\1{2,}\Z")
COLONS = re.compile(r"^:{3,}", re.M)
MAX_DEPTH = 10


def to_myst(text: str, depth: int = 0) -> str:
    """Return directives, roles, literals and links as MyST writes them; comments and underlines are left out."""
    lines, written, number = text.split("\n"), list[str](), 0
    while number < len(lines):
        line, number = lines[number], number + 1
        found = DIRECTIVE.match(line)
        if found or COMMENT.match(line):
            body = list[str]()
            while number < len(lines) and (not lines[number].strip() or lines[number][:1].isspace()):
                body.append(lines[number])
                number += 1
            if found and depth < MAX_DEPTH:
                inner = dedent("\n".join(body)).rstrip()
                if not found[1].startswith(("code", "math", "sourcecode")):
                    inner = to_myst(inner, depth + 1)
                fence = ":" * max([3, *(len(colons) + 1 for colons in COLONS.findall(inner))])
                written += [f"{fence}{{{found[1]}}} {found[2]}", inner, fence]
        elif not UNDERLINE.match(line):
            written.append(LINK.sub(r"[\1](\2)", LITERAL.sub(r"`\1`", ROLE.sub(r"{\1}`\2`", line))))
    return "\n".join(written)
