"""Tests of `chatkit/ingest/readers/myst`."""
