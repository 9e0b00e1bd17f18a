"""Tests of `chatkit/ingest/crawler`."""
