"""Tests of `chatkit/backup`."""
