"""Tests of `chatkit/widget`."""
