"""Reading an answer while it is written: in this process, in another one, or complete."""

import time
from typing import Protocol

from flask import Flask

from chatkit.chat import transcripts
from chatkit.chat.reply import Reply
from chatkit.database.orm import db
from chatkit.errors import NotFound

READ_INTERVAL_SECONDS = 0.25
WAIT_SECONDS = 15.0


class AnswerReader(Protocol):
    """An answer that may still be running."""

    def poll(self, seen: int, timeout_seconds: float) -> Reply:
        """Return the answer once it has more than ``seen`` characters or has ended; as it is after the timeout."""
        ...


def wait(reader: AnswerReader) -> Reply:
    """Wait for the end of an answer and return it."""
    reply = reader.poll(0, 0)
    while reply.running:
        reply = reader.poll(len(reply.answer), WAIT_SECONDS)
    return reply


class Completed:
    """An answer that has ended."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def poll(self, seen: int, timeout_seconds: float) -> Reply:
        return self._reply


class Remote:
    """An answer that another process writes, read from the transcript.

    When that process sends no heartbeat for ``dead_seconds``, it is taken for dead, and the answer
    ends with what the pages themselves say. The model is not asked again.
    """

    def __init__(self, app: Flask, message_id: str, dead_seconds: float) -> None:
        self._app = app
        self._message_id = message_id
        self._dead_seconds = dead_seconds
        self._heartbeats = -1
        self._alive_at = self._read_at = 0.0

    def poll(self, seen: int, timeout_seconds: float) -> Reply:
        until = time.monotonic() + timeout_seconds
        while True:
            time.sleep(max(0.0, self._read_at + READ_INTERVAL_SECONDS - time.monotonic()))
            reply = self._read(seen > 0)
            if not reply.running or len(reply.answer) > seen or self._read_at >= until:
                return reply

    def _read(self, begun: bool) -> Reply:
        with self._app.app_context():
            message = transcripts.find(self._message_id)
            if message is None:
                raise NotFound("There is no such answer.")
            self._read_at = time.monotonic()
            if message.beats != self._heartbeats:
                self._heartbeats, self._alive_at = message.beats, self._read_at
            elif message.state == "running" and self._read_at - self._alive_at >= self._dead_seconds:
                transcripts.finish_abandoned(message, begun)
                db.session.commit()
                db.session.refresh(message)
            return transcripts.to_reply(message)
