"""Tokens: the words of a text."""

import itertools
import re
import unicodedata

WORD = re.compile(r"\w+")
# C++, C# and .NET are names to programmers and a single letter or a common word to an index.
NAME = re.compile(r"(?<![\w+#.])(?:([a-z])(\+\+|#)(?![\w+#])|\.(net)(?!\w))", re.I)
SIGNS = {"++": "plusplus", "#": "sharp"}
# Where the words of an identifier such as maxWorkers meet. GitHub, iPhone and macOS are names, and one word each.
# Each pattern begins with the sign that is rare, which is several times as quick on a long text.
CAMEL = re.compile(r"[A-Z](?<=[a-z0-9][A-Z])(?=[a-z])")
IDENTIFIER = re.compile(r"\b[a-z]{2}[a-z0-9]*(?:[A-Z][a-z]+[0-9]*)+\b")
# Chinese, Japanese and Korean are written without the spaces that words are cut at.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def tokenize(text: str) -> list[str]:
    """Return every word in lower case, in order.

    An identifier is its parts and then itself in one word.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFC", text)
    if CAMEL.search(plain):
        plain = IDENTIFIER.sub(lambda name: CAMEL.sub(r"_\g<0>", name[0]), plain)
    plain = plain.lower()
    if "++" in plain or "#" in plain or ".net" in plain:
        plain = NAME.sub(_spell, plain)
    tokens: list[str] = WORD.findall(plain)
    unspaced = not plain.isascii() and UNSPACED.search(plain) is not None
    if "_" not in plain and not unspaced:
        return tokens
    found = []
    for token in tokens:
        for part in filter(None, token.split("_")):
            found += _cut(part) if unspaced else [part]
        if "_" in token.strip("_"):
            found.append(token.replace("_", ""))
    return found


def _spell(name: re.Match[str]) -> str:
    letter, sign, net = name.groups()
    return f" dot{net} " if net else f" {letter}{SIGNS[sign]} "


def _cut(word: str) -> list[str]:
    """Return a word as it is, or every two neighbours of what is written without spaces.

    Chinese characters stand beside their pairs too, each before the pair that it begins: many are words themselves.
    """
    if not UNSPACED.search(word):
        return [word]
    found = [part for part in UNSPACED.split(word) if part]
    for run in UNSPACED.findall(word):
        if len(run) == 1:
            found.append(run)
            continue
        for first, second in itertools.pairwise(run):
            found += [first, first + second] if HAN.match(first) else [first + second]
        if HAN.match(run[-1]):
            found.append(run[-1])
    return found
