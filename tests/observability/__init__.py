"""Tests of `chatkit/observability`."""
