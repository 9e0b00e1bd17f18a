"""Formats of documentation that no generator here is read from, so that a report can say what was passed over."""

FORMATS = {
    ".rst": "reStructuredText",
    ".adoc": "AsciiDoc",
    ".asciidoc": "AsciiDoc",
    ".ipynb": "a notebook",
    ".org": "Org",
    ".textile": "Textile",
    ".qmd": "Quarto",
    ".mdoc": "Markdoc",
    ".txt": "plain text",
}


def skip_reason(name: str) -> str | None:
    """Return why a file is passed over, with the remedy, or None when it is in no format of documentation."""
    written_in = next((format_ for suffix, format_ in FORMATS.items() if name.lower().endswith(suffix)), None)
    return f"it is {written_in}, which is not read here; build the site and index its HTML" if written_in else None
