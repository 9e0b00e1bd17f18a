"""mystmd and Jupyter Book 1, which share their Markdown."""
