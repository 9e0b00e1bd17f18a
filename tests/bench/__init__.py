"""Ratios of the hot paths to a bare Flask view doing the same work: `make bench`."""
