"""Tests of `chatkit/ingest/readers/starlight`."""
