"""Tests of `chatkit/web`."""
