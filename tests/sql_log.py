"""What an application says to its database, heard at the driver and not at SQLAlchemy."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from chatkit.database.orm import db

# What libpq writes of a query that goes to the server: its words, then the types of what it is given.
SENT = re.compile(r'\tF\t\d+\t(?:Query\t |Parse\t "" )"(.*?)"[ \d]*\n\d{4}-', re.S)
CONTROL = ("PRAGMA", "BEGIN", "ROLLBACK")


@contextmanager
def log_sql(app: Flask, switches: bool = False) -> Iterator[list[str]]:
    """Yield the list of statements; it is complete when the block ends.

    Switches and the marks of transactions, but for COMMIT, are left out unless asked for.
    """
    heard: list[str] = []
    with tempfile.TemporaryDirectory() as folder, app.app_context():
        files: list[Path] = []

        def listen(connection: Any, record: object) -> None:
            if app.config["CHATKIT"].on_sqlite:
                connection.set_trace_callback(heard.append)
                return
            # Traced to a file per connection, and never prepared, so that each query is seen whole.
            files.append(Path(folder) / str(len(files)))
            connection.prepare_threshold = None
            connection.pgconn.trace(os.open(files[-1], os.O_CREAT | os.O_WRONLY))

        engine = db.engine
        engine.dispose()
        event.listen(engine, "connect", listen)
        yield heard
        event.remove(engine, "connect", listen)
        engine.dispose()
        for file in files:
            heard += SENT.findall(file.read_text())
    if not switches:
        heard[:] = [said for said in heard if not said.startswith(CONTROL)]
