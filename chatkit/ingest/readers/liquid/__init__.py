"""Liquid, the templates of Jekyll and HonKit."""
