"""Curated answers: written, changed and removed by an owner, and held against the sections they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import defer

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.curated import matching, wording
from chatkit.curated.models import CuratedAnswer, Standing
from chatkit.database.orm import db, row_count, utcnow
from chatkit.errors import Invalid, NotFound, StorageFull
from chatkit.search import sections
from chatkit.search.sections import Section

MAX_ANSWERS, MAX_QUESTIONS, MAX_QUESTION = 500, 20, 500


@dataclass(frozen=True)
class Draft:
    """A curated answer as an owner writes it; ``section`` is the address of a page, maybe with an anchor, or empty.

    Without ``markdown`` the lines of the section answer.
    """

    questions: Sequence[str]
    markdown: str = ""
    section: str = ""


def save(draft: Draft, answer_id: int | None = None, *, actor: str | None = None) -> int:
    """Store a curated answer, in the place of the one of this number, and return its number; commits.

    Raises ``Invalid`` for one that cannot be given, ``NotFound`` where there is none, ``StorageFull`` beyond 500.
    """
    questions = list(dict.fromkeys(filter(None, (wording.clean(question) for question in draft.questions))))
    markdown, section = wording.clean(draft.markdown), sections.locate(draft.section)
    _check(questions, markdown, section)
    row = CuratedAnswer() if answer_id is None else _find(answer_id)
    if answer_id is None:
        if (db.session.scalar(select(func.count()).select_from(CuratedAnswer)) or 0) >= MAX_ANSWERS:
            raise StorageFull(f"There are {MAX_ANSWERS} curated answers already. Remove some first.")
        db.session.add(row)
    row.questions, row.markdown, row.page_url, row.anchor = questions, markdown, section.url, section.anchor
    row.site, row.version = section.site, section.version
    row.section_hash, row.standing, row.updated_at = section.content_hash, "current", utcnow()
    db.session.flush()
    audit.record(AuditAction.ANSWER_CURATED, f"answer {row.id}", actor=actor)
    db.session.commit()
    matching.forget()
    return row.id


def remove(answer_id: int, *, actor: str | None = None) -> None:
    """Remove a curated answer and commit; raises ``NotFound``."""
    db.session.delete(_find(answer_id))
    audit.record(AuditAction.ANSWER_REMOVED, f"answer {answer_id}", actor=actor)
    db.session.commit()
    matching.forget()


def section_now(answer: CuratedAnswer) -> str:
    """Return the hash of the section that an answer rests on as it is now; empty when it is gone or there is none."""
    return sections.content_hash(answer.page_url, answer.anchor) if answer.page_url else ""


def confirm(answer_id: int, seen: str, *, actor: str | None = None) -> None:
    """Take a flag away: the answer holds for its section as the owner has ``seen`` it, by its hash; commits.

    Raises ``NotFound``, and ``Invalid`` when the section is gone, or is another one than was seen.
    """
    row = _find(answer_id)
    found = section_now(row)
    if row.page_url and not found:
        raise Invalid({"section": ["This section is gone. Name another one, or none, or remove the answer."]})
    values = {"section_hash": found, "standing": "current", "updated_at": utcnow()}
    if found != seen or not _update_as_read(row, values):
        raise Invalid({"section": ["It changed again since you opened this page. Reload the page and look at it."]})
    audit.record(AuditAction.ANSWER_CONFIRMED, f"answer {answer_id}", actor=actor)
    db.session.commit()


def list_all() -> Sequence[CuratedAnswer]:
    """Return every curated answer without its words: those to be looked at first, then the newest."""
    flagged = (CuratedAnswer.standing == "current").asc()
    # Together the words are megabytes.
    rows = select(CuratedAnswer).options(defer(CuratedAnswer.markdown, raiseload=True))
    return db.session.scalars(rows.order_by(flagged, CuratedAnswer.id.desc())).all()


def get(answer_id: int) -> CuratedAnswer:
    """Return a curated answer; raises ``NotFound``."""
    return _find(answer_id)


def count_hit(answer_id: int) -> None:
    """Count that an answer was given; the caller commits."""
    given = update(CuratedAnswer).where(CuratedAnswer.id == answer_id)
    values = {"hits": CuratedAnswer.hits + 1, "hit_at": utcnow()}
    db.session.execute(given.values(values), execution_options={"synchronize_session": False})


def check_sections() -> int:
    """Flag the answers whose sections have changed or are gone, and unflag those that are as they were; commits.

    Returns how many are flagged.
    """
    flagged = 0
    for row in db.session.scalars(select(CuratedAnswer).where(CuratedAnswer.page_url != "")).all():
        found = sections.read(row.page_url, row.anchor)
        standing: Standing = "changed"
        if found.content_hash in {"", row.section_hash}:
            standing = "current" if found.content_hash else "gone"
        flagged += standing != "current"
        # Of a section that is gone it stays known where it was.
        site, version = (found.site, found.version) if found.content_hash else (row.site, row.version)
        if (row.standing, row.site, row.version) != (standing, site, version):
            _update_as_read(row, {"standing": standing, "site": site, "version": version})
    db.session.commit()
    return flagged


def _update_as_read(row: CuratedAnswer, values: dict[str, object]) -> bool:
    """Change an answer unless its section, or the owner's word on it, is another one than was read."""
    read = {name: getattr(row, name) for name in ("id", "page_url", "anchor", "section_hash")}
    own = update(CuratedAnswer).filter_by(**read).values(values)
    return row_count(db.session.execute(own, execution_options={"synchronize_session": False})) == 1


def _find(answer_id: int) -> CuratedAnswer:
    row = db.session.get(CuratedAnswer, answer_id)
    if row is None:
        raise NotFound("There is no such curated answer.")
    return row


def _check(questions: Sequence[str], markdown: str, section: Section) -> None:
    """Raise ``Invalid`` for a curated answer that cannot be given."""
    found: dict[str, list[str]] = {}
    if not questions:
        found["questions"] = ["Write at least one question."]
    elif len(questions) > MAX_QUESTIONS or any(len(question) > MAX_QUESTION for question in questions):
        found["questions"] = [f"One answer may have {MAX_QUESTIONS} questions of at most {MAX_QUESTION} characters."]
    if section.url and not section.content_hash:
        found["section"] = [sections.UNKNOWN]
    if not markdown and not section.url:
        found["markdown"] = ["Write an answer, or name the section whose lines shall answer."]
    elif sentence := wording.problem(markdown):
        found["markdown"] = [sentence]
    if found:
        raise Invalid(found)
