"""Query, retrieval, and each database's ranking."""
