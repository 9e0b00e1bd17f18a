"""MkDocs, and what Material and its usual plugins add."""
