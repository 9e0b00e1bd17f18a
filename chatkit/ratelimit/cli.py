"""`flask limits`: the policy table, what is counted under a key, and a way to begin again."""

import ipaddress
import math
from collections.abc import Callable

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from chatkit.config import settings
from chatkit.database.orm import db
from chatkit.errors import duration_text
from chatkit.ratelimit import limiter
from chatkit.ratelimit.identifiers import Requester, identifiers_of, normalize_address
from chatkit.ratelimit.policies import ANONYMOUS, EVERYONE, POLICIES, SIGNED_IN, Policy
from chatkit.web.payloads import SESSION_ID

TIER_NAMES = {EVERYONE: "everybody", ANONYMOUS: "anonymous", SIGNED_IN: "signed in"}


def init_app(app: Flask, find_account: Callable[[str], int | None]) -> None:
    """Add the commands; ``find_account`` returns the id of the account with an e-mail address in lower case."""
    app.extensions["chatkit_find_account"] = find_account
    app.cli.add_command(limits_commands)


@click.group("limits", cls=AppGroup, invoke_without_command=True)
@click.pass_context
@with_appcontext
def limits_commands(context: click.Context) -> None:
    """The limits: print them, or see and reset what is counted.

    KEY is an e-mail address, a network address, the id of an anonymous session, or a key as `show`
    prints it, such as account:5 or site.
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
    db.session.commit()
    click.echo(f"Windows forgotten: {gone}.")


def _identifiers(given: str) -> list[str]:
    """Return the identifiers that an operator means: one as it is stored, or those of an address or a session."""
    scope, _, rest = given.partition(":")
    if given == "site" or (rest and scope in {"account", "session", "recipient"}):
        return [given]
    if "@" in given:
        find_account: Callable[[str], int | None] = current_app.extensions["chatkit_find_account"]
        return identifiers_of(Requester(account_id=find_account(given.lower()), recipient=given))
    if SESSION_ID.fullmatch(given):
        return identifiers_of(Requester(session_id=given.lower()))
    address = rest if scope == "address" else given
    try:
        # A network is how an IPv6 address is shown.
        return [f"address:{normalize_address(str(ipaddress.ip_interface(address).ip))}"]
    except ValueError:
        remedy = "an e-mail address, a network address, the id of an anonymous session, account:5 or site"
        raise click.BadParameter(f"{given!r} is none of: {remedy}.", param_hint="KEY") from None


def _row(policy: Policy) -> tuple[str, ...]:
    config = settings()
    limit, setting = str(config.rate_limits[policy.setting]), f"RATE_LIMIT_{policy.setting}"
    tiers = TIER_NAMES.get(policy.tiers) or ", ".join(str(tier) for tier in policy.tiers)
    return policy.action, policy.scope, tiers, limit, duration_text(policy.window(config)), policy.counter, setting


def _limits(window: limiter.Window) -> str:
    """Return the limits of a window; there are several where they depend on the tier."""
    limits, scope = settings().rate_limits, window.identifier.partition(":")[0]
    found = {policy.setting for policy in POLICIES if (policy.scope, policy.counter) == (scope, window.action)}
    return " or ".join(str(limit) for limit in sorted({limits[setting] for setting in found}))


def _print(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
