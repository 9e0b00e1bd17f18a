"""Astro Starlight."""
