"""The MkDocs plugin `chatkit`: the widget stands at the end of every page."""

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.pages import Page

from chatkit_docs.element import tags


class ChatKitConfig(Config):
    """The server, and the element's attributes with underscores for hyphens."""

    server = config_options.URL()
    heading = config_options.Optional(config_options.Type(str))
    lang = config_options.Optional(config_options.Type(str))
    layout = config_options.Optional(config_options.Choice(("floating", "side", "modal")))
    placeholder = config_options.Optional(config_options.Type(str))
    position = config_options.Optional(config_options.Choice(("right", "left")))
    privacy_url = config_options.Optional(config_options.Type(str))
    shortcut = config_options.Type(bool, default=False)
    site = config_options.Optional(config_options.Type(str))
    starters = config_options.ListOfItems(config_options.Type(str), default=[])
    theme = config_options.Optional(config_options.Choice(("auto", "light", "dark")))
    trigger = config_options.Optional(config_options.Type(str))
    version = config_options.Optional(config_options.Type(str))
    words = config_options.Optional(config_options.Type(dict))


class ChatKitPlugin(BasePlugin[ChatKitConfig]):
    """Puts the widget into pages, and into the one for addresses that lead nowhere."""

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Put the widget into a page."""
        return self._with_widget(output)

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str | None:
        """Put the widget into the page 404; other templates are no pages."""
        return self._with_widget(output_content) if template_name == "404.html" else output_content

    def _with_widget(self, html: str) -> str:
        attributes = {name.replace("_", "-"): value for name, value in self.config.items() if name != "server"}
        before, end, after = html.rpartition("</body>")
        widget = tags(self.config.server, attributes)
        # A theme may leave out the end tag, which HTML allows.
        return f"{before}{widget}{end}{after}" if end else html + widget
