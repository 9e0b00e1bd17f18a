"""Requests and metrics, the log, redaction."""
