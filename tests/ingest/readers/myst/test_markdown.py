"""MyST's Markdown: what directives, roles and targets become, as mystmd and Sphinx render the same lines."""

import time

import pytest

from chatkit.ingest.readers.html.page import read_sections
from chatkit.ingest.readers.myst.markdown import to_html
from chatkit.ingest.readers.myst.page import Page


def _blocks(text: str, is_sphinx: bool = False) -> list[str]:
    page = Page(
        give_ids=lambda tokens: None,
        label=lambda label: ("other.md#there", "The place") if label == "there" else None,
        page=lambda path: ("other.md", "The page") if path == "other" else None,
        is_sphinx=is_sphinx,
        substitutions={"name": "the *value*", "self": "{{ self }}"},
    )
    return [block.body for section in read_sections(to_html(text, page)) for block in section.blocks]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ref}`there` and {ref}`here <there>`", "The place and here"),
        ("{doc}`other`, [](other), [](#there), [](nowhere)", "The page, The page, The place,"),
        ("{numref}`Figure %s <there>`", "Figure"),
        ("{term}`Word`s {term}`words <Word>`", "Words words"),
        ("{math}`a^2` and $b_2$, $5 and $6", r"\(a^2\) and \(b_2\), $5 and $6"),
        ("{abbr}`HTML (HyperText)` {kbd}`Ctrl` H{sub}`2`O", "HTML Ctrl H2O"),
        ("{file}`a.py` {py:func}`~a.b.run` {meth}`go <a.go>` {class}`!A`", "`a.py` `run()` `go` `A`"),
        ("{menuselection}`File --> Save` {guilabel}`OK` {pep}`8`", "File ‣ Save OK PEP 8"),
        ("See {cite:t}`a2020,b2021` and {eq}`sum`{octicon}`rocket`{eval}`1+1`.", "See [a2020,b2021] and (sum)."),
        ("{{ name }}, {{ none }}, {{ self }}.", "the value, , ."),
        (
            "`{ref}` and ``{ref}`x` `` and {not a role} `{{ name }}`",
            "`{ref}` and `` {ref}`x` `` and {not a role} `{{ name }}`",
        ),
    ],
)
def test_a_role_is_shown_as_its_words(text: str, words: str) -> None:
    assert _blocks(text) == [words]


def test_a_role_with_an_address_is_a_link() -> None:
    page = Page(give_ids=lambda tokens: None, label=lambda label: ("other.md#there", "The place"))
    assert to_html("{ref}`there`", page) == '<p><a href="other.md#there">The place</a></p>\n'


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```{note}\nWords.\n```", ["Words."]),
        (":::{tip} A *title*\n:class: wide\n\nWords.\n:::", ["A title", "Words."]),
        (":::{note}\n## Its title\nWords.\n:::", ["Its title", "Words."]),
        ("::::{tab-set}\n:::{tab-item} One\nA\n:::\n:::{tab-item} Two\nB\n:::\n::::", ["One:", "A", "Two:", "B"]),
        (":::{card} Title\nHead\n^^^\nBody\n+++\nFoot\n:::", ["Head", "Title", "Body", "Foot"]),
        ("````{dropdown} Why\n```python\n# no heading\n```\n````", ["Why", "```python\n# no heading\n```"]),
        ("```{code-block} python\n:linenos:\n\n# no heading\n    x\n```", ["```python\n# no heading\n    x\n```"]),
        ("```{code-cell} ipython3\n---\ntags: [hide-input]\n---\n1\n```", ["```python\n1\n```"]),
        ("```{code-cell}\n:tags: [remove-input]\n1\n```", []),
        ("```{figure} a.png\n:name: f\n\nThe *caption*.\n```", ["The caption."]),
        ("```{math}\n:label: e\na = b\n```\n\n$$\nc\n$$ (d)", [r"\[a = b\]", r"\[c\]"]),
        ("\\begin{align}\na\n\\end{align}", [r"\[\begin{align} a \end{align}\]"]),
        (
            "```{list-table} Of two\n:header-rows: 1\n* - A\n  - B\n* - 1\n  - `2`\n```",
            ["Of two", "| A | B |\n| --- | --- |\n| 1 | `2` |"],
        ),
        ('```{csv-table}\n:header: A, B\n1, "2, 3"\n```', ["| A | B |\n| --- | --- |\n| 1 | 2, 3 |"]),
        (
            "```{glossary}\nWord\n  Its meaning.\n\nOther\n: *Its* own.\n```",
            ["Word", "Its meaning.", "Other", "Its own."],
        ),
        ("```{toctree}\na\nb\n```\n```{image} a.png\n```\n```{unknown} x\nlost\n```", []),
        (":::{unknown} x\nIts *words*.\n:::", ["Its words."]),
        ("```{versionchanged} 2.0\nNow it counts.\n```", ["Changed in version 2.0: Now it counts."]),
        ("```{eval-rst}\n.. note::\n\n   With ``code`` and :kbd:`key`.\n\n.. a comment\n```", ["With `code` and key."]),
        ("(label)=\n% a comment\nWords\n+++ {\"a\": 1}\nMore.", ["Words", "More."]),
        ("Text[^1].\n\n[^1]: A *note*.", ["Text.", "A note."]),
        ("- [ ] open\n- [x] done", ["- open\n- done"]),
        ("```python\n:::{note}\n(a)=\n```", ["```python\n:::{note}\n(a)=\n```"]),
        ("1. One\n\n   ```{tip}\n   Two\n   ```\n2. Three", ["1. One\n   Two\n2. Three"]),
    ],
)  # fmt: skip
def test_a_directive_is_what_it_shows(text: str, blocks: list[str]) -> None:
    assert _blocks(text) == blocks


def test_the_first_words_of_a_box_are_its_title_but_in_sphinx() -> None:
    text = "```{note} First\nsecond.\n```"
    assert (_blocks(text), _blocks(text, is_sphinx=True)) == (["First", "second."], ["First second."])


def test_sphinx_sets_dashes_and_quotation_marks_that_are_escaped() -> None:
    text = '"it\\\'s" -- so...'
    assert (_blocks(text), _blocks(text, is_sphinx=True)) == (["“it's” -- so..."], ["“it’s” – so…"])


@pytest.mark.parametrize(
    "opened",
    [
        *(":::{note}\n", "```{note}\n", "{ref}`", "$a ", "{{ name }} ", "{{ a", "$$\n", "(a", "[^", "{a}``"),
        *("- :::{note}\n", "\\begin{align}\n"),
    ],
)
def test_a_long_page_of_what_stays_open_is_read_in_time(opened: str) -> None:
    began = time.process_time()
    _blocks(opened * 10_000)
    assert time.process_time() - began < 3
