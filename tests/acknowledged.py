"""What a server under load acknowledged, to be compared with what its database holds in the end."""

import http.client
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from tests import factories
from tests.factories import API, Person
from tests.servers import Gunicorn, Reply

Write = Callable[[Gunicorn, Person], Reply]


class Acknowledged:
    """Saves, sign-ups and questions that were answered with 200, and answers that should not have been given."""

    def __init__(self) -> None:
        self.chats: set[str] = set()
        self.addresses: set[str] = set()
        self.questions: set[str] = set()
        self.unexpected: list[str] = []

    def __len__(self) -> int:
        return len(self.chats) + len(self.addresses) + len(self.questions)

    @contextmanager
    def kept(self, server: Gunicorn, who: Person, writers: int = 6) -> Iterator[None]:
        """Let writers work and keep the acknowledged for the length of a block."""
        ended = threading.Event()
        work = (self._save, self._sign_up, self._ask)
        threads = [
            threading.Thread(target=self._write, args=(work[place % len(work)], server, who, ended), daemon=True)
            for place in range(writers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    def missing(self, url: str) -> set[str]:
        """Return what was acknowledged and is not in the database."""
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:

            def held(column: str, table: str) -> set[str]:
                return {str(value) for value in connection.execute(text(f"SELECT {column} FROM {table}")).scalars()}

            asked, mailed = held("email", "verification_tokens"), held("recipient", "outbox")
            gone = self.chats - held("id", "saved_chats") | self.addresses - (asked & mailed)
            gone |= self.questions - held("content", "messages")
        engine.dispose()
        return gone

    def _write(self, write: Write, server: Gunicorn, who: Person, ended: threading.Event) -> None:
        while not ended.is_set():
            try:
                reply = write(server, who)
            except (OSError, http.client.HTTPException):
                # The server is gone for now; what it did not answer it did not acknowledge.
                ended.wait(0.02)
                continue
            if reply.status not in {200, 503}:
                self.unexpected.append(f"{reply.status} {reply.body[:200]!r}")

    def _save(self, server: Gunicorn, who: Person) -> Reply:
        reply = server.request(f"{API}/chat/save", "POST", factories.chat(), headers=who.headers)
        if reply.status == 200:
            self.chats.add(reply.json["chat_id"])
        return reply

    def _sign_up(self, server: Gunicorn, who: Person) -> Reply:
        address = f"{uuid.uuid4().hex}@example.com"
        body = {"email": address, "consent_data_storage": True}
        reply = server.request(f"{API}/auth/signup", "POST", body)
        if reply.status == 200:
            self.addresses.add(address)
        return reply

    def _ask(self, server: Gunicorn, who: Person) -> Reply:
        question = f"How do I install it on {uuid.uuid4().hex}?"
        reply = server.request(f"{API}/chat", "POST", factories.question(question))
        if reply.status == 200:
            self.questions.add(question)
        return reply
