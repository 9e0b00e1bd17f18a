"""`flask accounts`: what an owner does with the account of a reader, named by its e-mail address."""

import json
import os
from pathlib import Path

import click

from chatkit.audit.service import AuditAction
from chatkit.auth import accounts, personal_data
from chatkit.auth.accounts import Account
from chatkit.auth.models import TIERS
from chatkit.database.command import DatabaseGroup

MINUTE = "%Y-%m-%d %H:%M UTC"
confirmed = click.option("--yes", is_flag=True, help="Do not ask first.")
as_json_lines = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


email_argument = click.argument("email", callback=lambda context, parameter, given: given.strip().lower())


@click.group("accounts", cls=DatabaseGroup)
def accounts_commands() -> None:
    """The accounts of readers: list, show, export and delete them, end sessions, shut people out."""


@accounts_commands.command("list")
@click.option("--tier", type=click.Choice(TIERS), help="Of this tier alone.")
@click.option("--disabled", is_flag=True, help="Those that are disabled alone.")
@as_json_lines
def list_accounts(tier: str | None, disabled: bool, as_json: bool) -> None:
    """List the accounts, in the order in which they were made."""
    found = False
    for account in accounts.list_all(tier, disabled):
        click.echo(json.dumps(_fields(account)) if as_json else _line(account))
        found = True
    if not found and not as_json:
        click.echo("There is no such account.")


@accounts_commands.command()
@email_argument
@as_json_lines
def show(email: str, as_json: bool) -> None:
    """Show one account, its live sessions and how much it keeps."""
    account = _find(email)
    fields = _fields(account) | {"live_sessions": accounts.count_live_sessions(account)}
    fields["rows"] = accounts.count_rows(account)
    if as_json:
        click.echo(json.dumps(fields))
        return
    for name, value in fields.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key}: {count}" for key, count in value.items())
        click.echo(f"{name:<14}  {'–' if value is None else value}")


@accounts_commands.command()
@email_argument
@click.argument("tier", type=click.Choice(TIERS))
def tier(email: str, tier: str) -> None:
    """Give an account another tier, from its next request on."""
    accounts.set_tier(_find(email), tier)
    click.echo(f"{email} is {tier} from now on.")


@accounts_commands.command()
@email_argument
@click.option("--output", type=click.Path(path_type=Path), help="A new file; else it is printed.")
def export(email: str, output: Path | None) -> None:
    """Write everything about a person as JSON, as `Download my data` does."""
    account = _find(email)
    try:
        # What readers wrote is for the operator alone, from the first byte.
        descriptor = None if output is None else os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be made: {error.strerror}. Name a new file.") from None
    accounts.record(AuditAction.ACCOUNT_EXPORTED, account)
    pieces = personal_data.export(account.as_caller())
    if descriptor is None:
        for piece in pieces:
            click.echo(piece, nl=False)
        click.echo()
        return
    with os.fdopen(descriptor, "w") as file:
        file.writelines(pieces)


@accounts_commands.command()
@email_argument
@confirmed
def delete(email: str, yes: bool) -> None:
    """Delete an account and everything about the person, for good."""
    account = _find(email)
    _confirm(yes, f"Delete {email} and everything about that person, for good?")
    accounts.delete(account)
    click.echo(f"{email} is deleted. The address may sign up again; backups keep what they hold.")


@accounts_commands.command("end-sessions")
@email_argument
@confirmed
def end_sessions(email: str, yes: bool) -> None:
    """Sign an account out everywhere."""
    account = _find(email)
    _confirm(yes, f"Sign {email} out everywhere?")
    accounts.end_sessions(account)
    click.echo(f"{email} is signed out everywhere, and may sign in again.")


@accounts_commands.command()
@email_argument
@confirmed
def disable(email: str, yes: bool) -> None:
    """Shut a person out: every session ends, and no link or code signs in. Their data stays."""
    account = _find(email)
    _confirm(yes, f"Shut {email} out?")
    accounts.disable(account)
    click.echo(f"{email} is disabled and signed out. `accounts enable` lets them in again.")


@accounts_commands.command()
@email_argument
def enable(email: str) -> None:
    """Let a disabled account sign in again."""
    accounts.enable(_find(email))
    click.echo(f"{email} may sign in again.")


def _find(email: str) -> Account:
    found = accounts.find(email)
    if found is None:
        raise click.ClickException(f"No account has the address {email}. `accounts list` lists them.")
    return found


def _confirm(yes: bool, question: str) -> None:
    if not yes:
        click.confirm(question, abort=True)


def _fields(account: Account) -> dict[str, object]:
    return {
        "number": account.id,
        "email": account.email,
        "tier": account.tier,
        "created_at": f"{account.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "disabled_at": account.disabled_at and f"{account.disabled_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _line(account: Account) -> str:
    disabled = f"  disabled since {account.disabled_at:{MINUTE}}" if account.disabled_at else ""
    return f"{account.id}  {account.email}  {account.tier}  since {account.created_at:{MINUTE}}{disabled}"
