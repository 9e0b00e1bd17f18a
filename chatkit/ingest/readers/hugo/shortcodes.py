"""What the shortcodes of a page of Hugo show: `{{< note >}}` becomes Markdown, or HTML that is put in later.

One that the site has a template for shows what that says. Of any other what a pair wraps stays Markdown below its
title, or is code as it stands; what stands alone becomes its words, or nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from chatkit.ingest.readers.hugo import templates as hugo_templates
from chatkit.ingest.readers.hugo.config import table
from chatkit.ingest.readers.hugo.functions import FUNCTIONS, Function, Html, Parameters
from chatkit.ingest.readers.hugo.goldmark import PLACEHOLDER
from chatkit.ingest.readers.hugo.tags import Shortcode, parse
from chatkit.ingest.readers.hugo.templates import Scope, Unknown
from chatkit.ingest.readers.hugo.themes import HIDDEN, LANGUAGES, TAB, shows_code, title_of, words_of

# What stands before a shortcode that is alone on its line: quotes, a list's mark, space.
LINE_START = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?\Z")
MAX_LINE_START = 200
LINE_END = re.compile(r"[ \t]*(?:\n|\Z)")
ALONE = re.compile(rf"<p>((?:\s*{PLACEHOLDER.pattern})+)\s*</p>")
CODE_BLOCK = re.compile(r"<pre\b.*?</pre>", re.S)
ONE_PARAGRAPH = re.compile(r"\s*<p>((?:(?!</?p>).)*)</p>\s*", re.S)


@dataclass(frozen=True)
class SiteShortcodes:
    """What is the same for all pages: the site's own templates by their names, its parameters, its title."""

    templates: Mapping[str, str] = field(default_factory=dict)
    params: Parameters = field(default_factory=Parameters)
    # The texts of the site by language and name, as `i18n` has them.
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    title: str = ""
    base_url: str = ""


class PageShortcodes:
    """The shortcodes of one page.

    ``resolve`` returns the link to the page that a reference names; ``to_html`` is how Markdown becomes HTML.

        shortcodes = PageShortcodes(site, metadata, "en", resolve, to_html)
        html = shortcodes.fill(to_html(shortcodes.markdown(text)))
    """

    def __init__(
        self,
        site: SiteShortcodes,
        metadata: Mapping[str, Any],
        language: str,
        resolve: Callable[[str], str],
        to_html: Callable[[str], str],
    ) -> None:
        self._site, self._metadata, self._language = site, metadata, language
        self._resolve, self._to_html = resolve, to_html
        self._pieces: dict[str, str] = {}

    def markdown(self, text: str) -> str:
        """Return a page's Markdown, with placeholders for what shortcodes show as HTML."""
        return self._join(parse(text), text)

    def fill(self, html: str) -> str:
        """Return a page's HTML with what its placeholders stand for."""
        html = ALONE.sub(lambda found: found[1], html)
        return PLACEHOLDER.sub(lambda found: self._pieces.get(found[0], ""), html)

    def _join(self, children: Sequence[str | Shortcode], page: str) -> str:
        return "".join(child if isinstance(child, str) else self._shown(child, page) for child in children)

    def _hold(self, shortcode: Shortcode | None, html: str) -> str:
        """Keep HTML, and return what stands for it: for all of what a shortcode shows, what Hugo itself would take."""
        if shortcode is not None and shortcode.parent is None:
            place = f"HAHAHUGOSHORTCODEs{shortcode.ordinal}HBHB"
        else:
            place = f"HAHAHUGOSHORTCODEs{len(self._pieces)}xHBHB"
        self._pieces[place] = self.fill(html)
        return place

    def _shown(self, shortcode: Shortcode, page: str) -> str:
        """Return what stands in a page's Markdown for a shortcode."""
        name = shortcode.name.lower()
        if name in {"ref", "relref"}:
            return self._resolve(shortcode.get(0, "path"))
        # What an inline one wraps is its template, which Hugo does not run unless it is told to.
        if name.endswith(".inline") or (name in HIDDEN and name not in self._site.templates):
            return "" if shortcode.is_markdown else self._hold(shortcode, "")
        template = self._site.templates.get(name)
        if shows_code(shortcode, template):
            return self._hold(shortcode, self._code(shortcode))
        try:
            shown = self._own(shortcode, template) if template is not None else self._built_in(name, shortcode)
        except (Unknown, RecursionError):
            shown = None
        if shown is not None and shortcode.is_markdown:
            # Empty lines in code would end the HTML that it is, and the rest be Markdown.
            return CODE_BLOCK.sub(lambda code: self._hold(None, code[0]), shown)
        if shown is not None:
            return self._hold(shortcode, shown)
        return self._unwrapped(shortcode, page)

    def _code(self, shortcode: Shortcode) -> str:
        name = shortcode.name.lower()
        language = shortcode.get(*LANGUAGES) or (shortcode.get(0) if name in {"highlight", "hl", "code"} else "")
        language = language or (name if name == "mermaid" else "")
        named = f' class="language-{escape(language)}"' if re.fullmatch(r"[\w+#.-]+", language) else ""
        return f"<pre><code{named}>{escape(self._raw(shortcode.children or []).strip(chr(10)))}</code></pre>"

    def _raw(self, children: Sequence[str | Shortcode]) -> str:
        """Return what stands in code: of shortcodes in it only plain values."""
        parts = []
        for child in children:
            if isinstance(child, str):
                parts.append(child)
            elif child.children is not None:
                parts.append(self._raw(child.children))
            else:
                shown = self.fill(self._shown(child, ""))
                parts.append("" if "<" in shown else shown)
        return "".join(parts)

    def _own(self, shortcode: Shortcode, template: str) -> str:
        """Return what a site's own template shows. Raises ``Unknown``."""
        return hugo_templates.render(hugo_templates.parse(template), self._scope(shortcode))

    def _scope(self, shortcode: Shortcode) -> Scope:
        inner = Html(self._inner_html(shortcode)) if shortcode.children is not None else ""
        params = {**table(self._metadata, "params"), **self._metadata}
        language = {"Lang": self._language, "LanguageCode": self._language}
        site = {
            "Params": self._site.params, "Title": self._site.title, "BaseURL": self._site.base_url,
            "Language": language, "LanguageCode": self._language,
        }  # fmt: skip
        page = {
            "Title": self._metadata.get("title", ""), "Params": Parameters(params), "Site": site, "Language": language,
            "Lang": self._language, "RenderString": self._render_string, "Param": self._param,
        }  # fmt: skip

        def get(key: str | int) -> str:
            return shortcode.named.get(key.lower(), "") if isinstance(key, str) else shortcode.get(key)

        values = Parameters(shortcode.named) if shortcode.named else list(shortcode.positional)
        fields = {
            "Get": get, "Inner": inner, "InnerDeindent": inner, "Params": values, "Name": shortcode.name,
            "IsNamedParams": bool(shortcode.named), "Ordinal": shortcode.ordinal, "Page": page, "Site": site,
            "Position": "",
        }  # fmt: skip
        if shortcode.parent is not None:
            parent = shortcode.parent
            fields["Parent"] = {
                "Name": parent.name,
                "Get": lambda key: parent.named.get(key, "") if isinstance(key, str) else parent.get(key),
            }
        texts = self._site.texts.get(self._language, {})
        functions: dict[str, Function] = {
            **FUNCTIONS, "markdownify": self._render_string, "Markdownify": self._render_string,
            "highlight": _highlight, "Highlight": _highlight, "T": lambda key, *_: texts.get(key, ""),
            "i18n": lambda key, *_: texts.get(key, ""), "emojify": str,
        }  # fmt: skip
        return Scope(fields, functions)

    def _inner_html(self, shortcode: Shortcode) -> str:
        """Return what a template is given of what its shortcode wraps: Markdown in which others are as they show."""
        text = self._join(shortcode.children or [], "")
        return self._render_string(text) if shortcode.is_markdown and shortcode.parent is not None else text

    def _render_string(self, *values: Any) -> Html:
        """Return Markdown as HTML, without the paragraph around it when there is but one."""
        html = self._to_html(str(values[-1]))
        is_block = len(values) > 1 and isinstance(values[0], dict) and values[0].get("display") == "block"
        one = None if is_block else ONE_PARAGRAPH.fullmatch(html)
        return Html(one[1] if one else html)

    def _param(self, key: str) -> Any:
        """Return a parameter of the page, or else of the site; a dot leads into one."""
        for holder in (self._metadata.get("params"), self._metadata, self._site.params):
            value: Any = holder
            for part in str(key).lower().split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
            if value is not None:
                return value
        return ""

    def _built_in(self, name: str, shortcode: Shortcode) -> str | None:
        """Return what one of Hugo's own shows, or None."""
        if name == "param":
            return hugo_templates.text_of(self._param(shortcode.get(0)))
        if name == "details" and shortcode.children is not None and not shortcode.positional:
            summary = self._render_string(shortcode.get("summary") or "Details")
            return f"<details><summary>{summary}</summary>{self._to_html(self._join(shortcode.children, ''))}</details>"
        if name == "figure":
            title, caption = (shortcode.get(key) for key in ("title", "caption"))
            shown = f"<h4>{escape(title)}</h4>" if title else ""
            credit = self._render_string(shortcode.get("attr")) if shortcode.get("attr") else ""
            shown += f"<p>{self._render_string(caption)}{credit}</p>" if caption or credit else ""
            return f"<figure><figcaption>{shown}</figcaption></figure>" if shown else ""
        return None

    def _unwrapped(self, shortcode: Shortcode, page: str) -> str:
        """Return the words of a shortcode whose template is not known."""
        if shortcode.children is None:
            shown = words_of(shortcode)
            return shown if shortcode.is_markdown else self._hold(shortcode, escape(shown))
        title, inner = title_of(shortcode), self._join(shortcode.children, page)
        before = page[max(shortcode.start - MAX_LINE_START, 0) : shortcode.start].rpartition("\n")
        is_line_start = bool(before[1] or shortcode.start < MAX_LINE_START) and LINE_START.match(before[2]) is not None
        is_alone = is_line_start and LINE_END.match(page, shortcode.end) is not None
        if "\n" not in inner and not is_alone and page:
            shown = f"{title}: {inner}" if title and inner.strip() else title or inner
            return shown if shortcode.is_markdown else self._hold(shortcode, self._render_string(shown))
        # What follows stays in the quote or the item that the shortcode stands in.
        indent = re.sub(r"[^>\t]", " ", before[2]) if is_line_start else ""
        announced = f"{title}:" if title and TAB.search(shortcode.name) else title
        parts = (announced, inner, "") if announced else (inner, "")
        return f"\n\n{indent}".join(parts)


def _highlight(code: Any, language: Any = "", *_: Any) -> Html:
    named = f' class="language-{escape(str(language))}"' if language and isinstance(language, str) else ""
    return Html(f"<pre><code{named}>{escape(str(code))}</code></pre>")
