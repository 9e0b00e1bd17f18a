"""Answers that the site's owner wrote, or sections that they chose, for questions of their own wording."""
