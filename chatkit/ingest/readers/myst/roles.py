"""What MyST's roles, such as {ref}`words <label>`, are shown as."""

import re
from collections.abc import Callable
from dataclasses import dataclass

# Words, and in angle brackets what they lead to.
TITLED = re.compile(r"(.*\S)\s*<([^<>]+)>", re.S)
ABBREVIATION = re.compile(r"\s*\([^()]*\)\s*\Z")
# What the number of a figure stands for, which only a build knows.
NUMBER = re.compile(r"\s*(?:%s|\{(?:number|name)\})")
# A citation, shown by its key, as its text is not here.
CITATION = re.compile(r"cite(?:[:-].*)?")
# Pictures, footnotes that cite, what is written for other formats, values that code computes.
DROPPED = re.compile(r"footcite.*|(?:fa[bsr]?|octicon|material-.*|icon|iconify)|raw(?:-.*|:.*)?|eval|glue:.*")
LABELS = {"ref", "numref", "any", "prf:ref", "proof:ref", "cross-reference", "std:ref", "external", "button-ref"}
CODE = {"file", "samp", "code", "literal", "envvar", "option", "confval", "download", "program", "command", "regexp"}
# Roles of programming languages, such as py:func, of which Sphinx lets the first be left out.
PYTHON = {"func", "meth", "class", "mod", "attr", "data", "exc", "obj", "const"}
CALLS = {"func", "meth", "function"}
STANDARDS = {"pep": "PEP", "rfc": "RFC"}

# Returns the address and the title of a label, or of a page, or None.
Resolve = Callable[[str], tuple[str, str] | None]


@dataclass(frozen=True)
class Shown:
    """What a role is shown as: text, code or mathematics, which may be a link."""

    text: str
    href: str = ""
    is_code: bool = False


def words(content: str) -> str:
    """Return the words of a role's content, without what they lead to."""
    titled = TITLED.fullmatch(content)
    return titled[1] if titled else content


def shown(name: str, content: str, label: Resolve, page: Resolve) -> Shown:
    """Return what a role is shown as; of one that is not known, its content."""
    name, content = name.lower(), " ".join(content.split())
    titled = TITLED.fullmatch(content)
    text, target = (titled[1], titled[2]) if titled else (content, content)
    short = name.rpartition(":")[2]
    if DROPPED.fullmatch(name):
        return Shown("")
    if CITATION.fullmatch(name):
        return Shown(f"[{content}]")
    if name == "eq":
        return Shown(f"({target})")
    if name == "math":
        return Shown(rf"\({content}\)")
    if name in LABELS or name == "doc":
        found = (page if name == "doc" else label)(target.strip().lstrip("~!"))
        href, title = found or ("", "")
        return Shown(NUMBER.sub("", text) if titled else title or target, href)
    if name in CODE or short in PYTHON or (":" in name and not name.startswith(("bdg", "sub"))):
        if not titled and text.startswith("~"):
            text = text.rpartition(".")[2].lstrip("~")
        is_bare_call = short in CALLS and not titled and not text.endswith(")")
        return Shown(text.lstrip("!") + ("()" if is_bare_call else ""), is_code=True)
    if name in {"abbr", "abbreviation"}:
        return Shown(ABBREVIATION.sub("", content))
    if name in STANDARDS:
        return Shown(text if titled else f"{STANDARDS[name]} {content}")
    if name == "menuselection":
        return Shown(content.replace("-->", "‣"))
    return Shown(content if name in {"kbd", "keyboard", "sub", "sup", "sub-ref"} else text)
