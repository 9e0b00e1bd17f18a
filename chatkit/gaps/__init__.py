"""Content gaps as an owner works on them: clusters of questions, from new to verified."""
