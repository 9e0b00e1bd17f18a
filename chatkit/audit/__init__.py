"""The audit log: what the owner and the server did with accounts, doors and the database, and when."""
