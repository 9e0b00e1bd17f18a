"""Mozilla's rules for scoring the headers of a page, as its HTTP Observatory publishes and applies them.

Source: "Tests & Scoring" of the MDN HTTP Observatory (developer.mozilla.org/en-US/observatory/docs/tests_and_scoring)
and the score table of its scanner, package @mdn/mdn-http-observatory 1.4.8. A page starts with 100 points. What is
taken off is taken off first; what is added counts only if 90 are left. 100 and more is the best grade, A+. Outcomes
that need another certificate, a preload list or a cookie of a kind ChatKit has not are left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

MODIFIERS: Mapping[str, int] = {
    "csp-implemented-with-no-unsafe-default-src-none": 10,
    "csp-implemented-with-no-unsafe": 5,
    "csp-implemented-with-unsafe-inline-in-style-src-only": 0,
    "csp-implemented-with-insecure-scheme-in-passive-content-only": -10,
    "csp-implemented-with-unsafe-eval": -10,
    "csp-implemented-with-unsafe-inline": -20,
    "csp-implemented-with-insecure-scheme": -20,
    "csp-header-invalid": -25,
    "csp-not-implemented": -25,
    "cookies-not-found": 0,
    "cookies-secure-with-httponly-sessions-and-samesite": 5,
    "cookies-secure-with-httponly-sessions": 0,
    "cookies-session-without-httponly-flag": -30,
    "cookies-session-without-secure-flag": -40,
    "cross-origin-resource-sharing-not-implemented": 0,
    "cross-origin-resource-sharing-implemented-with-public-access": 0,
    "cross-origin-resource-sharing-implemented-with-restricted-access": 0,
    "cross-origin-resource-sharing-implemented-with-universal-access": -50,
    "redirection-to-https": 0,
    "redirection-off-host-from-http": -5,
    "redirection-not-to-https-on-initial-redirection": -10,
    "redirection-not-to-https": -20,
    "redirection-missing": -20,
    "referrer-policy-private": 5,
    "referrer-policy-not-implemented": 0,
    "referrer-policy-unsafe": -5,
    "referrer-policy-header-invalid": -5,
    "hsts-implemented-max-age-at-least-six-months": 0,
    "hsts-implemented-max-age-less-than-six-months": -10,
    "hsts-not-implemented": -20,
    "hsts-header-invalid": -20,
    "sri-implemented-and-all-scripts-loaded-securely": 5,
    "sri-not-implemented-but-no-scripts-loaded": 0,
    "sri-not-implemented-but-all-scripts-loaded-from-secure-origin": 0,
    "sri-not-implemented-but-external-scripts-loaded-securely": -5,
    "sri-not-implemented-and-external-scripts-not-loaded-securely": -50,
    "x-content-type-options-nosniff": 0,
    "x-content-type-options-not-implemented": -5,
    "x-content-type-options-header-invalid": -5,
    "x-frame-options-implemented-via-csp": 5,
    "x-frame-options-sameorigin-or-deny": 0,
    "x-frame-options-not-implemented": -20,
    "x-frame-options-header-invalid": -20,
    "corp-implemented-with-same-origin": 10,
    "corp-implemented-with-same-site": 10,
    "corp-implemented-with-cross-origin": 0,
    "corp-not-implemented": 0,
    "corp-header-invalid": -5,
}
GRADES: Mapping[str, int] = {"A+": 100, "A": 90, "A-": 85, "B+": 80, "B": 70, "B-": 65, "C+": 60, "C": 50, "C-": 45}
START, ENOUGH_FOR_BONUS = 100, 90
SIX_MONTHS_SECONDS = 15_552_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
UNSAFE = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*", "http://*.*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}


@dataclass(frozen=True)
class Seen:
    """What a scan sees of a page over HTTPS: its headers by name in lower case, its HTML, and what is around it."""

    headers: Mapping[str, str]
    cookies: Sequence[str]
    html: str
    preflight: Mapping[str, str]
    route_from_http: Sequence[str]


def score(seen: Seen) -> tuple[int, str, dict[str, int]]:
    """Return points, grade and what each test contributed."""
    found = {name: MODIFIERS[name] for name in results(seen)}
    strict = START + sum(points for points in found.values() if points < 0)
    points = START + sum(found.values()) if strict >= ENOUGH_FOR_BONUS else strict
    return points, next((grade for grade, least in GRADES.items() if points >= least), "D or F"), found


def results(seen: Seen) -> list[str]:
    """Return the outcome of each of the ten tests."""
    headers = seen.headers
    return [
        _csp(headers.get("content-security-policy", "")),
        _cookies(seen.cookies),
        _cors(seen.preflight),
        _redirection(seen.route_from_http),
        _referrer(headers.get("referrer-policy")),
        _hsts(headers.get("strict-transport-security")),
        _sri(seen.html),
        _nosniff(headers.get("x-content-type-options")),
        _framing(headers.get("x-frame-options"), headers.get("content-security-policy", "")),
        _corp(headers.get("cross-origin-resource-policy")),
    ]


def _csp(header: str) -> str:
    if not header:
        return "csp-not-implemented"
    parts = [part.lower().split() for part in header.split(";") if part.strip()]
    policy = {name: set(sources) or {"'none'"} for name, *sources in parts}
    if len(policy) < len(parts):
        return "csp-header-invalid"
    fallback = policy.get("default-src", {"*"})
    script, style = set(policy.get("script-src", fallback)), set(policy.get("style-src", fallback))
    embedded = policy.get("object-src", fallback)
    for sources in (script, style):
        if _named(sources):
            sources.discard("'unsafe-inline'")
    if "'strict-dynamic'" in script:
        if not _named(script):
            return "csp-header-invalid"
        script -= BROAD | {"'self'"}
    active = script.union(*(sources for name, sources in policy.items() if name not in {"img-src", "media-src"}))
    passive = policy.get("img-src", fallback) | policy.get("media-src", fallback)
    if script & (BROAD | INLINE) or embedded & BROAD:
        return "csp-implemented-with-unsafe-inline"
    if any(source.startswith(("http:", "ftp:")) for source in active):
        return "csp-implemented-with-insecure-scheme"
    if "'unsafe-eval'" in script | style:
        return "csp-implemented-with-unsafe-eval"
    if any(source.startswith(("http:", "ftp:")) for source in passive):
        return "csp-implemented-with-insecure-scheme-in-passive-content-only"
    if style & (BROAD | INLINE):
        return "csp-implemented-with-unsafe-inline-in-style-src-only"
    if policy.get("default-src") == {"'none'"}:
        return "csp-implemented-with-no-unsafe-default-src-none"
    return "csp-implemented-with-no-unsafe"


def _named(sources: set[str]) -> bool:
    return any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in sources)


def _cookies(cookies: Sequence[str]) -> str:
    """Judge every cookie as a session's: ChatKit sets none."""
    if not cookies:
        return "cookies-not-found"
    flags = [{part.strip().lower() for part in cookie.split(";")[1:]} for cookie in cookies]
    if not all("secure" in each for each in flags):
        return "cookies-session-without-secure-flag"
    if not all("httponly" in each for each in flags):
        return "cookies-session-without-httponly-flag"
    kept = all(each & {"samesite=lax", "samesite=strict"} for each in flags)
    return f"cookies-secure-with-httponly-sessions{'-and-samesite' if kept else ''}"


def _cors(preflight: Mapping[str, str]) -> str:
    name, allowed = "cross-origin-resource-sharing", preflight.get("access-control-allow-origin")
    if allowed is None:
        return f"{name}-not-implemented"
    if allowed == "*":
        return f"{name}-implemented-with-public-access"
    universal = preflight.get("access-control-allow-credentials") == "true"
    return f"{name}-implemented-with-{'universal' if universal else 'restricted'}-access"


def _redirection(route: Sequence[str]) -> str:
    """Judge where a browser comes that asks over HTTP."""
    urls = [urlsplit(url) for url in route]
    if len(urls) == 1:
        return "redirection-missing"
    if urls[-1].scheme != "https":
        return "redirection-not-to-https"
    if urls[1].scheme == "http":
        return "redirection-not-to-https-on-initial-redirection"
    return "redirection-to-https" if urls[0].hostname == urls[1].hostname else "redirection-off-host-from-http"


def _referrer(header: str | None) -> str:
    if header is None:
        return "referrer-policy-not-implemented"
    known = [policy for part in header.split(",") if (policy := part.strip().lower()) in PRIVATE | UNSAFE]
    if not known:
        return "referrer-policy-header-invalid"
    return "referrer-policy-private" if known[-1] in PRIVATE else "referrer-policy-unsafe"


def _hsts(header: str | None) -> str:
    if header is None:
        return "hsts-not-implemented"
    age = re.search(r"max-age=([0-9]+)", header.lower())
    if age is None or "," in header:
        return "hsts-header-invalid"
    enough = int(age[1]) >= SIX_MONTHS_SECONDS
    return f"hsts-implemented-max-age-{'at-least' if enough else 'less-than'}-six-months"


def _sri(html: str) -> str:
    scripts = re.findall(r"<script\b[^>]*>", html)
    if not scripts:
        return "sri-not-implemented-but-no-scripts-loaded"
    foreign = [tag for tag in scripts if re.search(r'src="(?:https?:)?//', tag)]
    if any("https://" not in tag for tag in foreign):
        return "sri-not-implemented-and-external-scripts-not-loaded-securely"
    if any("integrity=" not in tag for tag in foreign):
        return "sri-not-implemented-but-external-scripts-loaded-securely"
    if any("integrity=" in tag for tag in scripts):
        return "sri-implemented-and-all-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"


def _nosniff(header: str | None) -> str:
    if header is None:
        return "x-content-type-options-not-implemented"
    return f"x-content-type-options-{'nosniff' if header.lower() == 'nosniff' else 'header-invalid'}"


def _framing(header: str | None, csp: str) -> str:
    if "frame-ancestors" in csp:
        return "x-frame-options-implemented-via-csp"
    if header is None:
        return "x-frame-options-not-implemented"
    return f"x-frame-options-{'sameorigin-or-deny' if header.lower() in {'sameorigin', 'deny'} else 'header-invalid'}"


def _corp(header: str | None) -> str:
    if header is None:
        return "corp-not-implemented"
    known = header.lower() in {"same-origin", "same-site", "cross-origin"}
    return f"corp-implemented-with-{header.lower()}" if known else "corp-header-invalid"
