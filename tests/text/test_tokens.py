"""Tokens: what a word is, of names, identifiers and text without spaces too."""

import pytest

from chatkit.text.tokens import tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Trim the Wick.", ["trim", "the", "wick"]),
        ("C++ and C# run on .NET", ["cplusplus", "and", "csharp", "run", "on", "dotnet"]),
        ("SECRET_KEY", ["secret", "key", "secretkey"]),
        ("__init__", ["init"]),
        ("maxWorkers", ["max", "workers", "maxworkers"]),
        ("--max-workers", ["max", "workers"]),
        ("GitHub on macOS", ["github", "on", "macos"]),
        ("a time-out", ["a", "time", "out"]),
        ("UTF-8, x-y", ["utf", "8", "x", "y"]),
        ("Cafe\u0301", ["caf\u00e9"]),
        ("安装系统v2", ["v2", "安", "安装", "装", "装系", "系", "系统", "统"]),
        ("灯", ["灯"]),
    ],
)
def test_a_text_is_cut_into_words_names_identifiers_and_pairs_of_characters(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens
