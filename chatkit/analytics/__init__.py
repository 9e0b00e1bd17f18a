"""Events: what happened, counted without watching anybody."""
