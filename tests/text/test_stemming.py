"""Stems and other words for the same thing."""

from concurrent.futures import ThreadPoolExecutor

import snowballstemmer

from chatkit.text.stemming import stem, stems
from chatkit.text.synonyms import synonyms_of


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("Configuring") == stem("configured") == "configur"
    assert stem("IS") == "is"


def test_a_text_has_the_stems_of_all_its_words() -> None:
    assert stems("The lamps of C++ in `LAMP_OIL`") == {"the", "lamp", "of", "cplusplu", "in", "oil", "lampoil"}


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"{chr(97 + number % 26)}{number}ating" for number in range(2_000)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(stem, words))
    assert found == snowballstemmer.stemmer("porter").stemWords(words)


def test_synonyms_are_found_by_any_form_and_leave_the_word_itself_out() -> None:
    assert synonyms_of("deleting") == {"remove", "erase"}
    assert synonyms_of("foghorn") == frozenset()
