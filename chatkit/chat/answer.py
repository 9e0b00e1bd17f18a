"""Answering without a model: the site's own sentences, each marked with the passage it stands in."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatkit.content.markdown import plain
from chatkit.content.search import Hit, best, document_frequencies
from chatkit.content.words import stem, stems, terms

MODEL = "extractive"
CANDIDATES = 30
MAX_SOURCES = 5
MAX_SENTENCES = 4
EXCERPT_LENGTH = 200
# A passage counts as fitting when it holds this share of what the question asks, rare words weighing more.
ENOUGH_COVERAGE = 0.5
OPENING_WORDS = 3
NOT_COVERED = "The documentation does not seem to cover this."
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`*\"'(])")


@dataclass(frozen=True)
class Question:
    """What was asked and where: the text selected on the page, the page's address, and what was asked before.

    ``earlier`` holds the conversation's previous questions, the latest last.
    """

    text: str
    selected_text: str | None = None
    page_url: str | None = None
    earlier: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The words to search for: selected text says what "this" is, so it counts as asked."""
        return f"{self.text}\n{self.selected_text}" if self.selected_text else self.text


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
    """Markdown text with marks such as [1], counting ``sources`` from 1; ``covered`` tells whether the pages answer."""

    text: str
    sources: tuple[Source, ...]
    covered: bool = True


@dataclass(frozen=True)
class _Sentence:
    source: int
    position: int
    text: str
    score: float


def find(asked: Question) -> list[Hit]:
    """Return the passages to answer from, best first.

    A heading that says nothing but what was asked beats one that mentions it: "What is ChatKit?"
    is answered under "ChatKit", though every page speaks of it.
    """
    stems = {stem(term) for term in terms(asked.words)}

    def rank(hit: Hit) -> float:
        words = {stem(word) for word in terms(hit.heading)}
        return hit.rank * (1 + len(words & stems) / len(words) if words else 1)

    return sorted(best(terms(asked.words), CANDIDATES, asked.page_url), key=rank, reverse=True)


def compose(asked: Question, hits: Sequence[Hit]) -> Answer:
    """Answer from passages, or say that they do not cover the question and cite nothing."""
    weights = _weights(asked.words)
    scored = [(hit, _coverage(weights, f"{hit.heading}\n{hit.body}")) for hit in hits]
    fitting = [(hit, score) for hit, score in scored if score >= ENOUGH_COVERAGE][:MAX_SOURCES]
    if not fitting:
        return Answer(NOT_COVERED, (), covered=False)
    # In reading order.
    chosen = sorted(_choose(weights, fitting), key=lambda sentence: (sentence.source, sentence.position))
    # Passages of one section are one source: a reader follows both links to the same place.
    sections = list(dict.fromkeys(fitting[sentence.source][0].url for sentence in chosen))
    paragraphs, sources = [], []
    for number, url in enumerate(sections, 1):
        own = [sentence for sentence in chosen if fitting[sentence.source][0].url == url]
        paragraphs.append(_join([sentence.text for sentence in own], number))
        sources.append(_source(fitting[own[0].source], max(own, key=lambda sentence: sentence.score)))
    return Answer("\n\n".join(paragraphs), tuple(sources))


def _weights(question: str) -> dict[str, float]:
    words = terms(question)
    total, counts = document_frequencies(words)
    return {stem(word): math.log(1 + (total - df + 0.5) / (df + 0.5)) for word, df in counts.items()}


def _coverage(weights: dict[str, float], text: str) -> float:
    present = stems(text)
    whole = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in present) / whole if whole else 0.0


def _choose(weights: dict[str, float], fitting: Sequence[tuple[Hit, float]]) -> list[_Sentence]:
    """Return the sentences that answer best, the first passage's own always among them."""
    candidates = []
    best_rank = max(hit.rank for hit, _ in fitting) or 1.0
    for source, (hit, _) in enumerate(fitting):
        heading = _coverage(weights, hit.heading)
        for position, text in enumerate(sentences(hit.body)):
            # A sentence that opens with what was asked about tends to say what it is.
            opening = " ".join(text.split()[:OPENING_WORDS])
            score = _coverage(weights, text) + 0.5 * heading + 0.25 * _coverage(weights, opening)
            score *= max(hit.rank / best_rank, 0.0)
            candidates.append(_Sentence(source, position, text, score))
    ordered = sorted(candidates, key=lambda s: (-s.score, s.source, s.position))
    floor = ordered[0].score * 0.6
    chosen = [sentence for sentence in ordered[:MAX_SENTENCES] if sentence.score >= floor and sentence.score > 0]
    if not any(sentence.source == 0 for sentence in chosen):
        chosen[-1:] = [next(sentence for sentence in ordered if sentence.source == 0)]
    return chosen


def sentences(body: str) -> Iterator[str]:
    """Yield a passage's sentences; a list, a table or code belongs to the sentence that announces it."""
    blocks = _split_outside_fences(body)
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


def _source(fitting: tuple[Hit, float], best: _Sentence) -> Source:
    hit, score = fitting
    return Source(hit.stable_id, hit.heading.replace(" > ", " › "), hit.url, _excerpt(best.text), round(score, 3))


def _excerpt(text: str) -> str:
    """Return the prose of what was chosen, or of a table or code its words, on one line."""
    prose = text if _is_structure(text) else text.partition("\n\n")[0]
    line = " ".join(plain(re.sub(r"^```.*$|^\|[ |-]+\|$|\|", " ", prose, flags=re.M)).split())
    return line if len(line) <= EXCERPT_LENGTH else line[: EXCERPT_LENGTH - 1].rstrip() + "…"
