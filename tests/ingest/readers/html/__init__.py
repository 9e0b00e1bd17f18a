"""Tests of `chatkit/ingest/readers/html`."""
