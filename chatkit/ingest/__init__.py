"""A site becomes passages."""
