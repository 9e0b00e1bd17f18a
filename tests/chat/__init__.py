"""Tests of `chatkit/chat`."""
