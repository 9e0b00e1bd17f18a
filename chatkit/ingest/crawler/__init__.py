"""A site over HTTP."""
