"""The Sphinx extension `chatkit_docs.sphinx`: every page of HTML loads the widget."""

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from chatkit_docs.element import script_url, written

Metadata = dict[str, bool]


def setup(app: Sphinx) -> Metadata:
    """Take `chatkit_server` and `chatkit_attributes` of conf.py into account."""
    app.add_config_value("chatkit_server", "", "html", [str])
    app.add_config_value("chatkit_attributes", {}, "html", [dict])
    app.connect("builder-inited", _add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_script(app: Sphinx) -> None:
    # Not in a book or a help file, whose pages are HTML too: html, dirhtml and singlehtml make sites.
    if not app.builder.name.endswith("html"):
        return
    try:
        url = script_url(app.config.chatkit_server)
        attributes = {f"data-{name}": value for name, value in written(app.config.chatkit_attributes).items()}
    except ValueError as error:
        raise ConfigError(f"chatkit_docs.sphinx: {error}") from error
    # The script makes the element: themes agree on where scripts stand, on no place at the end of a page.
    app.add_js_file(url, type="module", **{"data-auto": "", **attributes})
