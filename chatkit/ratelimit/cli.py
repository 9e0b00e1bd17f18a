"""`flask limits`: the policy table, what is counted under a key, a way to begin again, and who is shut out."""

import math
import re
from collections.abc import Callable
from datetime import timedelta

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import DataError, IntegrityError

from chatkit.audit import service as audit
from chatkit.audit.service import AuditAction
from chatkit.config import settings
from chatkit.database.command import DatabaseGroup
from chatkit.database.orm import db
from chatkit.errors import duration_text
from chatkit.ratelimit import bans, limiter, targets
from chatkit.ratelimit.policies import ANONYMOUS, EVERYONE, IN_OWNERS_ROOM, POLICIES, SIGNED_IN, Policy

MINUTE = "%Y-%m-%d %H:%M UTC"
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
TIER_NAMES = {EVERYONE: "everybody", ANONYMOUS: "anonymous", SIGNED_IN: "signed in", IN_OWNERS_ROOM: "owners"}


def init_app(app: Flask, find_account: Callable[[str], int | None]) -> None:
    """Add the commands; ``find_account`` returns the id of the account with an e-mail address in lower case."""
    app.extensions["chatkit_find_account"] = find_account
    app.cli.add_command(limits_commands)


def _parse_lasting(context: click.Context, parameter: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4})([dhm])", text)
    if found is None:
        raise click.BadParameter(f"{text} is no time such as 30m, 12h or 7d.")
    return int(found[1]) * UNITS[found[2]]


@click.group("limits", cls=DatabaseGroup, invoke_without_command=True)
@click.pass_context
@with_appcontext
def limits_commands(context: click.Context) -> None:
    """The limits: print them, see and reset what is counted, or shut somebody out.

    KEY is an e-mail address, a network address, the id of an anonymous session, or a key as `show`
    prints it, such as site.
    """
    if context.invoked_subcommand is None:
        rows = [_row(policy) for policy in POLICIES]
        _print([("action", "counted by", "for", "limit", "window", "counter", "setting"), *rows])


@limits_commands.command()
@click.argument("key")
def show(key: str) -> None:
    """Show what is counted under KEY."""
    windows = [window for window in limiter.list_windows(_identifiers(key)) if window.seconds_left > 0]
    if not windows:
        click.echo(f"Nothing is counted under {key} now.")
        return
    rows = [
        (
            window.identifier,
            window.action,
            str(window.hits),
            _limits(window),
            duration_text(math.ceil(window.seconds_left)),
        )
        for window in windows
    ]
    _print([("key", "counter", "counted", "limit", "ends in"), *rows])


@limits_commands.command()
@click.argument("key")
def reset(key: str) -> None:
    """Forget what is counted under KEY, so that its limits begin again."""
    gone = limiter.clear(_identifiers(key))
    audit.record(AuditAction.LIMITS_RESET, "windows", count=gone)
    db.session.commit()
    click.echo(f"Windows forgotten: {gone}.")


@limits_commands.command()
@click.argument("who")
@click.option("--for", "lasting", callback=_parse_lasting, help="How long, such as 30m, 12h or 7d; else for ever.")
def ban(who: str, lasting: timedelta | None) -> None:
    """Shut WHO out: an address, a network such as 192.0.2.0/24, or the account of an e-mail address.

    Every server knows it within five seconds.
    """
    whom = _whom(who)
    try:
        row = bans.ban(whom, lasting)
    except (IntegrityError, DataError):
        raise click.ClickException(f"No account has the number of {who}. `flask accounts list` lists them.") from None
    audit.record(
        AuditAction.BANNED, f"ban {row.id}", account_id=row.account_id, seconds=lasting and lasting.total_seconds()
    )
    db.session.commit()
    bans.forget()
    ends = "for ever" if row.until is None else f"until {row.until:{MINUTE}}"
    shown = who if isinstance(whom, int) else str(whom)
    click.echo(f"{shown} is shut out {ends}, as ban {row.id}.")


@limits_commands.command()
@click.argument("who")
def unban(who: str) -> None:
    """Let WHO in again: an address, a network as `bans` prints it, or an e-mail address."""
    whom = _whom(who)
    ended = bans.remove(whom)
    if not ended:
        raise click.ClickException(f"{who} is not shut out. `flask limits bans` lists who is.")
    for number in ended:
        audit.record(AuditAction.UNBANNED, f"ban {number}", account_id=whom if isinstance(whom, int) else None)
    db.session.commit()
    bans.forget()
    click.echo(f"{who} is let in again.")


@limits_commands.command("bans")
def print_bans() -> None:
    """Print who is shut out, since when and until when."""
    rows = [
        (str(row.id), row.key, f"{row.created_at:{MINUTE}}", f"{row.until:{MINUTE}}" if row.until else "for ever")
        for row in bans.list_bans()
    ]
    if not rows:
        click.echo("Nobody is shut out.")
        return
    _print([("ban", "who", "since", "until"), *rows])


def _whom(given: str) -> bans.Network | int:
    """Return the network or the account that an operator means."""
    try:
        return targets.find_network_or_account(given)
    except targets.UnknownAccount as error:
        raise click.ClickException(str(error)) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="WHO") from None


def _identifiers(given: str) -> list[str]:
    """Return the identifiers that an operator means."""
    try:
        return targets.find_identifiers(given)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="KEY") from None


def _row(policy: Policy) -> tuple[str, ...]:
    config = settings()
    limit, setting = str(policy.limit(config)), f"RATE_LIMIT_{policy.setting}"
    tiers = TIER_NAMES.get(policy.tiers) or ", ".join(str(tier) for tier in policy.tiers)
    return policy.action, policy.scope, tiers, limit, duration_text(policy.window(config)), policy.counter, setting


def _limits(window: limiter.Window) -> str:
    """Return the limits of a window; there are several where they depend on the tier."""
    config, scope = settings(), window.identifier.partition(":")[0]
    found = {policy.limit(config) for policy in POLICIES if (policy.scope, policy.counter) == (scope, window.action)}
    return " or ".join(map(str, sorted(found)))


def _print(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
