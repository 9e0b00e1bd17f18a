"""ChatKit: readers of a documentation site ask, its own pages answer."""
