"""Tests of `chatkit/personalize`."""
