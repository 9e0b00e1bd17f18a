"""Compare every heading's anchor with the one that MkDocs renders: `python -m tests.eval.anchors FOLDER`."""

import sys
from pathlib import Path, PurePosixPath

from chatkit.ingest.readers import registry
from tests.eval import mkdocs_site


def main() -> int:
    """Print what differs and a count; return 1 when anything does."""
    folder = Path(sys.argv[1])
    rendered = mkdocs_site.headings(folder)
    generator = registry.choose("mkdocs", folder).generator
    pages = headings = wrong = 0
    for file in sorted(generator.folder.rglob("*.md")):
        path = PurePosixPath(file.relative_to(generator.folder).as_posix())
        matter, document = generator.parse(path, file.read_text(encoding="utf-8"))
        if generator.skip_reason(path, matter):
            continue
        address = generator.address(path, matter)
        ours = [section.anchor for section in document.sections if section.headings]
        theirs = rendered.get(mkdocs_site.file_at(address))
        pages, headings = pages + 1, headings + len(ours)
        if ours != theirs:
            wrong += 1
            print(f"{path} at {address!r}: {sorted(set(ours) ^ set(theirs or ()))}")
    print(f"{pages} pages, {headings} headings; the anchors of {pages - wrong} pages are those that MkDocs renders.")
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
