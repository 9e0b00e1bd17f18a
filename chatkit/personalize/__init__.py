"""Recommendations that explain themselves."""
