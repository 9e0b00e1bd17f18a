"""What language is made of: tokens, stems, stop words, sentences; pure, no database."""
