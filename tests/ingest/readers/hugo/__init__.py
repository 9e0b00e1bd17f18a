"""Tests of `chatkit/ingest/readers/hugo`."""
