"""Tests of `chatkit/auth`."""
