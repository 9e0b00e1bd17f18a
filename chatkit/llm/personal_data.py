"""What this package keeps about a person: how many tokens of the model they used today, under a keyed hash."""

from sqlalchemy import select

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.auth.sessions import Caller
from chatkit.database.orm import db
from chatkit.hashing import candidate_hashes
from chatkit.llm.models import ReaderTokens
from chatkit.ratelimit.identifiers import Requester, identifiers_of


def _hashes(caller: Caller) -> list[str]:
    return [each for own in identifiers_of(Requester(caller.email)) for each in candidate_hashes(own)]


def _export(caller: Caller) -> list[dict[str, object]]:
    own = select(ReaderTokens).where(ReaderTokens.reader_hash.in_(_hashes(caller))).order_by(ReaderTokens.day)
    return [{"day": row.day.isoformat(), "tokens": row.tokens} for row in db.session.scalars(own)]


# Counted until the day ends, or an account made anew would have its whole share again.
MODEL_TOKENS = PersonalData({"model_tokens": Section(ReaderTokens, _export)})
