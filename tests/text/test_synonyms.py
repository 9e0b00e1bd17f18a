"""Synonyms: those chosen by hand, and the thesaurus that is shipped."""

import pytest

from chatkit.text.analysis import stem
from chatkit.text.synonyms import THESAURUS, is_known, synonyms_of

OPPOSITES = """
    enable/disable start/stop import/export first/second upload/download include/exclude open/close show/hide
    lock/unlock install/uninstall encode/decode push/pull allow/deny upper/lower minimum/maximum before/after left/right
    increase/decrease online/offline valid/invalid public/private input/output sync/async success/failure
    upgrade/downgrade
""".split()  # noqa: SIM905  (a list of words, not of lines)
SIBLINGS = """
    linux/windows monday/tuesday january/february red/blue python/javascript chrome/firefox two/three gigabyte/megabyte
    german/french debian/ubuntu north/south hour/minute
""".split()  # noqa: SIM905


def test_synonyms_are_found_by_any_form_and_leave_the_word_itself_out() -> None:
    found = synonyms_of("deleting")
    assert {"remove", "erase"} <= found.keys()
    assert "delete" not in found
    assert synonyms_of("xyzzy") == {}


@pytest.mark.parametrize(
    ("word", "other"),
    [("largest", "biggest"), ("colour", "color"), ("wrote", "write"), ("photo", "picture"), ("forbidden", "prohibit")],
)
def test_words_for_the_same_thing_are_known(word: str, other: str) -> None:
    assert stem(other) in {stem(found) for found in synonyms_of(word)}


@pytest.mark.parametrize("pair", [*OPPOSITES, *SIBLINGS])
def test_opposites_and_siblings_are_no_synonyms(pair: str) -> None:
    first, second = pair.split("/")
    assert stem(second) not in {stem(found) for found in synonyms_of(first)}
    assert stem(first) not in {stem(found) for found in synonyms_of(second)}


def test_every_line_is_a_stem_with_words_that_are_only_partly_it() -> None:
    for line in THESAURUS.read_text(encoding="utf-8").splitlines():
        own, *entries = line.split(" ")
        assert own.isalpha()
        for entry in entries:
            word, _, percent = entry.partition(":")
            assert stem(word) != own
            assert 0 < int(percent) <= 100
            assert is_known(word)


def test_the_thesaurus_stays_small() -> None:
    assert THESAURUS.stat().st_size < 400_000


def test_forms_of_common_words_are_known_and_misspelt_ones_are_not() -> None:
    assert all(map(is_known, ("tickets", "suites", "slack", "configuring", "newsletter")))
    assert not any(map(is_known, ("databse", "bakcup", "configuraton", "shceduler")))
