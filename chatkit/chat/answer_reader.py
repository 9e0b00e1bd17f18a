"""Reading along with an answer, wherever it is written."""

import time
from typing import Protocol

from flask import Flask

from chatkit.chat import transcripts
from chatkit.chat.reply import Reply
from chatkit.database.orm import db
from chatkit.errors import NotFound

POLL_SECONDS = 0.25
# A writer that lives marks its answer every second.
DEAD_SECONDS = 5.0
PATIENCE_SECONDS = 15.0


class Following(Protocol):
    """An answer that may still be growing."""

    def after(self, seen: int, seconds: float) -> Reply:
        """Return the answer once it has more than ``seen`` characters or has ended, or after ``seconds`` as it is."""
        ...


def whole(following: Following) -> Reply:
    """Wait for the end of an answer and return it."""
    reply = following.after(0, 0)
    while reply.running:
        reply = following.after(len(reply.answer), PATIENCE_SECONDS)
    return reply


class Finished:
    """An answer that is complete."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def after(self, seen: int, seconds: float) -> Reply:
        return self._reply


class Elsewhere:
    """An answer that another process writes, read from the transcript.

    When that process shows no life for five seconds, it is taken for dead, and the answer ends
    with what the pages themselves say. The model is not asked again.
    """

    def __init__(self, app: Flask, message_id: str) -> None:
        self._app = app
        self._message_id = message_id
        self._beats = -1
        self._alive_at = self._read_at = 0.0

    def after(self, seen: int, seconds: float) -> Reply:
        until = time.monotonic() + seconds
        while True:
            time.sleep(max(0.0, self._read_at + POLL_SECONDS - time.monotonic()))
            reply = self._read(seen > 0)
            if not reply.running or len(reply.answer) > seen or self._read_at >= until:
                return reply

    def _read(self, begun: bool) -> Reply:
        with self._app.app_context():
            message = transcripts.find(self._message_id)
            if message is None:
                raise NotFound("There is no such answer.")
            self._read_at = time.monotonic()
            if message.beats != self._beats:
                self._beats, self._alive_at = message.beats, self._read_at
            elif message.state == "running" and self._read_at - self._alive_at >= DEAD_SECONDS:
                transcripts.take_over(message, begun)
                db.session.commit()
                db.session.refresh(message)
            return transcripts.kept(message)
