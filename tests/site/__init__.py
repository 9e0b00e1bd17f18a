"""Tests of `chatkit/site`."""
