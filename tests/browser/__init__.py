"""The real widget in a real browser against the real server."""
