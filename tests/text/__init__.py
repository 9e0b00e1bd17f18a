"""Tests of `chatkit/text`."""
