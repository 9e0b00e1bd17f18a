"""Backups that only the holder of a key can read, in the format of age (https://age-encryption.org/v1).

The server knows the recipient alone, which encrypts; the identity, which decrypts, is kept elsewhere. The library is
imported where it is used. It moves bytes between two files, so it runs in a thread at the other end of a pipe.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from chatkit.errors import BackupError

HEADER = b"age-encryption.org/"
DAMAGED = "The backup cannot be decrypted ({reason}): it is damaged, or the key is not that of this backup."
INSTALL = "Run: pip install 'chatkit[encryption]'"


def make_identity(file: Path) -> str:
    """Write a new identity into a new file that its owner alone can read; return the recipient."""
    identity = _library().x25519.Identity.generate()
    recipient = str(identity.to_public())
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise BackupError(f"{file} cannot be made: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as opened:
        opened.write(f"# public key: {recipient}\n{identity}\n")
    return recipient


@contextmanager
def encrypting(file: BinaryIO, recipient: str) -> Iterator[BinaryIO]:
    """Lend a file to write to, of which all comes encrypted into ``file``."""
    library = _library()
    to = library.x25519.Recipient.from_str(recipient)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as plain:
        thread = _Thread(
            lambda: library.encrypt_io(plain, file, [to]), plain, "The backup cannot be written: {reason}."
        )
        with thread, os.fdopen(writing, "wb") as into:
            yield into


@contextmanager
def decrypting(file: BinaryIO, identity: Path) -> Iterator[BinaryIO]:
    """Lend a file to read from what ``file`` holds encrypted. Raises ``BackupError`` at a wrong key or damage."""
    library, key = _library(), _read_identity(identity)
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as plain:
        thread = _Thread(lambda: library.decrypt_io(file, plain, [key]), plain, DAMAGED)
        with thread, os.fdopen(reading, "rb") as out:
            yield out


class _Thread:
    """Runs the library beside a block, closes its end of the pipe, and raises what went wrong when the block ends.

    That comes first where the block failed, too: it failed because the pipe ended. ``sentence`` says what went wrong.
    """

    def __init__(self, run: Callable[[], object], end: BinaryIO, sentence: str) -> None:
        self._run, self._end, self._sentence = run, end, sentence
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="encryption", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._thread.join()
        # Whoever reads no further ends the pipe, and knows why.
        if self._error is not None and not isinstance(self._error, BrokenPipeError):
            raise BackupError(self._sentence.format(reason=self._error)) from None

    def _work(self) -> None:
        try:
            self._run()
        except Exception as error:  # Raised in the other thread.
            self._error = error
        finally:
            with suppress(OSError):
                self._end.close()


def _read_identity(file: Path) -> Any:
    try:
        lines = file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"The key file {file} cannot be read: {error}.") from None
    library = _library()
    for line in lines:
        if line.startswith("AGE-SECRET-KEY-"):
            with suppress(library.IdentityError):
                return library.x25519.Identity.from_str(line)
    raise BackupError(f"The key file {file} holds no identity, a line that begins with AGE-SECRET-KEY-1.")


def _library() -> Any:
    try:
        import pyrage
    except ModuleNotFoundError:
        raise BackupError(f"Encrypted backups need the extra `encryption`, not installed here. {INSTALL}") from None
    return pyrage
