"""Tests of `chatkit/ingest`."""
