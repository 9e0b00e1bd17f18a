"""Tests of `chatkit/ingest/readers/docusaurus`."""
