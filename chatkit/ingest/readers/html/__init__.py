"""HTML as browsers and generators write it."""
