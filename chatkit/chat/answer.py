"""Answering without a model: the site's own sentences, each marked with the passage it stands in."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatkit.content.markdown import plain
from chatkit.content.search import Hit, document_frequencies, search, stem, terms

MODEL = "extractive"
MAX_SOURCES = 5
MAX_SENTENCES = 4
EXCERPT_LENGTH = 200
# A passage counts as fitting when it holds this share of what the question asks, rare words weighing more.
ENOUGH_COVERAGE = 0.5
NOT_COVERED = "The documentation does not seem to cover this."
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`*\"'(])")
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Source:
    """A cited passage; ``score`` is the share of the question it holds, 0 to 1."""

    id: str
    title: str
    url: str
    excerpt: str
    score: float


@dataclass(frozen=True)
class Answer:
    """Markdown text with marks such as [1], counting ``sources`` from 1. No sources: not covered."""

    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class _Sentence:
    source: int
    position: int
    text: str
    score: float


def find(question: str) -> list[Hit]:
    """Return the passages to answer from, best first."""
    return search(question, MAX_SOURCES * 2)


def compose(question: str, hits: Sequence[Hit]) -> Answer:
    """Answer from passages, or say that they do not cover the question and cite nothing."""
    weights = _weights(question)
    scored = [(hit, _coverage(weights, f"{hit.heading}\n{hit.body}")) for hit in hits]
    fitting = [(hit, score) for hit, score in scored if score >= ENOUGH_COVERAGE][:MAX_SOURCES]
    if not fitting:
        return Answer(NOT_COVERED, ())
    chosen = _choose(weights, fitting)
    cited = sorted({sentence.source for sentence in chosen})
    number = {source: place for place, source in enumerate(cited, 1)}
    paragraphs = []
    for source in cited:
        own = sorted((s for s in chosen if s.source == source), key=lambda s: s.position)
        paragraphs.append(_join([s.text for s in own], number[source]))
    sources = tuple(_source(fitting[source], chosen, source) for source in cited)
    return Answer("\n\n".join(paragraphs), sources)


def _weights(question: str) -> dict[str, float]:
    words = terms(question)
    total, counts = document_frequencies(words)
    return {stem(word): math.log(1 + (total - df + 0.5) / (df + 0.5)) for word, df in counts.items()}


def _coverage(weights: dict[str, float], text: str) -> float:
    present = {stem(word) for word in WORD.findall(text.replace("_", " "))}
    whole = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in present) / whole if whole else 0.0


def _choose(weights: dict[str, float], fitting: Sequence[tuple[Hit, float]]) -> list[_Sentence]:
    """Return the sentences that answer best, the first passage's own always among them."""
    candidates = []
    best_rank = fitting[0][0].rank or 1.0
    for source, (hit, _) in enumerate(fitting):
        heading = _coverage(weights, hit.heading)
        for position, text in enumerate(sentences(hit.body)):
            score = (_coverage(weights, text) + 0.5 * heading) * max(hit.rank / best_rank, 0.0)
            candidates.append(_Sentence(source, position, text, score))
    ordered = sorted(candidates, key=lambda s: (-s.score, s.source, s.position))
    floor = ordered[0].score * 0.6
    chosen = [sentence for sentence in ordered[:MAX_SENTENCES] if sentence.score >= floor and sentence.score > 0]
    if not any(sentence.source == 0 for sentence in chosen):
        chosen[-1:] = [next(sentence for sentence in ordered if sentence.source == 0)]
    return chosen


def sentences(body: str) -> Iterator[str]:
    """Yield a passage's sentences; a list, a table or code belongs to the sentence that announces it."""
    blocks = body.split("\n\n") if "```" not in body else _split_outside_fences(body)
    index = 0
    while index < len(blocks):
        block = blocks[index]
        if _is_structure(block):
            yield block
            index += 1
            continue
        parts = SENTENCE_END.split(block.replace("\n", " "))
        following = blocks[index + 1] if index + 1 < len(blocks) else ""
        if parts[-1].endswith(":") and _is_structure(following):
            parts[-1] += "\n\n" + following
            index += 1
        yield from parts
        index += 1


def _split_outside_fences(body: str) -> list[str]:
    blocks, inside = list[str](), False
    for part in body.split("\n\n"):
        if inside:
            blocks[-1] += "\n\n" + part
        else:
            blocks.append(part)
        inside ^= part.count("```") % 2 == 1
    return blocks


def _is_structure(block: str) -> bool:
    return block.startswith(("```", "- ", "|")) or re.match(r"\d+\. ", block) is not None


def _join(parts: Sequence[str], number: int) -> str:
    """Join sentences of one passage; prose carries its mark at its end, structure before it."""
    lines = ""
    for part in parts:
        prose, _, structure = part.partition("\n\n") if not _is_structure(part) else ("", "", part)
        if prose:
            lines += ("\n\n" if lines.endswith("\n") else " " if lines else "") + f"{prose} [{number}]"
        if structure:
            lines += ("\n\n" if lines else f"[{number}]\n\n") + structure + "\n"
    return lines.rstrip()


def _source(fitting: tuple[Hit, float], chosen: Sequence[_Sentence], source: int) -> Source:
    hit, score = fitting
    best = max((s for s in chosen if s.source == source), key=lambda s: s.score)
    return Source(hit.stable_id, hit.heading.replace(" > ", " › "), hit.url, _excerpt(best.text), round(score, 3))


def _excerpt(text: str) -> str:
    line = " ".join(plain(text).split())
    return line if len(line) <= EXCERPT_LENGTH else line[: EXCERPT_LENGTH - 1].rstrip() + "…"
