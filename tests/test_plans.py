"""However many rows a table holds, what the calls look for is found by an index."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Table, UniqueConstraint

from chatkit.config import RATE_LIMITS
from chatkit.database.orm import db
from chatkit.ratelimit import bans
from tests import calls, factories
from tests.bulk_rows import insert_bulk
from tests.calls import CALLS, GROWING, STEADY
from tests.factories import API, MakeApp
from tests.plans import scanned
from tests.sql_log import log_sql


def test_every_table_is_known_to_grow_or_not_to(plain_app: Flask) -> None:
    assert set(db.metadata.tables) == GROWING | STEADY
    assert not GROWING & STEADY


def test_every_call_of_the_api_is_among_those_made(plain_app: Flask) -> None:
    rules = [rule for rule in plain_app.url_map.iter_rules() if rule.rule.startswith(API)]
    assert {rule.endpoint for rule in rules} == {call.endpoint for call in CALLS}


def test_what_points_to_another_table_is_found_by_an_index(plain_app: Flask) -> None:
    """Deleting an account looks for its rows in every table that points to it."""
    for table in db.metadata.tables.values():
        first = {next(iter(index.columns)) for index in table.indexes} | {next(iter(table.primary_key))}
        assert {key.parent for key in table.foreign_keys} <= first | _unique(table), table.name


def _unique(table: Table) -> set[Column[Any]]:
    return {next(iter(key.columns)) for key in table.constraints if isinstance(key, UniqueConstraint)}


def test_no_call_reads_a_whole_table_that_grows(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each process reads all bans that hold once in some seconds: no call does, but for the one that comes then.
    monkeypatch.setattr(bans, "REFRESH_SECONDS", 10**9)
    app = make_app(**{f"RATE_LIMIT_{name}": 10**9 for name in RATE_LIMITS})
    factories.index(app, tmp_path / "pages")
    insert_bulk(app, 1, 3_000)
    visits = [calls.visit(app) for _ in CALLS]
    # In a thread, where each request has a context of its own.
    with log_sql(app) as log, ThreadPoolExecutor(1) as thread:
        for call, visit in zip(CALLS, visits, strict=True):
            thread.submit(call.make, visit).result()
    statements = {words for words in log if re.match("SELECT|INSERT|UPDATE|DELETE|WITH", words)}
    assert len(statements) > len(CALLS)
    growing = re.compile(rf"\b({'|'.join(GROWING)})\b")
    with app.app_context(), db.engine.connect() as connection:
        for statement in statements:
            assert [scan for scan in scanned(connection, _typed(statement), generic=True) if growing.search(scan)] == []


def _typed(statement: str) -> str:
    """Say of what is taken from a time that it is a span, which the driver says beside the statement."""
    return re.sub(r"(timestamp\(\) [+-] \$\d+)(?!\d|::)", r"\1::interval", statement)
