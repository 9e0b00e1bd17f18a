"""A load generator that costs little: prepared requests over connections that are kept open."""

import socket
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """One request, repeated."""

    name: str
    method: str
    path: str
    token: str | None = None
    body: bytes = b""

    def bytes(self, host: str) -> bytes:
        """Return the request as it goes over the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body


def requests_per_second(port: int, load: Load, connections: int, seconds: float) -> float:
    """Return the rate at which ``load`` is answered; raises when an answer is not 200."""
    counts = [0] * connections
    failures: list[str] = []
    deadline = time.perf_counter() + seconds

    def work(worker: int) -> None:
        try:
            while time.perf_counter() < deadline and not failures:
                counts[worker] += _burst(port, load, deadline)
        except (OSError, RuntimeError) as error:
            failures.append(str(error))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{load.name}: {failures[0]}")
    return sum(counts) / (time.perf_counter() - began)


def latencies_beside(port: int, load: Load, connections: int, probe: Load, seconds: float) -> list[float]:
    """Return how long ``probe`` took each time, in seconds, while ``load`` ran over so many connections."""
    busy = threading.Thread(target=requests_per_second, args=(port, load, connections, seconds))
    busy.start()
    taken = []
    while busy.is_alive():
        began = time.perf_counter()
        _once(port, probe)
        taken.append(time.perf_counter() - began)
    return taken


def _once(port: int, load: Load) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(load.bytes(f"127.0.0.1:{port}"))
        answer = connection.recv(65536)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:400].decode(errors="replace"))


def _burst(port: int, load: Load, deadline: float) -> int:
    """Send until the deadline or until the server closes the connection; return how many were answered."""
    request, answered = load.bytes(f"127.0.0.1:{port}"), 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < deadline:
            connection.sendall(request)
            answer = connection.recv(65536)
            if not answer:
                return answered
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(answer[:400].decode(errors="replace"))
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65536)
            answered += 1
            if b"connection: close" in head.lower():
                return answered
    return answered
