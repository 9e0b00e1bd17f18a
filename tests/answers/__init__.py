"""Tests of `chatkit/answers`."""
