"""A reader of a stream, event by event, over a real connection it can drop."""

import http.client
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.factories import Event


class SseClient:
    """A stream that was asked for; iterating yields its events until it ends."""

    def __init__(self, url: str, body: Any, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=90)
        sent = {"Content-Type": "application/json", **(headers or {})}
        self._connection.request("POST", parts.path, json.dumps(body).encode(), sent)
        self.response = self._connection.getresponse()
        self.text = ""

    def __enter__(self) -> "SseClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()

    def __iter__(self) -> "SseClient":
        return self

    def __next__(self) -> Event:
        fields: dict[str, str] = {}
        for raw in self.response:
            line = raw.decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                event = Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
                self.text += event.data.get("content", "")
                return event
        raise StopIteration

    def drop(self) -> None:
        """Go away, in the middle or after the end."""
        self.response.close()
        self._connection.close()
