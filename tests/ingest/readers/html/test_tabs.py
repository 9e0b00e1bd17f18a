"""Tabs: each panel's label stands once, above what it announces."""

import pytest

from chatkit.ingest.readers.html.page import read_sections


@pytest.mark.parametrize(
    "markup",
    [
        # By the names that each gives the other.
        '<ul role=tablist><li><a role=tab href="#b" id=tb>B</a><li><a role=tab href="#a" id=ta>A</a></ul>'
        "<div id=a role=tabpanel>One.</div><div id=b role=tabpanel hidden>Two.</div>",
        "<div role=tablist><button role=tab aria-controls=a>A</button><button role=tab aria-controls=b>B</button></div>"
        "<div class=tab-pane id=a>One.</div><div class=tab-pane id=b>Two.</div>",
        "<div role=tablist><button role=tab id=ta>A</button><button role=tab id=tb>B</button></div>"
        "<div role=tabpanel aria-labelledby=ta>One.</div><div role=tabpanel aria-labelledby=tb>Two.</div>",
        # By their order.
        "<div><ul role=tablist><li role=tab>A<li role=tab>B</ul><div><div role=tabpanel>One.</div><div role=tabpanel "
        "hidden>Two.</div></div></div>",
        "<div><input type=radio><input type=radio><div><label>A</label><label>B</label></div><div><div>One.</div><div>"
        "Two.</div></div></div>",
        # Each where it belongs.
        "<div><input type=radio><label>A</label><div>One.</div><input type=radio><label>B</label><div>Two.</div></div>",
    ],
)
def test_a_label_stands_above_its_panel(markup: str) -> None:
    assert [block.body for section in read_sections(markup) for block in section.blocks] == ["A:", "One.", "B:", "Two."]


def test_tabs_within_tabs_and_lists_have_their_own_labels() -> None:
    inner = "<div><ul role=tablist><li role=tab>C</ul><div><div role=tabpanel>Two.</div></div></div>"
    outer = (
        "<ul><li>Item<div><ul role=tablist><li role=tab>A<li role=tab>B</ul><div><div role=tabpanel>One.</div>"
        f"<div role=tabpanel hidden>{inner}</div></div></div></ul>"
    )
    [section] = read_sections(outer)
    assert [block.body for block in section.blocks] == ["- Item\n  A:\n  One.\n  B:\n  C:\n  Two."]
