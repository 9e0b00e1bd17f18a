"""`flask doctor --test`: the database, the mail server and the model, used once as the server would use them."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from chatkit.config import Settings
from chatkit.errors import RetryLater, database_problem
from chatkit.llm.client import Budgets, Client, RequestFailed, Usage
from chatkit.mail import smtp
from chatkit.mail.smtp import MailRejected, MailServer, Timeouts
from chatkit.paths import MIGRATIONS

CONNECT_SECONDS = 5
MAIL_TIMEOUTS = Timeouts(command=10, data=30, total=40)
QUESTION = "Answer with the one word: yes"


Verdict = Literal["ok", "failed", "not set"]


@dataclass(frozen=True)
class Result:
    """How a trial went: in how long, and in a sentence what was found and what to do."""

    name: str
    verdict: Verdict
    seconds: float
    sentence: str


class _Failed(Exception):
    """A trial that failed; its text says why, and the remedy."""


class _NotSet(Exception):
    """There is nothing to try; its text says what would have to be set."""


def run(name: str, settings: Settings, send_to: str | None = None) -> Result:
    """Try one thing out; ``send_to`` gets a mail."""
    began = time.perf_counter()
    verdict: Verdict
    try:
        verdict, sentence = "ok", TRIALS[name](settings, send_to)
    except _Failed as error:
        verdict, sentence = "failed", str(error)
    except _NotSet as error:
        verdict, sentence = "not set", str(error)
    return Result(name, verdict, time.perf_counter() - began, sentence)


def _try_database(settings: Settings, send_to: str | None) -> str:
    sqlite = settings.on_sqlite
    if sqlite and not Path(settings.database_url.removeprefix("sqlite:///")).exists():
        raise _Failed("The file of DATABASE_URL is not there. Run `flask db upgrade`, or start with `flask serve`.")
    waiting = {"timeout": CONNECT_SECONDS} if sqlite else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(settings.database_url, connect_args=waiting, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if sqlite:
                # Takes the lock of whoever writes, which a file that may only be read has not.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise _Failed("The database of DATABASE_URL can only be read. Name the server that is written to.")
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError as error:
        raise _Failed(database_problem(error)) from None
    finally:
        engine.dispose()
    scripts = ScriptDirectory(str(MIGRATIONS))
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise _Failed("The tables are of a newer ChatKit than this one. Install that version, or restore a backup.")
    if revision != scripts.get_current_head():
        raise _Failed("The tables are of an earlier ChatKit. Run `flask db upgrade`, or start with `flask serve`.")
    return f"{'SQLite' if sqlite else 'PostgreSQL'} can be read and written, and its tables are this version's."


def _try_mail(settings: Settings, send_to: str | None) -> str:
    if settings.smtp_host is None:
        raise _NotSet("SMTP_HOST is not set, so mail waits in the outbox.")
    server = replace(MailServer.configured(settings), timeouts=MAIL_TIMEOUTS)
    try:
        if send_to is None:
            smtp.check(server)
            signed_in = ", and takes SMTP_USER with its password" if server.user else ""
            return f"{server} answers{signed_in}. Send a mail with --send-to."
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = settings.from_email, send_to, "ChatKit can send mail"
        mail.set_content(f"This mail was asked for by `doctor --test mail` of {settings.base_url}.")
        smtp.send(mail, server)
    except (RetryLater, MailRejected) as error:
        raise _Failed(f"{error} The settings are SMTP_HOST, SMTP_PORT, SMTP_USER and SMTP_PASSWORD.") from None
    return f"{server} took a mail to {send_to}. Look whether it arrives, and not among the unwanted."


def _try_model(settings: Settings, send_to: str | None) -> str:
    if settings.llm_model is None:
        raise _NotSet("LLM_MODEL is not set, so answers are made of the pages' own sentences.")
    usage, began = Usage(), time.perf_counter()

    async def ask() -> float:
        client, first = Client(settings, Budgets.of(settings)), 0.0
        started_at = asyncio.get_running_loop().time()
        async with aclosing(client.stream([{"role": "user", "content": QUESTION}], usage, started_at)) as pieces:
            async for _ in pieces:
                first = first or time.perf_counter() - began
        return first

    try:
        first = asyncio.run(ask())
    except RequestFailed as failure:
        raise _Failed(_model_problem(failure, settings)) from None
    counted = "about " if usage.estimated else ""
    return f"{settings.llm_model} began to answer after {first:.2f} s and took {counted}{usage.total} tokens."


def _model_problem(failure: RequestFailed, settings: Settings) -> str:
    at = f"The model server at {settings.openai_base_url}"
    if failure.status in {401, 403}:
        return f"{at} refuses OPENAI_API_KEY ({failure.status}). Use the key that server gave you."
    if failure.status == 404:
        return (
            f"{at} does not know {settings.llm_model} (404). Correct LLM_MODEL, or OPENAI_BASE_URL up to its version."
        )
    if failure.status == 429:
        return f"{at} refuses for now (429): too many requests, or no credit. Look at your account there."
    if failure.status is not None:
        return f"{at} answered {failure.status}. Its log says why."
    if failure.reason == "no_first_byte":
        seconds = settings.llm_first_byte_seconds
        return f"{at} did not begin within {seconds} s. Raise LLM_FIRST_BYTE_SECONDS, or use a quicker model."
    if failure.reason == "failed":
        return f"{at} gives no answer ({failure.error or 'empty'}). Start it, or correct OPENAI_BASE_URL."
    return (
        f"{at} began an answer and did not end it well ({failure.reason}). See LLM_IDLE_SECONDS and LLM_TOTAL_SECONDS."
    )


TRIALS: dict[str, Callable[[Settings, str | None], str]] = {
    "database": _try_database,
    "mail": _try_mail,
    "model": _try_model,
}
