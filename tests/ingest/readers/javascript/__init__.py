"""Tests of `chatkit/ingest/readers/javascript`."""
