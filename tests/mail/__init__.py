"""Tests of `chatkit/mail`."""
