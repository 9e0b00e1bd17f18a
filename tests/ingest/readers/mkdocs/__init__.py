"""Tests of `chatkit/ingest/readers/mkdocs`."""
