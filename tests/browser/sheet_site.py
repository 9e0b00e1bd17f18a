"""A page that holds the widget, and a server that answers what the contact sheets show: every state, without delay."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chatkit.answers.phrases.english import ENGLISH
from chatkit.widget import routes
from tests.servers import LOOPBACK

# Each row is a path, an excerpt whose deciding words stand between bars, and nothing else.
Row = tuple[str, str]

EMBED: tuple[Row, ...] = (
    ("Embedding › Put the widget on your site", "To embed the widget, |put these two lines into the page|."),
    (
        "Embedding › Allow your site to use the server",
        "|List the origins of your sites| in the setting CORS_ORIGINS, comma separated.",
    ),
    (
        "Embedding › Show the chat inside the page",
        'Use |mode="inline"| to show the chat as a part of the page.',
    ),
)
TABLE: tuple[Row, ...] = (
    ("Embedding › Attributes of the widget", "|theme|: auto, light, dark"),
    ("Theming › Light and dark", 'Set theme="light" or theme="dark" |when your site has only one|.'),
    ("Theming › Change the colours", "Set properties in the stylesheet of your page, on :root or on the widget."),
)
NGINX: tuple[Row, ...] = (
    ("Operations › Install ChatKit on a server", "Install a wheel on the server and |let systemd run chatkit serve|."),
    ("Operations › The database: SQLite or PostgreSQL", "SQLite is |right for one machine|."),
    ("Operations › ChatKit behind nginx", "|Set TRUSTED_PROXIES to 1| behind nginx."),
    ("Operations › Start ChatKit with systemd", "Write this file to /etc/systemd/system/chatkit.service."),
    ("Settings › All settings", "Every setting has a default."),
)
SYSTEMD: tuple[Row, ...] = (
    ("Operations › Start ChatKit with systemd", "|Write this file|, then enable it."),
    ("Operations › Upgrade ChatKit", "|systemctl reload chatkit| loads new code without dropping requests."),
    ("Operations › Production settings", "ChatKit refuses to |start| without a SECRET_KEY."),
)
KUBERNETES: tuple[Row, ...] = (
    (
        "Operations › Install ChatKit on a server",
        "|Install| a wheel on the server, and let systemd |run chatkit| serve.",
    ),
    ("Operations › Watch the health", "GET /health says whether the server and its database are up."),
    ("Getting started › Two commands", "A machine with Python 3.11, make and git."),
    ("Reliability › Reload drops nobody", "Open streams end normally when new code is loaded."),
)
MAIL: tuple[Row, ...] = (
    ("Accounts › Sign in without a mail server", "On a server |without SMTP_HOST|, the mail waits in the outbox."),
    ("Accounts › How long a sign-in link works", "A |sign-in| link works once, and for 10 minutes."),
    ("Settings › Mail", "SMTP_HOST names the |mail server|."),
)
ARABIC: tuple[Row, ...] = (
    ("التضمين › ضع الأداة على موقعك", "لإضافة الأداة، |ضع هذين السطرين في الصفحة|."),
    ("التضمين › السماح لموقعك باستخدام الخادم", "لا يجيب الخادم إلا |المواقع التي يعرفها|."),
    ("المظهر › تغيير الألوان", "اضبط الخصائص في ورقة الأنماط الخاصة بصفحتك."),
)
SNIPPET = """```html
<script type="module" src="https://chat.example.com/widget/chatkit-widget.js"></script>
<chatkit-widget></chatkit-widget>
```"""
UNIT = "\n".join(
    [
        "```ini",
        *("[Unit]", "Description=ChatKit", "After=network-online.target", "", "[Service]", "User=chatkit"),
        *("WorkingDirectory=/var/lib/chatkit", "ExecStart=/opt/chatkit/bin/chatkit serve"),
        *("ExecReload=/bin/kill -HUP $MAINPID", "Restart=on-failure", "RestartSec=2", "TimeoutStopSec=40"),
        *("NoNewPrivileges=yes", "PrivateTmp=yes", "ProtectHome=yes", "ProtectSystem=strict"),
        *("ReadWritePaths=/var/lib/chatkit", "MemoryMax=1G", "TasksMax=512", "# Streams end in peace.", ""),
        *("[Install]", "WantedBy=multi-user.target", "Alias=chat.service"),
        "```",
    ]
)
ATTRIBUTES = """| attribute | values | meaning |
|---|---|---|
| `mode` | launcher, inline | a floating button, or the panel in the page |
| **`theme`** | auto, light, dark | the system’s colour scheme, or always the same one |
| `position` | right, left | the corner of the button and the panel |
| `lang` | a language tag | the language of the widget’s words |
| `site` | a name | which pages answer |
| `heading` | text | the title of the panel |
| `placeholder` | text | the text of the empty question box |
| `version` | a name | which version’s pages answer |
| `open` | present or not | whether the panel is open |"""


class Answer(NamedTuple):
    """What is streamed for a question."""

    rows: tuple[Row, ...]
    text: str
    outcome: str = "answered"
    cited: tuple[int, ...] = (0,)
    model: str = "extractive"
    # Why no model wrote it whole, though one was to.
    fallback_reason: str | None = None
    # The stream stays open after this text.
    pauses: bool = False


WRITTEN = (
    "Install the wheel on the server and let systemd run `chatkit serve` behind nginx. [1] Set `DATABASE_URL` to a "
    "PostgreSQL address; SQLite is right for one machine. [2] Set `TRUSTED_PROXIES` to 1, so that limits count the "
    f"reader and not the proxy. [3] Most sites put a CDN in front of nginx as well. {ENGLISH.unsupported}"
)
NEAREST_TEXT = f"{ENGLISH.nearest}\n\n" + "\n\n".join(
    f"{number}. [{path}](/guide/{number}#section)\n\n   {marked.replace('|', '')}"
    for number, (path, marked) in enumerate(KUBERNETES[:3], 1)
)
EMBED_QUESTION = "How do I embed the widget?"
GREETING = "Hello"
ARABIC_QUESTION = "كيف أضيف الأداة إلى موقعي؟"
EMBED_TEXT = (
    "To embed the widget, **put these two lines into the page**, with the address of your own ChatKit server: [1]\n\n"
)
ANSWERS: Mapping[str, Answer] = {
    EMBED_QUESTION: Answer(EMBED, EMBED_TEXT + SNIPPET),
    ARABIC_QUESTION: Answer(
        ARABIC,
        f"لإضافة الأداة، **ضع هذين السطرين في الصفحة** مع عنوان خادم ChatKit الخاص بك: [1]\n\n{SNIPPET}",
    ),
    "Which attribute sets the colour scheme?": Answer(
        TABLE,
        "Attributes are set in HTML or with `setAttribute`. They may change at any time, except `api-base`. [1]\n\n"
        + ATTRIBUTES,
    ),
    "How do I start ChatKit with systemd?": Answer(
        SYSTEMD, f"**Write this file** to `/etc/systemd/system/chatkit.service`, then enable it: [1]\n\n{UNIT}"
    ),
    "How do I upgrade ChatKit?": Answer(
        SYSTEMD[1:], "Install the new wheel, then **reload the service**: [1]\n\n```sh\nsystemctl reload chatkit\n```"
    ),
    "How do I run ChatKit behind nginx with PostgreSQL?": Answer(NGINX[:3], WRITTEN, cited=(0, 1, 2), model="llama"),
    "Reading: how do I run ChatKit behind nginx?": Answer(NGINX, "", model="llama", pauses=True),
    "Writing: how do I run ChatKit behind nginx?": Answer(
        NGINX, WRITTEN.partition(" to a ")[0] + " to a", model="llama", pauses=True
    ),
    "Can I run ChatKit on Kubernetes?": Answer(KUBERNETES, NEAREST_TEXT, "nearest", ()),
    "Does ChatKit work with Discord?": Answer(
        (), f"{ENGLISH.not_covered}\n\n{ENGLISH.nothing_near}", "not_covered", ()
    ),
    "How do I make a backup behind nginx?": Answer(
        NGINX[:3],
        f"Install the wheel on the server and let systemd run `chatkit serve`. [1] Then\n\n{ENGLISH.interrupted}\n\n"
        "SQLite is **right for one machine**: it needs no server. [2]",
        cited=(0, 1),
        fallback_reason="broke_off",
    ),
    GREETING: Answer((), ENGLISH.hello, "greeting", ()),
    "How do I sign in without a mail server?": Answer(
        MAIL,
        "On a server **without SMTP_HOST**, the mail waits in the outbox: [1]\n\n"
        "1. Press “Sign in” in the widget and enter any address.\n2. Run `flask mail outbox`. It shows the link.\n"
        "3. **Open the link** and press its button: you are back on the page, signed in.",
    ),
}
LIMITED = "And how do I allow my site?"
BROKEN = "How do I change the colours?"
USER = {"email": "ada@example.org", "tier": "lightweight"}
PAGE_TEXT = {
    "en": (
        "Embedding",
        "You embed the widget as a web component, which works on any page that can load a script: a site made with "
        "Sphinx, MkDocs, Hugo or Docusaurus, an application written with React or Vue, or plain HTML.",
        "Put the widget on your site",
        "To embed the widget, put these two lines into the page, with the address of your own ChatKit server.",
    ),
    "ar": (
        "التضمين",
        "تضمّن الأداة كمكوّن ويب يعمل في أي صفحة يمكنها تحميل نص برمجي: موقع أُنشئ بأدوات التوثيق، أو تطبيق، أو "
        "صفحة HTML بسيطة.",
        "ضع الأداة على موقعك",
        "لإضافة الأداة، ضع هذين السطرين في الصفحة، مع عنوان خادم ChatKit الخاص بك.",
    ),
}
PAGE = """<!doctype html>
<html lang="{lang}" dir="{dir}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">
<style>
  :root {{ color-scheme: light dark }}
  body {{ margin: 0; font: 16px/1.6 system-ui, sans-serif; background: light-dark(#fff, #17191e);
          color: light-dark(#16181d, #eceef2) }}
  header {{ padding: 14px 24px; border-bottom: 1px solid light-dark(#e2e4ea, #343842); font-weight: 600 }}
  .site {{ display: grid; grid-template-columns: 184px 1fr }}
  nav {{ display: grid; gap: 12px; align-content: start; padding: 24px; opacity: .7 }}
  main {{ padding: 24px 40px; max-width: 680px; min-height: 1200px }}
  @media (max-width: 700px) {{ .site {{ display: block }} nav {{ display: none }} main {{ padding: 16px }} }}
</style>
<header>ChatKit</header>
<div class="site"><nav><span>Welcome</span><span>Getting started</span><b>Embedding</b><span>Theming</span></nav>
<main><h1>{title}</h1><p id="first">{first}</p>{inline}<h2>{second}</h2><p>{third}</p></main></div>
<script type="module" src="/widget/chatkit-widget.js"></script>
{floating}
"""


def source(number: int, row: Row) -> dict[str, Any]:
    """Return a row as the API names a source; bars in its excerpt stand around what decides."""
    path, marked = row
    texts = marked.split("|")
    ends = [len("".join(texts[: index + 1])) for index in range(len(texts))]
    return {
        "id": f"s{number}",
        "title": path,
        "path": path.split(" › "),
        "url": f"/guide/{number}#section",
        "excerpt": "".join(texts),
        "highlights": [[ends[index - 1], ends[index]] for index in range(1, len(texts), 2)],
        "heading_highlights": [],
        "score": 0.9,
        "site": None,
        "version": None,
        "language": None,
    }


def _event(name: str, number: int, data: object) -> bytes:
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data)}\n\n".encode()


def _ago(**time: float) -> str:
    return f"{datetime.now(UTC) - timedelta(**time):%Y-%m-%dT%H:%M:%SZ}"


def _chats() -> list[dict[str, Any]]:
    titles = [
        (EMBED_QUESTION, _ago(minutes=40), 4),
        ("Which attribute sets the colour scheme?", _ago(hours=3), 1),
        ("Back up and restore", _ago(days=3), 6),
        ("Running ChatKit behind nginx", _ago(days=26), 9),
    ]
    return [
        {"chat_id": f"{number}", "title": title, "saved_at": at, "message_count": 2 * count, "questions": count}
        for number, (title, at, count) in enumerate(titles, 1)
    ]


def _recommendations() -> list[dict[str, Any]]:
    pages = [
        ("Getting started", "pinned", None, ""),
        ("Theming", "question", "question", "How do I change the colours?"),
        ("Operations › Keep the secret", "preference", "topic", "secrets"),
        ("Runbook", "saved_chat", "saved_chat", "Back up and restore"),
        ("Settings", "next", "page", "Runbook"),
    ]
    return [
        {"id": f"/guide/{number}", "title": title, "url": f"/guide/{number}", "reason": title, "kind": kind}
        | {"because": basis and {"kind": basis, "id": f"{basis}:{number}", "title": text, "url": "/guide/colours"}}
        for number, (title, kind, basis, text) in enumerate(pages)
    ]


def _sessions() -> list[dict[str, Any]]:
    devices = [("1", "Firefox on Linux", True, _ago()), ("2", "Chrome on Android", False, _ago(hours=20))]
    return [
        {"id": key, "device_name": name, "current": current, "created_at": at, "last_seen_at": at, "expires_at": at}
        for key, name, current, at in devices
    ]


def _replies() -> dict[tuple[str, str], object]:
    """Return what each call of the API answers, streams and failures aside."""
    rows = [
        ("Theming › Change the colours", "Set properties in the stylesheet of your page."),
        ("Theming › All style properties", "Every property has a default."),
        ("Theming › Light and dark", "The widget follows the |colour| scheme of the system."),
        ("Embedding › Attributes of the widget", "theme: auto, light, dark"),
    ]
    results = [source(number, row) for number, row in enumerate(rows, 1)]
    results[0]["heading_highlights"] = [[0, 6], [11, 18]]
    return {
        ("GET", "search"): {"results": results},
        ("GET", "suggestions"): {
            "questions": [
                "How do I put the widget on my site?",
                "Which attributes does it have?",
                "What must my CSP allow?",
            ],
            "often_asked": ["How do I change the colours?", "Does it need a language model?"],
            "page_title": "Embedding",
            "by_model": False,
        },
        ("POST", "auth/signup"): {"status": "verification_sent"},
        ("POST", "auth/verify-code"): {
            "session_token": "sheet",
            "expires_at": _ago(days=-1),
            "user_profile": USER,
            "migrated_messages": 2,
            "chat_ids": ["1"],
        },
        ("GET", "auth/sessions"): {"sessions": _sessions()},
        ("GET", "auth/session-check"): {"valid": True, "user": USER},
        ("GET", "chat/saved"): {"chats": _chats(), "next_cursor": None},
        ("POST", "chat/save"): {"chat_id": "1", "saved_at": _ago()},
        ("POST", "user/personalize"): {
            "recommendations": _recommendations(),
            "personalized_content": {"summary": "", "topics": ["secrets", "backups"], "level": None, "enabled": True},
        },
        ("GET", "recommendations"): {"recommendations": _recommendations()},
        ("GET", "user"): {
            "kept": {"saved_chats": 14, "questions": 63, "ratings": 5},
            "question_limit": {"questions": 30, "seconds": 60},
        },
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Set for each server: ends the streams that pause.
    closing: threading.Event

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/widget/"):
            file = routes.STATIC / path.rpartition("/")[2]
            kind = "text/javascript" if file.suffix == ".js" else "text/css"
            self._send(200 if file.exists() else 404, kind, file.read_bytes() if file.exists() else b"")
        elif path.startswith("/api/v1/"):
            self._reply("GET", path)
        else:
            self._send(200, "text/html", self._page().encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        path = urlsplit(self.path).path
        if path.endswith("/auth/verify"):
            self._fail(409, "other_browser", "Another browser asked for it.", {"email": "a…@example.org"}, {})
        elif not path.endswith("/chat/stream"):
            self._reply("POST", path)
        elif body["message"] == LIMITED:
            policy = {"RateLimit-Policy": '"chat";q=10;w=60', "RateLimit": '"chat";r=0;t=42', "Retry-After": "42"}
            self._fail(429, "rate_limited", "Too many questions. Try again in 42 seconds.", {"retry_after": 42}, policy)
        elif body["message"] == BROKEN:
            self._fail(500, "internal_error", "Something went wrong here. Try again.", {}, {})
        else:
            self._stream(ANSWERS.get(body["message"]) or ANSWERS[EMBED_QUESTION])

    do_DELETE = do_PATCH = do_POST  # noqa: N815  (the standard library's names)

    def _page(self) -> str:
        query = dict(pair.split("=", 1) for pair in urlsplit(self.path).query.split("&") if "=" in pair)
        lang = query.pop("lang", "en")
        title, first, second, third = PAGE_TEXT.get(lang, PAGE_TEXT["en"])
        attributes = " ".join(f'{name}="{value}"' for name, value in query.items())
        element = f'<chatkit-widget heading="{"اسأل عن" if lang == "ar" else "Ask about"} ChatKit" {attributes}>'
        element += "</chatkit-widget>"
        inline = query.get("layout") == "inline"
        return PAGE.format(
            lang=lang,
            dir="rtl" if lang == "ar" else "ltr",
            title=title,
            first=first,
            second=second,
            third=third,
            inline=element if inline else "",
            floating="" if inline else element,
        )

    def _reply(self, method: str, path: str) -> None:
        reply = _replies().get((method, path.removeprefix("/api/v1/")))
        self._send(204 if reply is None else 200, "application/json", json.dumps(reply).encode() if reply else b"")

    def _fail(self, status: int, code: str, message: str, extra: dict[str, object], headers: dict[str, str]) -> None:
        detail = {"error": code, "message": message, **extra, "request_id": "4f2a91c0d3b84c5e"}
        self._send(status, "application/json", json.dumps({"detail": detail}).encode(), headers)

    def _send(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: Answer) -> None:
        sources = [source(number, row) for number, row in enumerate(answer.rows, 1)]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        message_id = "0b1f6a52-6d7c-4b57-9d0e-0a4f3d1c2b5a"
        self.wfile.write(_event("sources", 0, {"sources": sources, "message_id": message_id}))
        if answer.text:
            self.wfile.write(_event("token", len(answer.text), {"content": answer.text}))
        if answer.pauses:
            self.wfile.flush()
            self.closing.wait(60)
            return
        metadata = {
            "model": answer.model,
            "fallback": answer.fallback_reason is not None,
            "fallback_reason": answer.fallback_reason,
            "tokens_used": 0,
            "retrieval_time_ms": 3,
            "generation_time_ms": 1,
            "total_time_ms": 4,
        }
        people = {"label": "The forum", "url": "https://forum.example.com/ask"}
        end = {
            "outcome": answer.outcome,
            "citations": [sources[index]["id"] for index in answer.cited],
            "ask_people": people if re.match("n", answer.outcome) else None,
            "metadata": metadata,
            "message_id": message_id,
            "state": "done",
        }
        self.wfile.write(_event("done", len(answer.text), end))

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def sheet_site() -> Iterator[str]:
    """Serve the page and the API on an origin of their own; yields it."""
    closing = threading.Event()
    handler = type("Handler", (_Handler,), {"closing": closing})
    httpd = ThreadingHTTPServer((LOOPBACK, 0), handler)
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{httpd.server_port}"
    finally:
        closing.set()
        httpd.shutdown()
        httpd.server_close()
