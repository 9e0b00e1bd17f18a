"""Questions with the sections that must be shown, asked again whenever the index changes."""
