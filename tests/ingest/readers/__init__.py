"""Tests of `chatkit/ingest/readers`."""
