"""PostgreSQL's own programs: `pg_dump` reads as of one moment, `pg_restore` writes what `psql` runs."""

import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import click
from sqlalchemy import URL, make_url

from chatkit import config

NAME = "PostgreSQL"
HEADER = b"PGDMP"
REVISION = re.compile(rb"^COPY [^\n]*alembic_version [^\n]*;\n(\w+)$", re.MULTILINE)
# Also what a later version of ChatKit made: left there, it would be in the way of the next upgrade.
DROP_TABLES = b"""SET LOCAL lock_timeout = '10s';
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE %I CASCADE', name);
  END LOOP;
END $$;
"""


def write(file: Path) -> None:
    """Dump the database into a file, in the custom format and without its owner."""
    url, env = _connection()
    _run(env, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", f"--dbname={url}")


def revision(file: Path) -> str | None:
    """Return the revision of the tables in a backup, None when there are none of ChatKit."""
    data = _run({}, "pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    found = REVISION.search(data)
    return found[1].decode() if found else None


def restore(file: Path) -> None:
    """Run a dump in one transaction that drops every table first.

    Only when all of the dump was read is the commit sent: a dump that breaks off changes nothing.
    """
    url, env = _connection()
    with tempfile.TemporaryFile() as stderr:
        read = ("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file))
        source = _start({}, *read, stdin=None, stdout=subprocess.PIPE, stderr=stderr)
        run = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}")
        target = _start(env, *run, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr)
        with source, target:
            out, into = cast(IO[bytes], source.stdout), cast(IO[bytes], target.stdin)
            # The pipe breaks when psql ends at an error, which it tells.
            with suppress(BrokenPipeError):
                into.write(b"BEGIN;\n" + DROP_TABLES)
                shutil.copyfileobj(out, into)
                if source.wait() == 0:
                    into.write(b"COMMIT;\nANALYZE;\n")
                into.close()
        if source.returncode or target.returncode:
            raise _failure("psql" if target.returncode else "pg_restore", stderr)


def _run(env: dict[str, str], *command: str) -> bytes:
    """Run a program to its end; return what it wrote."""
    with tempfile.TemporaryFile() as stderr:
        with _start(env, *command, stdin=None, stdout=subprocess.PIPE, stderr=stderr) as process:
            written, _ = process.communicate()
        if process.returncode:
            raise _failure(command[0], stderr)
        return written


def _start(
    env: dict[str, str], name: str, *arguments: str, stdin: int | None, stdout: int, stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    path = shutil.which(name)
    if path is None:
        remedy = (
            "Install PostgreSQL's client programs, not older than the server; on Debian: apt install postgresql-client"
        )
        raise click.ClickException(f"{name} is not in the PATH. {remedy}")
    return subprocess.Popen([path, *arguments], stdin=stdin, stdout=stdout, stderr=stderr, env=config.environment(env))


def _failure(name: str, stderr: IO[bytes]) -> click.ClickException:
    stderr.seek(0)
    return click.ClickException(f"{name} failed, and nothing was changed:\n{stderr.read().decode().strip()}")


def _connection() -> tuple[str, dict[str, str]]:
    """Return the URL without its password, which the list of processes would show, and the environment with it."""
    url = make_url(config.settings().database_url)
    without = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    env = {"PGPASSWORD": str(url.password)} if url.password is not None else {}
    return without.render_as_string(hide_password=False), env
