"""kramdown, the Markdown of Jekyll."""
