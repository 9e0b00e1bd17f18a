"""Bans: networks and accounts that the owner shuts out, for a time or for ever.

Every worker keeps them in memory and reads them anew every five seconds, so that no request asks the database for
them, and a ban holds everywhere within that time. A network that is banned is refused every call of the API. An
account that is banned may still read and export what it has, and log out.
"""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from flask import Flask, current_app, request
from sqlalchemy import ColumnElement, delete, func, or_, select

from chatkit.database.cached import CachedRead
from chatkit.database.orm import database_now, db, row_count
from chatkit.errors import Banned
from chatkit.ratelimit.models import Ban
from chatkit.web.addresses import parse_address

REFRESH_SECONDS = 5
API_PATH = "/api/"
# One reader holds a whole /64 of IPv6; nobody means to shut out more than these hold.
IPV6_READER, WIDEST = 64, {4: 8, 6: 19}

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# A network as its version, its length and its number, which is what an address is looked up by.
_Key = tuple[int, int, int]


@dataclass(frozen=True)
class Bans:
    """The bans that hold: until when each network and each account is shut out, None for ever."""

    networks: dict[_Key, datetime | None]
    accounts: dict[int, datetime | None]

    def find_network(self, address: str | None) -> _Key | None:
        """Return the network that is shut out with this address in it; None when there is none."""
        parsed = parse_address(address)
        if parsed is None:
            return None
        for version, length in {key[:2] for key in self.networks}:
            if parsed.version == version and (key := _key(parsed, length)) in self.networks:
                return key
        return None


def init_app(app: Flask, account_id: Callable[[], int | None]) -> None:
    """Refuse who is banned before any view runs; ``account_id`` returns whose account makes the current request."""
    app.extensions["chatkit_bans"] = CachedRead(_read, Bans({}, {}), REFRESH_SECONDS)
    app.before_request(partial(_refuse, account_id))


def parse_network(given: str) -> Network:
    """Return the network that an operator means; of IPv6 at least the /64 that one reader holds.

    Raises ``ValueError`` with a sentence for what is no address, and for more than anybody means to ban.
    """
    try:
        network = _as_counted(ipaddress.ip_network(parse_address(given) or given, strict=False))
    except ValueError:
        raise ValueError(f"{given!r} is neither an address nor a network such as 192.0.2.0/24.") from None
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen > IPV6_READER:
        network = network.supernet(new_prefix=IPV6_READER)
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"{given} is most of the internet; the widest is a /{WIDEST[network.version]}.")
    return network


def ban(whom: Network | int, lasting: timedelta | None) -> Ban:
    """Shut a network or an account out, for ever when ``lasting`` is None; replaces an earlier ban of the same.

    The caller commits, and calls ``forget`` then.
    """
    remove(whom)
    until = None if lasting is None else database_now() + lasting
    row = Ban(key=_stored(whom), account_id=whom if isinstance(whom, int) else None, until=until)
    row.created_at = database_now()
    db.session.add(row)
    db.session.flush()
    return row


def remove(whom: Network | int) -> list[int]:
    """Let a network or an account in again; return the numbers of the bans that ended. The caller commits."""
    return list(db.session.scalars(delete(Ban).where(Ban.key == _stored(whom)).returning(Ban.id)))


def list_bans(limit: int | None = None) -> Sequence[Ban]:
    """Return the bans that hold, oldest first, or the newest ``limit`` of them."""
    return db.session.scalars(select(Ban).where(_holds()).order_by(Ban.id.desc()).limit(limit)).all()[::-1]


def count_bans() -> int:
    """Return how many bans hold."""
    return db.session.scalar(select(func.count()).select_from(Ban).where(_holds())) or 0


def export(account_id: int) -> list[dict[str, object]]:
    """Return the bans of an account, also those that ended."""
    rows = select(Ban).where(Ban.account_id == account_id).order_by(Ban.id)
    return [{"created_at": row.created_at, "until": row.until} for row in db.session.scalars(rows)]


def forget() -> None:
    """Have this process read the bans anew at its next request."""
    _cached().forget()


def prune(limit: int) -> int:
    """Delete up to ``limit`` bans that ended; return how many. The caller commits."""
    ended = select(Ban.id).where(Ban.until < database_now()).limit(limit)
    return row_count(db.session.execute(delete(Ban).where(Ban.id.in_(ended))))


def _refuse(account_id: Callable[[], int | None]) -> None:
    if not request.path.startswith(API_PATH) or request.method == "OPTIONS":
        return
    bans = _cached().value()
    if bans.networks and (key := bans.find_network(request.remote_addr)) is not None:
        raise Banned("network address", bans.networks[key])
    view = current_app.view_functions.get(request.endpoint or "")
    changes = getattr(view, "limited_action", None) is not None
    if changes and bans.accounts and (whose := account_id()) in bans.accounts:
        raise Banned("account", bans.accounts[whose])


def _cached() -> CachedRead[Bans]:
    found: CachedRead[Bans] = current_app.extensions["chatkit_bans"]
    return found


def _read() -> Bans:
    networks, accounts = dict[_Key, datetime | None](), dict[int, datetime | None]()
    # On a connection of its own, beside whatever the session is at.
    with db.engine.connect() as connection:
        rows = connection.execute(select(Ban.key, Ban.account_id, Ban.until).where(_holds())).all()
    for key, account_id, until in rows:
        if account_id is not None:
            accounts[account_id] = until
        else:
            network = ipaddress.ip_network(key.partition(":")[2])
            networks[_key(network.network_address, network.prefixlen)] = until
    return Bans(networks, accounts)


def _holds() -> ColumnElement[bool]:
    return or_(Ban.until.is_(None), Ban.until > database_now())


def _as_counted(network: Network) -> Network:
    """Return the network of IPv4 that one of IPv6 stands for as a whole, such as one of NAT64; else the same."""
    first, last = (parse_address(str(address)) for address in (network[0], network[-1]))
    if isinstance(first, ipaddress.IPv4Address) and isinstance(last, ipaddress.IPv4Address):
        return next(ipaddress.summarize_address_range(first, last))
    return network


def _stored(whom: Network | int) -> str:
    return f"account:{whom}" if isinstance(whom, int) else f"address:{whom}"


def _key(address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int) -> _Key:
    return address.version, length, int(address) >> (address.max_prefixlen - length)
