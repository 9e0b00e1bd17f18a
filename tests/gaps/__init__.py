"""Tests of chatkit.gaps."""
