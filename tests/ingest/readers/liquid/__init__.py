"""Tests of `chatkit/ingest/readers/liquid`."""
