"""Count the passages of a site in which marks of its generator still stand, by the kind of mark.

    python -m tests.sites.leftovers FOLDER ...

What stands in code is none: a page may show how such marks are written.
"""

import re
import sys
import time
from collections import Counter
from pathlib import Path

from chatkit.ingest.folder import Folder
from chatkit.ingest.outcomes import Parsed, Skipped, Unreadable

# What no reader of a rendered page sees.
MARKS = {
    "shortcode": re.compile(r"\{\{[<%]|[>%]\}\}"),
    "Liquid tag": re.compile(r"\{%-?\s*\w+|-?%\}"),
    "expression": re.compile(r"\{\{[^{}]*\}\}"),
    "include": re.compile(r"\{\{#\w+|^\s*<<<\s*\S|--8<--|<!--\s*@include|\{![^!\n]+!\}", re.M),
    "attribute list": re.compile(r"\{:\s*[.#\w]|\{:toc\}|\{[.#][\w-]+[^{}\n]*\}"),
    "import or export": re.compile(
        r"^\s*(?:import\s+[^\n]*\bfrom\s+['\"]|import\s+['\"]|export\s+(?:const|default)\b)", re.M
    ),
    "component": re.compile(r"</?[A-Z][\w.]*(?:\s[^<>]*)?/?>"),
    "HTML tag": re.compile(
        r"</?(?:a|abbr|b|br|center|code|details|div|em|font|i|iframe|img|kbd|li|ol|p|pre|script|small|span|strong|style"
        r"|sub|summary|sup|svg|table|tbody|td|template|th|thead|tr|u|ul|video)(?:\s[^<>]*)?/?>"
    ),
    "comment": re.compile(r"<!--|-->"),
    "directive": re.compile(r"^\s*:{3,}|^\s*!!!\s|^\s*\?\?\?\+?\s|^\s*\.\.\s+[\w-]+::|^\s*===\s+\"", re.M),
    "MyST target or role": re.compile(r"^\s*\([\w:-]+\)=\s*$|\{[a-z][\w:-]*\}`", re.M),
    "table of contents": re.compile(r"\[\[?toc\]?\]", re.I),
    "front matter": re.compile(r"^\+\+\+\s*$|^---\s*$", re.M),
    "alert": re.compile(r"\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]"),
}
FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.S | re.M)
SPANS = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
SHOWN = 160


def main() -> None:
    """Print for each folder what it was read as, and how many passages hold a mark of each kind."""
    found_any = False
    for given in sys.argv[1:]:
        began = time.perf_counter()
        folder = Folder(Path(given), "https://site.example/")
        counted, examples, reasons, passages, pages = Counter[str](), dict[str, str](), Counter[str](), 0, 0
        for outcome in folder.pages({}):
            if isinstance(outcome, Skipped | Unreadable):
                reasons[f"{type(outcome).__name__.lower()}: {outcome.reason}"] += 1
            if not isinstance(outcome, Parsed):
                continue
            pages += 1
            for passage in outcome.passages:
                passages += 1
                words = _words(f"{passage.body}\n\n{passage.heading}")
                for kind, mark in MARKS.items():
                    if (match := mark.search(words)) is not None:
                        counted[kind] += 1
                        shown = words[max(match.start() - 60, 0) : match.end() + 100].replace("\n", "⏎")[:SHOWN]
                        examples.setdefault(kind, f"{outcome.path}#{passage.anchor}: {shown}")
        print(f"{given}: read as {folder.generator}, {folder.reason}; {pages} pages, {passages} passages,", end=" ")
        print(f"{sum(counted.values())} with a mark, {time.perf_counter() - began:.1f} s")
        for reason, times in reasons.most_common():
            print(f"  {times} {reason}")
        for kind, times in counted.most_common():
            print(f"  {times} {kind}: {examples[kind]}")
        found_any = found_any or bool(counted)
    sys.exit(found_any)


def _words(body: str) -> str:
    """Return a passage without its code."""
    return SPANS.sub("", FENCED.sub("", body))


if __name__ == "__main__":
    main()
