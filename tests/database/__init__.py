"""Tests of `chatkit/database`."""
