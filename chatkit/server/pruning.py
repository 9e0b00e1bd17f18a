"""Deleting what is past its time, in batches, so that nobody who writes waits long."""

import time
from collections.abc import Callable, Sequence

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from chatkit.database.orm import db

BATCH = 500

# Takes how many rows to delete at most and returns how many it deleted; the caller commits.
Pruner = Callable[[int], int]


def init_app(app: Flask, pruners: Sequence[Pruner]) -> None:
    """Hand over what deletes each kind of data."""
    app.extensions["chatkit_pruners"] = pruners


def prune_batch() -> int:
    """Delete one batch of every kind of data that is past its time; return how many rows.

    Each batch is a transaction of its own, and half of the time belongs to whoever waits to write.
    An error of one kind keeps no other from its turn; the last one is raised at the end.
    """
    total, failure = 0, None
    for prune in current_app.extensions["chatkit_pruners"]:
        began = time.monotonic()
        try:
            total += prune(BATCH)
            db.session.commit()
        except SQLAlchemyError as error:
            db.session.rollback()
            failure = error
        time.sleep(time.monotonic() - began)
    if failure is not None:
        raise failure
    return total


def prune_all() -> int:
    """Delete everything that is past its time; return how many rows."""
    total = 0
    while deleted := prune_batch():
        total += deleted
    return total
