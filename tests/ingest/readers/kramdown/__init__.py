"""Tests of `chatkit/ingest/readers/kramdown`."""
