"""Tests of `chatkit/ingest/readers/jekyll`."""
