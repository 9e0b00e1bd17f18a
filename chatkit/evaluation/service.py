"""The test set of an owner: added to, imported, exported, and what came of each question last."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, false, func, insert, select, update

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth.sessions import Caller
from chatkit.database.newest import EXPORT_PAGE_SIZE, in_pages, lock_for_adding
from chatkit.database.orm import db, row_count, table
from chatkit.errors import Invalid, NotFound, StorageFull
from chatkit.evaluation import questions
from chatkit.evaluation.models import Origin, TestQuestion, TestRun
from chatkit.evaluation.questions import InvalidLines, Line

MAX_QUESTIONS = 2_000
FULL = f"The test set holds {MAX_QUESTIONS:,} questions at most. Remove some first."
_QUESTIONS = table(TestQuestion)


@dataclass(frozen=True)
class Result:
    """What came of a question in a run: whether it ``passed``, the outcome, and the places shown, best first."""

    passed: bool
    outcome: str
    shown: tuple[str, ...]
    # Places that the question names and where no section stands.
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Import:
    """How many questions an import added, and how many were there already."""

    added: int
    known: int


@dataclass(frozen=True)
class Taken:
    """The answer that a question was taken from, and the account that got it, if one did.

    ``is_named`` tells whether an owner named the section that must be shown.
    """

    message_id: str
    user_id: int | None
    is_named: bool = False


def add(line: Line, taken: Taken | None = None, *, actor: str | None = None) -> None:
    """Add a question, in the place of the same one of the same site and version; the caller commits.

    One that was ``taken`` from an answer to a reader never takes the place of an owner's or an imported one: that stays
    the owner's, and gets the section that an owner named. Raises ``Invalid`` for a line that no file may hold,
    ``StorageFull`` beyond 2,000.
    """
    [checked] = _read([questions.write(line)])
    _begin_adding()
    same = [_QUESTIONS.c[name] == getattr(checked, name) for name in _SAME]
    if taken is not None:
        owners = (*same, _QUESTIONS.c.origin != "review")
        if db.session.scalar(select(_QUESTIONS.c.id).where(*owners)) is not None:
            if taken.is_named:
                places = list(checked.answered_by)
                db.session.execute(update(_QUESTIONS).where(*owners).values(answered_by=places))
                audit.record(AuditAction.TESTS_CHANGED, "test set", actor=actor, changed=1)
            return
    db.session.execute(delete(TestQuestion).where(*same))
    _insert([checked], "owner" if taken is None else "review", taken)
    audit.record(AuditAction.TESTS_CHANGED, "test set", actor=actor, added=1)


def add_one(line: Line, *, actor: str | None = None) -> None:
    """Add a question as ``add`` does, and commit."""
    add(line, actor=actor)
    db.session.commit()


def import_lines(lines: Iterable[str], *, actor: str | None = None) -> Import:
    """Add the questions of a file's lines, all or none, and commit; those that are there already stay as they are.

    Raises ``Invalid`` with a sentence for each bad line, and ``StorageFull`` as above.
    """
    found = list(_read(lines))
    _begin_adding()
    known = set(db.session.execute(select(*(_QUESTIONS.c[name] for name in _SAME))).all())
    new = list({_key(line): line for line in found if _key(line) not in known}.values())
    if new:
        _insert(new, "import")
        audit.record(AuditAction.TESTS_CHANGED, "test set", actor=actor, added=len(new))
    db.session.commit()
    return Import(len(new), len(found) - len(new))


def export_lines() -> Iterator[str]:
    """Yield the test set as a file's lines, each with its break, in the order in which they were added."""
    for row in in_pages([_QUESTIONS.c[name] for name in _LINE], _QUESTIONS.c.id, _QUESTIONS.c.id > 0, EXPORT_PAGE_SIZE):
        yield f"{questions.write(to_line(row))}\n"


def remove(ids: Sequence[int], *, actor: str | None = None) -> int:
    """Remove questions by their numbers, and commit; return how many. Raises ``NotFound`` where there is none."""
    removed = row_count(db.session.execute(delete(TestQuestion).where(TestQuestion.id.in_(ids))))
    if not removed:
        raise NotFound("There is no such question in the test set.")
    audit.record(AuditAction.TESTS_CHANGED, "test set", actor=actor, removed=removed)
    db.session.commit()
    return removed


def list_page(after: int, limit: int, ids: Sequence[int] | None = None) -> Sequence[TestQuestion]:
    """Return up to ``limit`` questions with greater numbers than ``after``, of these numbers alone if any are given."""
    rows = select(TestQuestion).where(TestQuestion.id > after).order_by(TestQuestion.id).limit(limit)
    return db.session.scalars(rows if ids is None else rows.where(TestQuestion.id.in_(ids))).all()


def count() -> int:
    """Return how many questions the test set holds."""
    return db.session.scalar(select(func.count()).select_from(TestQuestion)) or 0


def latest_run() -> TestRun | None:
    """Return the latest run, if there was one."""
    return db.session.scalar(select(TestRun).order_by(TestRun.id.desc()).limit(1))


def results(run: TestRun) -> dict[int, Result]:
    """Return what came of each question in a run, by its number."""
    return {
        int(id_): Result(found["passed"], found["outcome"], tuple(found["shown"]), tuple(found.get("missing", ())))
        for id_, found in run.results.items()
    }


def adopt(message_ids: Sequence[str], user_id: int) -> None:
    """Give the questions that were taken from these answers to an account, with which they go; the caller commits."""
    db.session.execute(update(_QUESTIONS).where(_QUESTIONS.c.message_id.in_(message_ids)).values(user_id=user_id))


def export(caller: Caller) -> Iterator[dict[str, object]]:
    """Yield the questions that were taken from answers to an account, oldest first."""
    columns = [_QUESTIONS.c[name] for name in _EXPORTED]
    for row in in_pages(columns, _QUESTIONS.c.id, _QUESTIONS.c.user_id == caller.account_id, EXPORT_PAGE_SIZE):
        yield {name: row._mapping[name] for name in _EXPORTED}


def to_line(row: object) -> Line:
    """Return a row as the line of a file."""
    values = {name: getattr(row, name) for name in _LINE}
    values["answered_by"] = tuple(values["answered_by"])
    values["shows"] = tuple(map(tuple, values["shows"]))
    return Line(**values)


def _read(lines: Iterable[str]) -> Iterator[Line]:
    try:
        yield from questions.read(lines)
    except InvalidLines as error:
        raise Invalid({"questions": error.problems}) from None


def _begin_adding() -> None:
    """Let nobody else add until the caller commits: what is there, and how much, is read before it is added to."""
    lock_for_adding("test_questions")
    # On SQLite a transaction begins with what writes, and this writes nothing.
    db.session.execute(update(_QUESTIONS).where(false()).values(question=""))


def _insert(lines: Sequence[Line], origin: Origin, taken: Taken | None = None) -> None:
    if count() + len(lines) > MAX_QUESTIONS:
        raise StorageFull(FULL)
    whose = {"origin": origin, "message_id": taken and taken.message_id, "user_id": taken and taken.user_id}
    rows = [{name: getattr(line, name) for name in _LINE} for line in lines]
    db.session.execute(insert(TestQuestion), [row | whose for row in rows])


def _key(line: Line) -> tuple[str, ...]:
    return line.question, line.site, line.version


_SAME = ("question", "site", "version")
_LINE = ("question", "answered_by", "split", "shows", "site", "version")
_EXPORTED = (*_LINE, "message_id", "origin", "created_at")
