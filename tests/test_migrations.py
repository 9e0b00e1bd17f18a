"""Migrations go both ways with data inside, and agree with the models."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import delete, inspect, select, text
from sqlalchemy.exc import IntegrityError

from chatkit import create_app
from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.auth.models import ReaderIdentity, UsedToken
from chatkit.chat.models import Message
from chatkit.curated import service as curated
from chatkit.curated.service import Draft
from chatkit.database.orm import db, utcnow
from chatkit.evaluation import runs
from chatkit.gaps import clustering
from chatkit.ingest.models import FollowUpRow, IndexSchedule
from chatkit.llm import token_budget
from chatkit.owner.models import OwnerSession, OwnerSignIn
from chatkit.paths import MIGRATIONS
from chatkit.personalize import curation, dismissals
from chatkit.ratelimit import bans
from chatkit.review import service as review
from chatkit.search import index as search_index
from chatkit.search import retrieval
from chatkit.search.models import Embedding, Page, PageNeighbour, PassageRow, ScopeRow, Source
from chatkit.search.passages import read_blocks
from chatkit.text.markdown import escape_paragraph
from chatkit.web import read_only
from tests import factories, filling
from tests.conftest import DATABASES, dispose
from tests.factories import API, SECRET_KEY
from tests.filling import Rows
from tests.servers import PostgreSQL

TABLES = {
    "users",
    "sessions",
    "verification_tokens",
    "saved_chats",
    "anonymous_sessions",
    "rate_limits",
    "analytics_events",
}

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]

# Tables and columns that a revision writes anew on its way up, on purpose.
REWRITTEN = {
    "0007": ["pages.content_hash"],
    "0011": ["pages.content_hash", "passages.blocks"],
    "0012": ["terms", "passages.tsv"],
    "0037": ["daily_counts"],
}
# Tables whose rows have another key below a revision than above.
OTHER_KEYS = {"0036": ["daily_counts"]}

# Tables whose numbers are never given twice.
COUNTED = ("users", "saved_chats")


@pytest.fixture(params=DATABASES)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Return an application on a database nobody has migrated."""
    url, drop = f"sqlite:///{tmp_path}/bare.db", None
    if request.param == "postgresql":
        drop = server = request.getfixturevalue("postgresql")
        assert isinstance(server, PostgreSQL)
        server.create("bare")
        url = server.url("bare")
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": url})
    yield app
    dispose(app)
    if drop is not None:
        drop.drop("bare")


def _shape() -> list[tuple[str, ...]]:
    """Return tables, columns, keys, constraints and indexes of the current database."""
    found, shape = inspect(db.engine), list[tuple[object, ...]]()
    for (_, table), columns in found.get_multi_columns().items():
        for column in columns:
            more = (column["type"], column["nullable"], column["default"], column.get("computed"))
            shape.append((table, "column", column["name"], *more))
    for (_, table), key in found.get_multi_pk_constraint().items():
        if key is not None:
            shape.append((table, "primary key", key["name"], key["constrained_columns"]))
    for (_, table), foreign_keys in found.get_multi_foreign_keys().items():
        for foreign in foreign_keys:
            leads_to = (foreign["constrained_columns"], foreign["referred_table"], foreign.get("options"))
            shape.append((table, "foreign key", foreign["name"], *leads_to))
    for (_, table), uniques in found.get_multi_unique_constraints().items():
        shape += [(table, "unique", unique["name"], unique["column_names"]) for unique in uniques]
    for (_, table), checks in found.get_multi_check_constraints().items():
        shape += [(table, "check", check["name"], check["sqltext"]) for check in checks]
    for (_, table), indexes in found.get_multi_indexes().items():
        for index in indexes:
            where = [str(value) for value in index.get("dialect_options", {}).values()]
            shape.append((table, "index", index["name"], index["column_names"], index["unique"], where))
    if db.engine.dialect.name == "sqlite":
        # What SQLite tells only in its SQL: triggers, and tables whose numbers are never given twice.
        never = "SELECT tbl_name, type, name FROM sqlite_schema WHERE type = 'trigger' OR sql LIKE '%AUTOINCREMENT%'"
        with db.engine.connect() as connection:
            shape += [tuple(row) for row in connection.execute(text(never))]
    return sorted(tuple(map(str, part)) for part in shape if not str(part[0]).startswith("passages_fts"))


def _tables(shape: list[tuple[str, ...]]) -> set[str]:
    return {part[0] for part in shape}


def _seed(app: Flask, folder: Path) -> None:
    """Leave rows in every table."""
    client = app.test_client()
    factories.index(app, folder)
    answer = client.post(f"{API}/chat", json=factories.question()).get_json()
    client.post(f"{API}/chat/feedback", json={"message_id": answer["message_id"], "rating": "down"})
    factories.sign_up(client, "waiting@example.com")
    who = factories.person(app)
    for path, body in (("chat/save", factories.chat()), ("user/personalize", {"preferences": {"topics": ["oil"]}})):
        client.post(f"{API}/{path}", json=body, headers=who.headers)
    with app.app_context():
        db.session.execute(text("INSERT INTO leases (name, holder, until) VALUES ('background', 'x', 1.5)"))
        db.session.add(Embedding(text_hash="0" * 32, model="small", vector=b"1"))
        db.session.add(IndexSchedule(source_id=db.session.scalars(select(Page.source_id)).first()))
        db.session.add(ReaderIdentity(user_id=who.id, issuer="https://docs.example.com", subject="1"))
        db.session.add(UsedToken(digest="0" * 64, expires_at=utcnow()))
        db.session.add(OwnerSession(email=who.email, token_hash="0" * 64, expires_at=utcnow()))
        db.session.add(OwnerSignIn(email=who.email, browser_hash="0" * 64))
        first, second = db.session.scalars(select(Page.id).order_by(Page.id).limit(2))
        db.session.add(PageNeighbour(page_id=first, position=0, neighbour_id=second, score=0.5))
        dismissals.dismiss(who.id, "/guide/foghorn")
        curation.decide("/guide/foghorn", "pinned")
        _work_as_an_owner()
        bans.ban(who.id, None)
        read_only.switch(True)
        audit.record(AuditAction.ACCOUNT_TIER, "account", account_id=who.id)
        db.session.commit()
        token_budget.reserve(100, ("account:1",))


def _work_as_an_owner() -> None:
    curated.save(Draft(["Why?"], "So."))
    clustering.cluster_batch()
    judged = db.session.scalars(select(Message.id).where(Message.role == "assistant")).first()
    review.judge(judged or 0, "wrong", to_test_set=True)
    runs.run(rest=False)
    db.session.add(FollowUpRow(name="tests", index_state="x"))


def _hashes(app: Flask) -> dict[str, str]:
    with app.app_context():
        tables = db.metadata.sorted_tables
    return {table.name: hashlib.sha256(repr(factories.rows(app, table)).encode()).hexdigest() for table in tables}


def test_up_seed_down_and_up_again(bare: Flask, tmp_path: Path) -> None:
    with bare.app_context():
        flask_migrate.upgrade()
        shape = _shape()
    _seed(bare, tmp_path / "guide")
    with bare.app_context():
        counts = {table.name: len(factories.rows(bare, table)) for table in db.metadata.sorted_tables}
        assert all(counts.values()), counts
        db.session.remove()
        flask_migrate.downgrade(revision="base")
        assert _tables(_shape()) <= {"alembic_version"}
        flask_migrate.upgrade()
        assert _shape() == shape
    _seed(bare, tmp_path / "again")
    with bare.app_context():
        assert retrieval.search("foghorn", 1)


def test_going_up_twice_changes_nothing(bare: Flask, tmp_path: Path) -> None:
    with bare.app_context():
        flask_migrate.upgrade()
    _seed(bare, tmp_path / "guide")
    before = _hashes(bare)
    with bare.app_context():
        flask_migrate.upgrade()
    assert _hashes(bare) == before


def test_rows_of_every_revision_survive_every_step_up_and_down(bare: Flask) -> None:
    """At each revision on the way up every table gets rows; no step up or down loses or changes any."""
    shapes: dict[str, list[tuple[str, ...]]] = {}
    with bare.app_context():
        rows: Rows = {}
        for number, revision in enumerate(REVISIONS):
            _step(flask_migrate.upgrade, revision, rows, REWRITTEN.get(revision, ()))
            shapes[revision] = _shape()
            with db.engine.connect() as connection:
                # All of them are read at each step: one of a table is enough where the next revision adds another.
                filling.fill(connection, 1 if 0 < number < len(REVISIONS) - 1 else 3, seed=number)
                connection.commit()
            rows = _rows()
        for revision in REVISIONS[-2::-1]:
            rows = _step(flask_migrate.downgrade, revision, rows, OTHER_KEYS.get(revision, ()))
            assert _shape() == shapes[revision], revision
        for revision in REVISIONS[1:]:
            rows = _step(flask_migrate.upgrade, revision, rows, REWRITTEN.get(revision, ()))
            assert _shape() == shapes[revision], revision


def test_the_parts_of_a_count_are_one_number_again_on_the_way_down(bare: Flask) -> None:
    with bare.app_context():
        flask_migrate.upgrade(revision="0037")
        rows = [("answered", 0, 5), ("answered", 2, 3), ("nearest", 1, 2), ("greeting", 0, 1)]
        for label, part, number in rows:
            values = f"('outcome', '2026-01-01', '{label}', {part}, {number})"
            db.session.execute(text(f"INSERT INTO daily_counts (measure, day, label, part, number) VALUES {values}"))
        db.session.commit()
        flask_migrate.downgrade(revision="0036")
        counted = db.session.execute(text("SELECT label, number FROM daily_counts ORDER BY label")).all()
        assert counted == [("answered", 8), ("greeting", 1), ("nearest", 2)]


def test_a_passage_from_before_its_structure_was_kept_is_one_paragraph(bare: Flask) -> None:
    with bare.app_context():
        flask_migrate.upgrade(revision="0010")
        with db.engine.connect() as connection:
            filling.fill(connection, 3, seed=1)
            connection.commit()
        flask_migrate.upgrade()
        stored = db.session.execute(select(PassageRow.body, PassageRow.blocks)).all()
        assert len(stored) == 3
        for body, blocks in stored:
            assert [block.markdown for block in read_blocks(blocks, body)] == [escape_paragraph(body)]
        assert set(db.session.scalars(select(Page.content_hash))) == {""}


def test_what_was_indexed_before_terms_were_ready_is_found_at_once(bare: Flask) -> None:
    with bare.app_context():
        flask_migrate.upgrade(revision="0011")
        with db.engine.connect() as connection:
            connection.execute(text("INSERT INTO sources VALUES (1, 'a', '/', 'chatkit', '2026-01-01 00:00:00')"))
            connection.execute(
                text(
                    "INSERT INTO pages (id, source_id, path, url, title, content_hash, language, indexed_at) "
                    "VALUES (1, 1, 'a', '/a', 'Haus', '', 'de', '2026-01-01 00:00:00')"
                )
            )
            connection.execute(
                text(
                    "INSERT INTO passages (id, stable_id, page_id, position, anchor, heading, body, word_count) "
                    "VALUES (1, 'a', 1, 0, '', 'Haus', 'Die Häuser haben Lampen.', 4)"
                )
            )
            connection.execute(text("UPDATE corpus SET passages = 1, mean_words = 4"))
            connection.commit()
        flask_migrate.upgrade()
        assert [hit.url for hit in retrieval.search("Welches Haus hat eine Lampe?", 5)] == ["/a"]
        db.session.execute(delete(Page))
        search_index.refresh()
        db.session.commit()
        assert retrieval.search("Welches Haus hat eine Lampe?", 5) == []


def test_what_was_indexed_before_scopes_has_the_site_and_the_versions_of_its_addresses(bare: Flask) -> None:
    when = "'2026-01-01 00:00:00'"
    with bare.app_context():
        flask_migrate.upgrade(revision="0017")
        with db.engine.connect() as connection:
            host = "https://docs.example.com"
            columns = "(id, name, base_url, generator, indexed_at)"
            source = f"INSERT INTO sources {columns} VALUES (1, 'a', '{host}/x/', 'chatkit', {when})"
            connection.execute(text(source))
            for number, place in enumerate(("a", "b", "1.0/a", "1.0/b"), 1):
                connection.execute(
                    text(
                        "INSERT INTO pages (id, source_id, path, url, title, content_hash, language, indexed_at) "
                        f"VALUES ({number}, 1, '{place}.md', '{host}/x/{place}', 'A', '', 'de', {when})"
                    )
                )
                connection.execute(
                    text(
                        "INSERT INTO passages (id, stable_id, page_id, position, anchor, heading, body, term_count) "
                        f"VALUES ({number}, '{number}', {number}, 0, '', 'A', 'a', 2)"
                    )
                )
            connection.commit()
        flask_migrate.upgrade()
        assert db.session.scalars(select(Source.site)).all() == ["docs.example.com"]
        joined = select(Page.order_key, ScopeRow.version, ScopeRow.language, ScopeRow.pages, ScopeRow.is_current)
        joined = joined.select_from(PassageRow).join(Page).join(ScopeRow, ScopeRow.id == PassageRow.scope_id)
        assert [tuple(row) for row in db.session.execute(joined.order_by(Page.id))] == [
            ("a.md", "", "de", 2, True),
            ("b.md", "", "de", 2, True),
            ("1.0/a.md", "1.0", "de", 2, False),
            ("1.0/b.md", "1.0", "de", 2, False),
        ]


def _step(go: Callable[..., object], revision: str, before: Rows, rewritten: Collection[str] = ()) -> Rows:
    """Go to a revision; return its rows, which are those of ``before``."""
    go(revision=revision)
    after = _rows()
    assert filling.lost(before, after, rewritten) == [], revision
    assert filling.lost(after, before, rewritten) == [], revision
    return after


def _rows() -> Rows:
    """Return every row, and make sure that none points to one that is not there."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        return filling.rows(connection)


def test_there_is_one_way_up() -> None:
    assert len(SCRIPTS.get_heads()) == 1


def test_models_and_migrations_agree(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        names = app.extensions["migrate"].configure_args

        def include(name: str | None, kind: str, parents: Any) -> bool:
            return "passages_fts" not in (name or "") and "tsv" not in (name or "")

        options = {"compare_type": True, "include_name": include, **names}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, db.metadata) == []


def test_flask_db_check_finds_nothing_to_do(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["db", "check"])
    assert result.exit_code == 0, result.output


def test_the_tables_keep_the_contracts_names(app: Flask) -> None:
    with app.app_context():
        assert set(inspect(db.engine).get_table_names()) >= TABLES


def test_every_constraint_has_a_name_of_the_convention(app: Flask) -> None:
    with app.app_context():
        found = inspect(db.engine)
        for table in db.metadata.tables:
            # SQLite writes AUTOINCREMENT only into a column, where a name cannot stand.
            key = found.get_pk_constraint(table)["name"]
            assert key == f"pk_{table}" or (table in COUNTED and db.engine.dialect.name == "sqlite")
            for kind, constraints in (
                ("fk", found.get_foreign_keys(table)),
                ("uq", found.get_unique_constraints(table)),
                ("ck", found.get_check_constraints(table)),
            ):
                assert all(re.match(f"{kind}_{table}_", str(constraint["name"])) for constraint in constraints)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO users (email, tier, created_at) VALUES ('a@example.com', 'royal', '2026-01-01')",
        "INSERT INTO messages (role, content, sources, created_at) VALUES ('user', 'a', '[]', '2026-01-01')",
        "INSERT INTO saved_chats (user_id, title, messages, saved_at) VALUES (99, 'a', '[]', '2026-01-01')",
        "INSERT INTO outbox (recipient, template, context, state, attempts, due_at, last_error, created_at) "
        "VALUES ('a@example.com', 'signin', '{}', 'lost', 0, '2026-01-01', '', '2026-01-01')",
    ],
)
def test_the_database_itself_refuses_what_makes_no_sense(app: Flask, statement: str) -> None:
    with app.app_context(), pytest.raises(IntegrityError):
        db.session.execute(text(statement))


def test_times_come_back_in_utc(app: Flask) -> None:
    factories.person(app)
    with app.app_context():
        users = db.metadata.tables["users"]
        created = db.session.scalar(select(users.c.created_at))
    assert created is not None
    assert str(created.tzinfo) == "UTC"


def test_sqlite_is_made_durable_and_strict(sqlite_url: str) -> None:
    app = create_app({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": sqlite_url})
    with app.app_context():
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = {name: db.session.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas}
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
