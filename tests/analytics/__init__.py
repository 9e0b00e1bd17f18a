"""Tests of `chatkit/analytics`."""
