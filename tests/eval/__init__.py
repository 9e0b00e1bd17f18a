"""How well search and answers do: `make eval`."""
