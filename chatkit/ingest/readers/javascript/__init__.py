"""Configurations in JavaScript and TypeScript: read, never executed."""
