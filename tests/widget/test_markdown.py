"""What the widget must know of the server's sentences to draw an answer."""

import re

import pytest

from chatkit.answers.phrases.languages import LANGUAGES
from tests.servers import ROOT

UNSUPPORTED = ROOT / "chatkit/widget/src/unsupported.ts"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_widget_knows_how_a_sentence_without_support_is_marked(language: str) -> None:
    [pattern] = re.findall(r"const UNSUPPORTED =\n  /(.*)/;", UNSUPPORTED.read_text(encoding="utf-8"))
    assert re.fullmatch(pattern, f" {LANGUAGES[language].unsupported}")
