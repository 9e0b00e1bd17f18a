"""One file for each generator or format, and a registry that recognises them."""
