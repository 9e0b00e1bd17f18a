"""The sites that the widget is brought into: how each is made, and what a reader finds on it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tests.servers import ROOT

BASE = "/handbook/"
EXAMPLE_SERVER = "https://chat.example.com"
DOCUMENTATION = ROOT / "docs" / "integrations.md"


@dataclass(frozen=True)
class Shortcut:
    """A key that opens the site's own search, what is then seen of it, and what it finds in the page."""

    key: str
    opens: str
    finds: str = ""


@dataclass(frozen=True)
class Example:
    """A site, one of whose files has the documentation's own snippet in its mark's place.

    Its files are in ``sites/NAME``, unless it shares the ``folder`` of another. The snippet is a block of code below
    the heading ``section``, the first one unless ``block`` says another.
    ``npm`` and ``pip`` are what is installed for it, ``build`` are the commands that make its folder ``{output}``.
    ``pages`` is the folder that the pages go into, as Markdown, as the finished HTML of ``page.html``, or as one file
    of JSON, for an application.
    """

    name: str
    section: str
    build: Sequence[Sequence[str]] = ()
    npm: Sequence[str] = ()
    pip: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    pages: str = "."
    form: Literal["markdown", "html", "json"] = "markdown"
    first_page: str = "index.md"
    folder: str = ""
    block: int = 1
    # Whether a page begins with its title, which others have in their front matter alone.
    has_headings: bool = True
    # The button, or list, that switches to dark.
    theme_switch: str = "#theme"
    shortcut: Shortcut | None = None
    # Whether the window stays when a reader follows the site's own links, and those of the widget.
    keeps_window: bool = False
    keeps_window_for_sources: bool = False


MEMORY = {"NODE_OPTIONS": "--max-old-space-size=1024"}
REACT = (
    "vite@7",
    "typescript@5.9.3",
    "@vitejs/plugin-react@5",
    "@types/react@19",
    "@types/react-dom@19",
    "react@19",
    "react-dom@19",
    "react-router@7",
)
VITE = (("npx", "tsc"), ("npx", "vite", "build", "--outDir", "{output}", "--emptyOutDir"))

EXAMPLES = (
    Example(
        "docusaurus",
        "Docusaurus",
        (("npx", "docusaurus", "build", "--out-dir", "{output}"),),
        npm=(
            "@docusaurus/core@3.10.2",
            "@docusaurus/preset-classic@3.10.2",
            "@easyops-cn/docusaurus-search-local@0.52.3",
            "react@19",
            "react-dom@19",
        ),
        environment=MEMORY,
        pages="docs",
        has_headings=False,
        theme_switch="button[class*=toggleButton]",
        shortcut=Shortcut("Control+k", ".navbar__search-input:focus", "[class*=suggestion]"),
        keeps_window=True,
        keeps_window_for_sources=True,
    ),
    Example(
        "vitepress",
        "VitePress",
        (("npx", "vitepress", "build", ".", "--outDir", "{output}"),),
        npm=("vitepress@1.6.4",),
        environment=MEMORY,
        theme_switch=".VPSwitchAppearance",
        shortcut=Shortcut("Control+k", ".VPLocalSearchBox", ".VPLocalSearchBox .result"),
        keeps_window=True,
        keeps_window_for_sources=True,
    ),
    Example(
        "mkdocs",
        "MkDocs",
        (("mkdocs", "build", "--quiet", "--site-dir", "{output}"),),
        pip=("mkdocs-material>=9.5,<10",),
        pages="docs",
        theme_switch="label[for=__palette_1]",
        shortcut=Shortcut("/", "[data-md-component=search-query]:focus", ".md-search-result__link"),
        keeps_window=True,
        keeps_window_for_sources=True,
    ),
    Example(
        "sphinx",
        "Sphinx",
        (("sphinx-build", "-q", "-E", ".", "{output}"),),
        pip=("Sphinx==9.0.4", "furo==2025.12.19", "myst-parser==5.2.0"),
        theme_switch=".theme-toggle",
        shortcut=Shortcut("/", "input[name=q]:focus"),
    ),
    Example(
        "starlight",
        "Astro Starlight",
        (("npx", "astro", "build", "--outDir", "{output}"),),
        npm=("astro@5.18.2", "@astrojs/starlight@0.37.7"),
        environment=MEMORY | {"ASTRO_TELEMETRY_DISABLED": "1"},
        pages="src/content/docs",
        has_headings=False,
        theme_switch="starlight-theme-select select",
        shortcut=Shortcut("Control+k", "site-search dialog[open]", ".pagefind-ui__result-link"),
    ),
    Example(
        "hugo",
        "Hugo",
        (("hugo", "--quiet", "--destination", "{output}"),),
        pages="content",
        first_page="_index.md",
        has_headings=False,
        shortcut=Shortcut("/", "#search:focus", "#found a"),
    ),
    Example("plain", "Plain HTML", form="html"),
    Example("bundle", "Your own bundle", VITE, npm=("vite@7", "typescript@5.9.3"), form="html"),
    Example("react", "React", (*VITE, ("node", "render.mjs")), npm=REACT, pages="src", form="json", keeps_window=True),
    Example(
        "react-router",
        "React",
        VITE,
        npm=REACT,
        folder="react",
        block=2,
        pages="src",
        form="json",
        keeps_window=True,
        keeps_window_for_sources=True,
    ),
)


def snippet(example: Example) -> str:
    """Return the code of the documentation that an owner copies for a site."""
    text = DOCUMENTATION.read_text(encoding="utf-8")
    section = text.partition(f"\n## {example.section}\n")[2].partition("\n## ")[0]
    blocks: list[str] = re.findall(r"^```\w+\n(.*?)^```$", section, re.S | re.M)
    return blocks[example.block - 1]
