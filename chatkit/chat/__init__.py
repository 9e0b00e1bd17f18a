"""Asking, streaming and saving."""
