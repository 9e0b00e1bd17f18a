"""Tests of chatkit.evaluation."""
