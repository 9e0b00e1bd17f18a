"""Passages: what of them can be quoted, what says one thing, and what of a block follows from its body."""

import pytest

from chatkit.search.passages import Block, BlockKind, Unit, join_passages, read_blocks, read_texts, store_unit, texts_of
from chatkit.text.analysis import stems
from tests import factories

PAGE = (
    "Lamps burn. Run this:\n\n```sh\nlight --lamp\n```\n\n- port\n- starboard\n\n"
    "Colours:\n\n| lamp | colour |\n| --- | --- |\n| port | red |\n| stern | white |\n\n1. Trim.\n2. Light.\n"
)
[PASSAGE] = factories.passages(PAGE)


def test_rows_items_and_code_are_read_with_what_stands_above_them() -> None:
    prose, code, listed, colours, table, steps = PASSAGE.contexts
    heading = PASSAGE.heading_stems
    assert prose == (heading, heading)
    assert set(code) == {heading | stems("run this")}
    assert set(listed) == {heading}
    assert colours == (heading,)
    assert set(table) == {heading | stems("colours lamp colour")}
    assert set(steps) == {heading}


def test_a_fact_is_a_unit_with_what_it_is_read_with() -> None:
    assert PASSAGE.heading_stems | stems("colours lamp colour port red") in PASSAGE.facts(PASSAGE.stems)


def test_a_passage_holds_the_stems_of_its_headings_and_of_what_its_blocks_show() -> None:
    assert PASSAGE.stems == stems("\n".join([PASSAGE.heading, "sh", *PASSAGE.texts]))


def test_the_address_of_a_link_is_none_of_its_words() -> None:
    unit = Unit("Set [the port:](/guide/setup#port-number)", (("Set the port:",),))
    assert unit.stems == stems("Set the port:")


def test_a_page_shows_paragraphs_lines_and_cells() -> None:
    assert PASSAGE.texts == (
        *("Lamps burn. Run this:", "light --lamp", "port", "starboard", "Colours:"),
        *("lamp", "colour", "port", "red", "stern", "white", "Trim.", "Light."),
    )


def test_what_follows_from_the_body_is_not_stored() -> None:
    unit = Unit("- Set `A_B`.", (("Set A_B.",),))
    assert store_unit(unit, BlockKind.LIST, "- Set `A_B`.") == 12
    unit = Unit(r"- Set \*A\*.", (("Set *A*.",),))
    assert store_unit(unit, BlockKind.LIST, "- Set *A*.") == [10, r"- Set \*A\*."]
    unit = Unit("- Set *A* so.", (("Set A so.",),))
    assert store_unit(unit, BlockKind.LIST, "- Set *A* so.") == [13, "- Set *A* so.", "Set A so."]


@pytest.mark.parametrize(
    "unit", [Unit("x", ()), Unit("", ()), Unit("y", (("x",),)), Unit("x", (("a", "b"), ("c",))), Unit("x", (("x",),))]
)
def test_a_unit_is_read_as_it_was_stored(unit: Unit) -> None:
    stored = [{"kind": "prose", "at": 0, "units": [store_unit(unit, BlockKind.PROSE, "x")]}]
    assert read_blocks(stored, "x") == (Block(BlockKind.PROSE, (unit,)),)


def test_what_was_stored_is_read() -> None:
    stored = [
        {"kind": "prose", "at": 0, "units": [4, [3, r"\*b", "*b"]]},
        {"kind": "code", "at": 14, "units": [1, 0, 2], "language": "sh"},
    ]
    body = "a b *b\n\n```sh\nx\n\n y\n```"
    found = read_blocks(stored, body)
    assert found == (
        Block(BlockKind.PROSE, (Unit("a b ", (("a b ",),)), Unit(r"\*b", (("*b",),)))),
        Block(BlockKind.CODE, (Unit("x", (("x",),)), Unit("", ()), Unit(" y", (("y",),))), None, "sh"),
    )
    assert read_texts(stored, body) == texts_of(found) == ("a b *b", "x", "y")


def test_passages_of_one_section_become_one() -> None:
    both = join_passages([PASSAGE, PASSAGE])
    assert both.body == f"{PASSAGE.body}\n\n{PASSAGE.body}"
    assert both.texts == PASSAGE.texts * 2
