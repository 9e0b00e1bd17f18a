"""Tests of `chatkit/server`."""
