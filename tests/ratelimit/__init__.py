"""Tests of `chatkit/ratelimit`."""
