"""Tests of `chatkit/ingest/readers/nextra`."""
