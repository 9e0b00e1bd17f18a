"""Accounts, verification and sessions."""
