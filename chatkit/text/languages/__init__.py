"""One file a language that analysis knows more of than its stems."""
