"""The fixed sentences of answers, one file a language."""
