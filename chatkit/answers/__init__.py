"""Passages become an answer: extractive, or written by a model and checked."""
