"""Tests of `chatkit/ingest/readers/vitepress`."""
