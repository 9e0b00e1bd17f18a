"""For whom a page is written, as far as its address and its title say it."""

import re

from chatkit.personalize.pages import SitePage

# How much a page that is written for a reader's level, or for the opposite one, is raised or lowered.
FITS, FITS_NOT = 1.5, 0.6
BEGINNER = re.compile(
    r"\b(?:tutorials?|getting[-_ ]started|get[-_ ]started|quick[-_ ]?start|introduction|intro|basics?|first[-_ ]steps?|"
    r"installation|installing|install|beginners?|overview|learn|welcome)\b",
    re.I,
)
ADVANCED = re.compile(
    r"\b(?:reference|api|internals?|advanced|architecture|performance|tuning|security|specification|plugins?|"
    r"extending|extensions?|contributing|protocol|migrat\w+|troubleshooting|deployment)\b",
    re.I,
)


def factor(page: SitePage, level: str | None) -> float:
    """Return by how much a page counts for a reader of this level; for one in between all count alike."""
    patterns = {"beginner": (BEGINNER, ADVANCED), "advanced": (ADVANCED, BEGINNER)}
    if level not in patterns:
        return 1.0
    said = f"{page.url.replace('_', '-')} {page.plain_title}"
    own, opposite = (pattern.search(said) is not None for pattern in patterns[level])
    if own == opposite:
        return 1.0
    return FITS if own else FITS_NOT
