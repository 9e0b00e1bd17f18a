"""`flask serve`, `flask doctor`, background jobs, test users."""
