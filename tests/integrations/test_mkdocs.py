"""The MkDocs plugin, beside what `make sites` shows of it on a real site."""

from chatkit_docs.mkdocs import ChatKitPlugin
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page

SERVER = "https://chat.example.com"
SCRIPT = f'<script type="module" src="{SERVER}/widget/chatkit-widget.js"></script>'
CONFIG = MkDocsConfig()
PAGE = Page(None, File("index.md", "docs", "site", use_directory_urls=True), CONFIG)


def _plugin(**options: object) -> ChatKitPlugin:
    plugin = ChatKitPlugin()
    assert plugin.load_config({"server": SERVER, **options}) == ([], [])
    return plugin


def test_the_widget_stands_at_the_end_of_a_page() -> None:
    html = "<pre>a sample: </body></pre><p>Words</p></body></html>"
    plugin = _plugin(
        site="bread & co", privacy_url="/p/", shortcut=True, starters=["How?", "Why?"], words={"ask": "Go"}
    )
    shown = plugin.on_post_page(html, page=PAGE, config=CONFIG)
    attributes = 'privacy-url="/p/" shortcut="" site="bread &amp; co" starters="How?|Why?"'
    attributes += ' words="{&quot;ask&quot;: &quot;Go&quot;}"'
    element = f"<chatkit-widget {attributes}></chatkit-widget>"
    assert shown == f"<pre>a sample: </body></pre><p>Words</p>{SCRIPT}{element}</body></html>"


def test_a_page_without_an_end_tag_has_it_too() -> None:
    shown = _plugin().on_post_page("<p>Words", page=PAGE, config=CONFIG)
    assert shown == f"<p>Words{SCRIPT}<chatkit-widget></chatkit-widget>"


def test_of_templates_only_the_page_for_lost_readers_has_it() -> None:
    for name, has_widget in (("404.html", True), ("sitemap.xml", False)):
        shown = _plugin().on_post_template("<body></body>", template_name=name, config=CONFIG)
        assert ("chatkit-widget" in (shown or "")) == has_widget


def test_wrong_options_are_named() -> None:
    for options, name in (({}, "server"), ({"server": "chat"}, "server"), ({"layout": "flat"}, "layout")):
        errors, _ = ChatKitPlugin().load_config({} if name == "server" else {"server": SERVER} | options)
        assert [key for key, _ in errors] == [name]
    _, warnings = ChatKitPlugin().load_config({"server": SERVER, "thme": "dark"})
    assert [key for key, _ in warnings] == ["thme"]
