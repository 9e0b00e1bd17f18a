"""Tests of `chatkit/search`."""
