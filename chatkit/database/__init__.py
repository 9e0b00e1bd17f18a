"""The engine of each database, timeouts, leases, and the few statements that bypass the ORM."""
