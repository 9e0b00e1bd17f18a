"""Make `chatkit/text/thesaurus.txt`: the stems of known English words, with other words for the same thing.

`python -m tests.eval.thesaurus WORDNET DOCUMENTATION…` needs the encoder of `chatkit[semantic]`, all-MiniLM-L6-v2
(Apache 2.0), whose vectors say which words are near to each other, and whose vocabulary is the English that readers
use. WORDNET is the folder of the files of Princeton's WordNet 3.0, such as `/usr/share/wordnet` of Debian's
`wordnet-base`. Vectors bring opposites and siblings as close as synonyms, and WordNet tells them apart. DOCUMENTATION
are folders of text that say which words software's pages use; the source distributions of Django, Celery, Scrapy,
Sphinx, Flask and gunicorn were taken, whose licences are BSD and MIT.
"""

import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from chatkit import create_app
from chatkit.search import encoders
from chatkit.text.analysis import stem
from chatkit.text.languages.registry import ENGLISH
from chatkit.text.synonyms import THESAURUS

WORD = re.compile(r"[a-z]{3,}")
WRITTEN = re.compile(r"(?<![\w/.`:_-])[A-Za-z]{3,}(?![\w/_(`:]|\.\w)")
INSIDE_SENTENCE = re.compile(r"[a-z,] $")
SUFFIXES = {".md", ".rst", ".txt"}
# A word is known that stands in so many files, or in the encoder's vocabulary. Only those that stand in so many are
# given as synonyms: pages must use them.
FILES = 4
# What is mostly written with a capital is a name, and nothing else is another word for it.
NAME_SHARE = 0.6
# How near the vectors of two words must be, by what WordNet says of the two. Siblings such as two colours, opposites,
# kinds of a thing, such as white of colour, and its parts, such as the minutes of an hour, are not taken, however near.
LEAST = {"same": 0.5, "related": 0.6, "unknown": 0.7, "unrelated": 0.8}
MOST = 4
OPPOSITE_PREFIXES = ("de", "dis", "im", "in", "ir", "mis", "non", "un")
POINTERS = {"&", "$", "^", "*", ">", "="}
HYPERNYM, ANTONYM, DERIVED = "@", "!", "+"
PART_OF = ("#", "%")
PARTS = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}


@dataclass
class WordNet:
    """What WordNet says of stems: their sets of synonyms, what is related to these, what lies above them."""

    synsets: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    related: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    above: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    parts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    derived: set[tuple[str, str]] = field(default_factory=set)
    opposites: set[tuple[str, str]] = field(default_factory=set)

    def relation(self, first: str, second: str) -> str:
        """Return how two stems are related: a key of ``LEAST``, or what is never taken."""
        if {(first, second), (second, first)} & self.opposites or _are_opposites_by_prefix(first, second):
            return "opposite"
        own, other = self.synsets.get(first, set()), self.synsets.get(second, set())
        if not own or not other:
            return "unknown"
        if any(self.parts[key] & other for key in own):
            return "part"
        if own & other:
            return "same"
        # Words for a kind of doing are words for doing it, but a kind of a thing is another thing.
        above = _union(self.above, other)
        if any(key.startswith("noun") for key in own & (above | _union(self.above, above))):
            return "kind"
        if {(first, second), (second, first)} & self.derived or any(self.related[key] & other for key in own):
            return "related"
        return "sibling" if _union(self.above, own) & _union(self.above, other) else "unrelated"

    def is_adverb(self, stem: str) -> bool:
        """Tell whether a stem is only ever an adverb."""
        return bool(self.synsets.get(stem)) and all(key.startswith("adv") for key in self.synsets[stem])


@dataclass
class Usage:
    """In how many files each word stands, and how often it stands within a sentence, with a capital or at all."""

    files: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)
    capitals: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Write the thesaurus and print how large it has become."""
    wordnet, usage = read_wordnet(Path(sys.argv[1])), read_usage(map(Path, sys.argv[2:]))
    vocabulary = json.loads(encoders.TOKENIZER.read_text(encoding="utf-8"))["model"]["vocab"]
    words = sorted(
        {word for word in vocabulary if WORD.fullmatch(word)} | {w for w, n in usage.files.items() if n >= FILES}
    )
    forms: dict[str, list[str]] = defaultdict(list)
    for word in words:
        forms[stem(word)].append(word)
    lines = [
        " ".join([own, *(f"{word}:{similarity:.0%}".rstrip("%") for word, similarity in found)])
        for own, found in _neighbours(forms, _vectors(forms), wordnet, usage).items()
    ]
    THESAURUS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    synonyms = sum(line.count(":") for line in lines)
    print(f"{len(lines)} stems, {synonyms} synonyms of {sum(':' in line for line in lines)} of them")
    return 0


def read_wordnet(folder: Path) -> WordNet:
    """Read WordNet's files; see wndb(5WN). Names, which begin with a capital, and words with a space are left out."""
    found = WordNet()
    rows = dict[str, list[str]]()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if not line.startswith("  "):
                rows[part + line[:8]] = line.partition(" | ")[0].split()
    words = {
        key: [word.partition("(")[0] for word in row[4 : 4 + 2 * int(row[3], 16) : 2]] for key, row in rows.items()
    }
    for key, row in rows.items():
        for word in words[key]:
            if WORD.fullmatch(word):
                found.synsets[stem(word)].add(key)
        at = 4 + 2 * int(row[3], 16)
        for place in range(at + 1, at + 1 + 4 * int(row[at]), 4):
            pointer, offset, part, places = row[place : place + 4]
            other = PARTS[part] + offset
            if pointer in (ANTONYM, DERIVED):
                pair = words[key][int(places[:2], 16) - 1], words[other][int(places[2:], 16) - 1]
                (found.opposites if pointer == ANTONYM else found.derived).add((stem(pair[0]), stem(pair[1])))
            elif pointer in POINTERS or pointer == HYPERNYM:
                found.related[key].add(other)
                found.related[other].add(key)
            if pointer == HYPERNYM:
                found.above[key].add(other)
            if pointer.startswith(PART_OF):
                found.parts[key].add(other)
    return found


def read_usage(folders: Iterable[Path]) -> Usage:
    """Count the words of folders of documentation."""
    found = Usage()
    for path in sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in SUFFIXES):
        text = path.read_text(encoding="utf-8", errors="ignore")
        seen = set[str]()
        for written in WRITTEN.finditer(text):
            word = written[0].lower()
            seen.add(word)
            if INSIDE_SENTENCE.search(text, max(0, written.start() - 2), written.start()):
                found.inside[word] += 1
                found.capitals[word] += written[0][0].isupper()
        found.files.update(seen)
    return found


def _vectors(forms: Mapping[str, list[str]]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Return a vector of length 1 for each stem: the mean of those of its forms."""
    settings = create_app({"SECRET_KEY": os.urandom(32).hex(), "SEMANTIC": "on"}).config["CHATKIT"]
    choice = encoders.choose(settings)
    if choice.model is None:
        raise SystemExit(choice.reason)
    encoder = encoders.load(choice.model)
    means = [np.mean([encoder.encode_question(word).vector for word in words], axis=0) for words in forms.values()]
    return np.array([mean / np.linalg.norm(mean) for mean in means], dtype=np.float32)


def _neighbours(
    forms: Mapping[str, list[str]],
    vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]",
    wordnet: WordNet,
    usage: Usage,
) -> dict[str, list[tuple[str, float]]]:
    """Return for each stem other words for the same thing, with how near they are, the nearest first; maybe none."""
    stems = list(forms)
    asking = {stem(word) for word in ENGLISH.stopped | ENGLISH.light}

    def says_little(own: str) -> bool:
        inside = sum(usage.inside[word] for word in forms[own])
        is_name = inside >= 3 and sum(usage.capitals[word] for word in forms[own]) > NAME_SHARE * inside
        return own in asking or is_name or wordnet.is_adverb(own)

    little = {own for own in stems if says_little(own)}
    targets = [
        place
        for place, own in enumerate(stems)
        if own not in little and sum(usage.files[word] for word in forms[own]) >= FILES
    ]
    candidates, least = vectors[targets], min(LEAST.values())
    found: dict[str, list[tuple[str, float]]] = {}
    for own, vector in zip(stems, vectors, strict=True):
        similarities = candidates @ vector
        near = sorted(
            ((float(similarities[place]), targets[place]) for place in np.flatnonzero(similarities >= least)),
            reverse=True,
        )
        found[own] = [
            (max(forms[stems[place]], key=lambda word: (usage.files[word], word)), similarity)
            for similarity, place in near
            if own != stems[place]
            and own not in little
            and similarity >= LEAST.get(wordnet.relation(own, stems[place]), 1.1)
            and not _is_compound_of(stems[place], own, forms)
        ][:MOST]
    return found


def _are_opposites_by_prefix(first: str, second: str) -> bool:
    return any(first == prefix + second or second == prefix + first for prefix in OPPOSITE_PREFIXES)


def _is_compound_of(word: str, part: str, known: Mapping[str, object]) -> bool:
    """Tell whether a word is another known one and this part: a home page is not every page."""
    return (word.startswith(part) and word.removeprefix(part) in known) or (
        word.endswith(part) and word.removesuffix(part) in known
    )


def _union(sets: Mapping[str, set[str]], keys: Iterable[str]) -> set[str]:
    return set[str]().union(*(sets.get(key, ()) for key in keys))


if __name__ == "__main__":
    sys.exit(main())
