"""Every plugin knows the attributes that the documentation lists."""

import re

from chatkit_docs.element import ATTRIBUTES
from chatkit_docs.mkdocs import ChatKitConfig

from tests.servers import ROOT

# What a plugin sets itself, and the older name of `layout`.
OWN = {"api-base", "mode"}


def test_the_plugins_and_the_documentation_know_the_same_attributes() -> None:
    text = (ROOT / "docs/embedding.md").read_text().partition("\n## Attributes of the widget\n")[2]
    rows = re.findall(r"^\| (`.+?) \|", text.partition("\n## ")[0], re.M)
    documented = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} - OWN
    source = (ROOT / "integrations/npm/src/options.ts").read_text().partition("const ATTRIBUTES")[2].partition("};")[0]
    assert set(re.findall(r'"([\w-]+)",$', source, re.M)) == documented
    # An element in every page that is open by itself would cover it.
    assert set(ATTRIBUTES) == documented - {"open"}
    options = set(ChatKitConfig()) - {"server"}
    assert {name.replace("_", "-") for name in options} == set(ATTRIBUTES)
