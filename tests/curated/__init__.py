"""Tests of chatkit.curated."""
