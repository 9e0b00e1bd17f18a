"""Terms that are part of each other, in languages that join words: "Wartungsmodus" and "Wartung".

Only terms that the index holds are looked at, so that every part that is found is a word of the site.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, or_, select

from chatkit.database.orm import db
from chatkit.search.models import Term

# Shorter terms begin and end too many others, and a compound is longer than its part by a word.
SHORTEST_PART = 4
SHORTEST_REST = 3
# Of a question's terms so many are looked at, and of each the most frequent compounds are kept.
MOST_TERMS = 8
MOST_COMPOUNDS = 8


def compound_terms(terms: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Return for each term the indexed ones that begin or end with it, and those that it begins or ends with."""
    asked = [term for term in terms if len(term) >= SHORTEST_PART and term.isalpha()][:MOST_TERMS]
    if not asked:
        return {}
    parts = {part for term in asked for part in _parts(term)}
    containing = or_(*(Term.term.contains(term, autoescape=True) for term in asked))
    found = select(Term.term, Term.df).where(or_(Term.term.in_(bindparam("parts", expanding=True)), containing))
    rows = db.session.execute(found.order_by(Term.df.desc(), Term.term), {"parts": sorted(parts)}).all()
    return {
        term: frozenset([row.term for row in rows if _are_related(term, row.term)][:MOST_COMPOUNDS]) for term in asked
    }


def _parts(term: str) -> list[str]:
    places = range(SHORTEST_PART, len(term) - SHORTEST_REST + 1)
    return [*(term[:place] for place in places), *(term[-place:] for place in places)]


def _are_related(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) >= SHORTEST_REST and (long.startswith(short) or long.endswith(short))
