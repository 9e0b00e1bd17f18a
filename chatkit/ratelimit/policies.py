"""The policy table: what is limited, for whom, by whom it is counted, and for how long."""

from dataclasses import dataclass, replace
from typing import Literal

from chatkit.config import Settings

Scope = Literal["account", "session", "recipient", "address", "network", "site"]
Counted = Literal["requests", "successes", "failures"]

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
# How many times the limit of an address a /48 of IPv6 has. One holder may have all of its 65,536 networks.
NETWORK_FACTOR = 4


@dataclass(frozen=True)
class Policy:
    """One row of the table.

    ``scope`` says whom a hit counts against: the `account`, the anonymous `session`, the `address` a
    request comes from, its `network`, the `recipient` of a mail, or the whole `site`. A policy applies to a
    request that has one, made by one of the ``tiers`` (None: anonymous). ``setting`` names the limit in the
    settings, of which this is ``factor`` times; ``window_seconds`` of None is the configured window. ``noun``
    says what there are too many of. Actions whose policies have one ``counter`` share the count. Where
    ``counted`` names only `successes` or `failures`, any other request is taken back once it is answered. A policy that
    ``stores`` bounds what is kept rather than how often something is asked, so its refusal is `storage_full`.
    """

    action: str
    scope: Scope
    setting: str
    tiers: tuple[str | None, ...]
    noun: str
    window_seconds: int | None = None
    name: str = ""
    counted: Counted = "requests"
    factor: int = 1
    stores: bool = False

    @property
    def counter(self) -> str:
        return self.name or self.action

    def window(self, config: Settings) -> int:
        """Return the length of the window in seconds."""
        return self.window_seconds or config.rate_limit_window_seconds

    def limit(self, config: Settings) -> int:
        """Return how many hits a window admits."""
        return self.factor * config.rate_limits[self.setting]

    def keeps(self, status: int) -> bool:
        """Tell whether a request that was answered with this status stays counted."""
        kept = {"requests": True, "successes": status < 400, "failures": status == 401}
        return kept[self.counted]


ANONYMOUS: tuple[str | None, ...] = (None,)
SIGNED_IN: tuple[str | None, ...] = ("lightweight", "full", "premium")
EVERYONE = ANONYMOUS + SIGNED_IN
# Who is signed in to the owner's room has this in the place of a tier.
IN_OWNERS_ROOM: tuple[str | None, ...] = ("owner",)

# Only what is limited for the whole site closes a door for everybody: mails that are really sent, and wrong codes.
_STATED: tuple[Policy, ...] = (
    # action, scope, setting, tiers, noun, window, name of the counter
    Policy("save_chat", "account", "SAVE_CHAT", SIGNED_IN, "saves"),
    Policy("personalize", "account", "PERSONALIZE", SIGNED_IN, "personalizations"),
    Policy("chat", "session", "MAX_REQUESTS", ANONYMOUS, "questions"),
    Policy("chat", "account", "CHAT_LIGHTWEIGHT", ("lightweight",), "questions"),
    Policy("chat", "account", "CHAT_FULL", ("full",), "questions"),
    Policy("chat", "address", "CHAT_ADDRESS", ANONYMOUS, "questions from this network"),
    Policy("chat", "address", "CHAT_ADDRESS_DAY", ANONYMOUS, "questions today", DAY_SECONDS, "chat_day"),
    Policy("signup", "recipient", "MAIL_RECIPIENT", EVERYONE, "mails to this address", 6 * HOUR_SECONDS, "mail"),
    Policy("signup", "address", "SIGNUP", EVERYONE, "mails asked for from this network", 30 * MINUTE_SECONDS, "mail"),
    Policy("signup", "site", "MAIL_SITE", EVERYONE, "mails on this server", HOUR_SECONDS, "mail", "successes"),
    Policy("resend", "recipient", "MAIL_RECIPIENT", EVERYONE, "mails to this address", 6 * HOUR_SECONDS, "mail"),
    Policy("resend", "address", "RESEND", EVERYONE, "mails asked for from this network", 30 * MINUTE_SECONDS, "mail"),
    Policy("resend", "site", "MAIL_SITE", EVERYONE, "mails on this server", HOUR_SECONDS, "mail", "successes"),
    Policy("verify", "address", "VERIFY", EVERYONE, "tries from this network", 5 * MINUTE_SECONDS),
    Policy("verify_code", "address", "VERIFY", EVERYONE, "tries from this network", 5 * MINUTE_SECONDS, "verify"),
    Policy(
        "verify_code", "site", "VERIFY_SITE", EVERYONE, "wrong codes on this server", 5 * MINUTE_SECONDS, "", "failures"
    ),
    Policy("identity", "address", "IDENTITY", EVERYONE, "sign-ins from this network", 5 * MINUTE_SECONDS),
    Policy("oidc", "address", "OIDC", EVERYONE, "sign-ins begun from this network", 5 * MINUTE_SECONDS),
    Policy("refresh", "account", "REFRESH", SIGNED_IN, "refreshes"),
    Policy("refresh", "address", "REFRESH_ADDRESS", SIGNED_IN, "refreshes from this network"),
    Policy("refresh", "account", "REFRESH_DAY", SIGNED_IN, "refreshes today", DAY_SECONDS, "refresh_day"),
    Policy("analytics", "account", "ANALYTICS", SIGNED_IN, "events"),
    Policy("analytics", "account", "EVENTS_DAY", SIGNED_IN, "events today", DAY_SECONDS, "events_day", stores=True),
    Policy("analytics", "session", "ANALYTICS", ANONYMOUS, "events"),
    Policy("analytics", "address", "ANALYTICS", ANONYMOUS, "events from this network"),
    Policy("analytics", "address", "EVENTS_DAY", ANONYMOUS, "events today", DAY_SECONDS, "events_day", stores=True),
    Policy("feedback", "account", "FEEDBACK", SIGNED_IN, "ratings"),
    Policy("feedback", "session", "FEEDBACK", ANONYMOUS, "ratings"),
    Policy("feedback", "address", "FEEDBACK", ANONYMOUS, "ratings from this network"),
    Policy("resume", "account", "RESUME", SIGNED_IN, "streams taken up again"),
    Policy("resume", "session", "RESUME", ANONYMOUS, "streams taken up again"),
    Policy("resume", "address", "RESUME", ANONYMOUS, "streams taken up again from this network"),
    Policy("stop", "account", "STOP", SIGNED_IN, "stops"),
    Policy("stop", "session", "STOP", ANONYMOUS, "stops"),
    Policy("stop", "address", "STOP", ANONYMOUS, "stops from this network"),
    Policy("search", "account", "SEARCH", SIGNED_IN, "searches"),
    Policy("search", "session", "SEARCH", ANONYMOUS, "searches"),
    Policy("search", "address", "SEARCH_ADDRESS", ANONYMOUS, "searches from this network"),
    Policy("documents", "address", "DOCUMENTS", EVERYONE, "pages read from this network"),
    Policy("mcp", "address", "MCP", EVERYONE, "calls from this network"),
    Policy("mcp_search", "address", "MCP_SEARCH", EVERYONE, "searches from this network"),
    Policy("mcp_fetch", "address", "MCP_FETCH", EVERYONE, "pages fetched from this network"),
    Policy("mcp_ask", "address", "MCP_ASK", EVERYONE, "questions from this network"),
    Policy("mcp_ask", "account", "MCP_ASK_DAY", ANONYMOUS, "questions of programs today", DAY_SECONDS, "mcp_ask_day"),
    Policy("reindex", "address", "REINDEX", EVERYONE, "calls from this network"),
    Policy("edit", "account", "EDIT", SIGNED_IN, "changes"),
    Policy("owner", "account", "OWNER", IN_OWNERS_ROOM, "changes"),
    # Apart from what readers' mails count, so that nobody keeps an owner out by signing up in their name.
    Policy("owner_sign_in", "address", "SIGNUP", EVERYONE, "links asked for from this network", 30 * MINUTE_SECONDS),
    Policy("owner_sign_in", "site", "MAIL_SITE", EVERYONE, "mails on this server", HOUR_SECONDS, "mail", "successes"),
    Policy("owner_mail", "recipient", "OWNER_MAIL", EVERYONE, "links for this address", 30 * MINUTE_SECONDS),
)
POLICIES: tuple[Policy, ...] = (
    *_STATED,
    *(replace(each, scope="network", factor=NETWORK_FACTOR) for each in _STATED if each.scope == "address"),
)
ACTIONS = frozenset(policy.action for policy in POLICIES)


def account_limit(action: str, tier: str, config: Settings) -> tuple[int, int] | None:
    """Return how many times in how many seconds an account of this tier may do something, or None for any number."""
    for policy in POLICIES:
        if policy.action == action and policy.scope == "account" and tier in policy.tiers:
            return policy.limit(config), policy.window(config)
    return None
