"""Passages: what of them can be quoted, what says one thing, and what of a block follows from its body."""

from dataclasses import replace

import pytest

from chatkit.search.passages import Block, BlockKind, Unit, join_passages, read_blocks, read_texts, store_unit, texts_of
from chatkit.text.analysis import stems
from tests import factories

PAGE = (
    "Lamps burn. Run this:\n\n```sh\nlight --lamp\n```\n\n- port\n- starboard\n\n"
    "Colours:\n\n| lamp | colour |\n| --- | --- |\n| port | red |\n| stern | white |\n\n1. Trim.\n2. Light.\n"
)
[PASSAGE] = factories.passages(PAGE)


def test_a_sentence_is_quoted_with_what_it_announces() -> None:
    quoted = [
        (said.sentence.markdown.strip() if said.sentence else None, said.structure and said.structure.kind)
        for said in PASSAGE.statements
    ]
    assert quoted == [
        ("Lamps burn.", None),
        ("Run this:", BlockKind.CODE),
        (None, BlockKind.LIST),
        ("Colours:", BlockKind.TABLE),
        (None, BlockKind.STEPS),
    ]


def test_rows_and_items_say_one_thing_each_and_steps_one_together() -> None:
    listed, table, steps = PASSAGE.statements[2:]
    assert listed.facts == (stems("port"), stems("starboard"))
    assert table.facts == (stems("colours lamp colour port red"), stems("colours lamp colour stern white"))
    assert steps.facts == (stems("trim light"),)


def test_a_statement_opens_with_its_first_three_words() -> None:
    assert PASSAGE.statements[1].opening == stems("Run this light")
    assert PASSAGE.statements[0].opening == stems("Lamps burn")


def test_a_statement_may_show_some_of_its_rows() -> None:
    table = PASSAGE.statements[3]
    assert table.structure is not None
    shown = table.with_units(table.structure.units[1:])
    assert shown.structure is not None
    assert shown.structure.markdown == "| lamp | colour |\n| --- | --- |\n| stern | white |"


def test_a_passage_holds_the_stems_of_its_headings_and_of_what_its_blocks_show() -> None:
    assert PASSAGE.stems == stems("\n".join([PASSAGE.heading, "sh", *PASSAGE.texts]))


def test_the_address_of_a_link_is_none_of_its_words() -> None:
    unit = Unit("Set [the port:](/guide/setup#port-number)", (("Set the port:",),))
    assert unit.stems == stems("Set the port:")
    code = Block(BlockKind.CODE, (Unit("run", (("run",),)),))
    [statement] = replace(PASSAGE, blocks=(Block(BlockKind.PROSE, (unit,)), code)).statements
    assert (statement.structure, statement.opening) == (code, stems("Set the port"))


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
