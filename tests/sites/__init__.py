"""Small sites of each generator, in source and as it renders them, and what ChatKit makes of either."""
