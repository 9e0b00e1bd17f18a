"""Tests of `chatkit/ingest/readers/mdbook`."""
