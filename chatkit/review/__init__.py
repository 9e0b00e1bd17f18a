"""Answers that an owner judges: rated down, unsure, and a random sample."""
