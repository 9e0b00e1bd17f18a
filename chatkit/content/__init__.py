"""Ingest and search of the site's pages."""
