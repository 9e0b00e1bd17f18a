"""Tests of `chatkit/ingest/readers/gitbook`."""
