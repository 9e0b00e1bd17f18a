"""The widget's script and its element, as HTML says them."""

from collections.abc import Mapping
from html import escape
from json import dumps

# The element's attributes; docs/embedding.md says what each means.
ATTRIBUTES = (
    "heading",
    "lang",
    "layout",
    "placeholder",
    "position",
    "privacy-url",
    "shortcut",
    "site",
    "starters",
    "theme",
    "trigger",
    "version",
    "words",
)


def script_url(server: str) -> str:
    """Return the address of the script that a ChatKit server serves; raise ValueError for what is no address."""
    if not server.startswith(("https://", "http://")):
        raise ValueError(f'the ChatKit server must be an address such as "https://chat.example.com", not {server!r}')
    return f"{server.rstrip('/')}/widget/chatkit-widget.js"


def written(attributes: Mapping[str, object]) -> dict[str, str]:
    """Return attributes as HTML has them, without those that are false; raise ValueError for one that is not known."""
    for name in attributes:
        if name not in ATTRIBUTES:
            raise ValueError(f"the widget has no attribute {name!r}; it has {', '.join(ATTRIBUTES)}")
    return {name: _text(value) for name, value in attributes.items() if value}


def _text(value: object) -> str:
    if isinstance(value, dict):
        return dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "|".join(value)
    return "" if value is True else str(value)


def tags(server: str, attributes: Mapping[str, object]) -> str:
    """Return the two tags that show the widget."""
    shown = "".join(f' {name}="{escape(value)}"' for name, value in written(attributes).items())
    script = f'<script type="module" src="{escape(script_url(server))}"></script>'
    return f"{script}<chatkit-widget{shown}></chatkit-widget>"
