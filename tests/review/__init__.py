"""Tests of chatkit.review."""
