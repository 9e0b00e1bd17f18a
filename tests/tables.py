"""Reads every table that is in a database, also those no model and no test knows of yet."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import MetaData, Table, select

from chatkit.database.orm import db

Row = dict[str, Any]


@dataclass(frozen=True)
class Dump:
    """Every table with its rows, parents before their children."""

    tables: dict[str, tuple[Table, list[Row]]]

    @property
    def text(self) -> str:
        return repr({name: rows for name, (_, rows) in self.tables.items()})

    def about(self, table: str, row_id: Any, traces: set[str]) -> dict[str, int]:
        """Return how many rows of each table belong to one of ``table`` or hold one of ``traces``.

        A row belongs to the rows its foreign keys name.
        """
        found: dict[str, list[Row]] = {}
        for name, (described, rows) in self.tables.items():
            parents = {
                (key.parent.name, key.column.name): found.get(key.column.table.name, [])
                for key in described.foreign_keys
            }
            found[name] = [
                row
                for row in rows
                if (name == table and row["id"] == row_id)
                or any(trace in repr(row) for trace in traces)
                or any(row[own] == owner[theirs] for (own, theirs), owners in parents.items() for owner in owners)
            ]
        return {name: len(rows) for name, rows in found.items()}


def dump(app: Flask) -> Dump:
    """Return what is in the database now."""
    with app.app_context():
        metadata = MetaData()
        metadata.reflect(db.engine)
        with db.engine.connect() as connection:
            return Dump(
                {
                    table.name: (table, [dict(row) for row in connection.execute(select(table)).mappings()])
                    for table in metadata.sorted_tables
                }
            )
