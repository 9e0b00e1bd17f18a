"""Answering without a model: the site's own sentences, each marked with the passage it stands in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chatkit.answers import text_fragments
from chatkit.answers.sentences import cut, rows, sentences
from chatkit.ingest.chunking import is_structure
from chatkit.search.passages import Passage
from chatkit.search.query import Query
from chatkit.search.retrieval import page_texts
from chatkit.text.markdown import escape_markdown, escape_paragraph
from chatkit.text.stemming import stem, stems
from chatkit.text.tokens import terms

MODEL = "extractive"
MAX_SOURCES = 5
MAX_SENTENCES = 4
EXCERPT_LENGTH = 200
# The pages cover a question when one of the first passages holds this share of the query, its
# heading's own share counting a little more. A long question says much that no passage repeats, so as
# much as so many of its weightiest words will do, but no more is claimed then than that it comes near.
COVERED = 0.54
COVERED_TERMS = 1.5
HEADING = 0.2
FIRST = 5
# What another passage must hold to be cited beside the first: the better the first fits, the more.
BESIDE = 0.4
FIRST_SECTIONS = 3
# Of the best sentence's score, what a further one must have, and what the first of another section must.
WORTH_ADDING = 0.6
WORTH_A_SOURCE = 0.3
# What a site says about its former versions is seldom what a reader wants to know of the present one.
FORMER = 0.6
CHRONICLE = re.compile(
    r"release notes|release history|change ?log|what.s new|"
    r"(?:^|> )(?:version )?v?\d+\.\d+(?:\.\d+)*(?:[ (–-]+\d{4}-\d\d-\d\d\)?)?(?: >|$)",
    re.I,
)
ABOUT_VERSIONS = re.compile(r"\b(?:release[sd]?|versions?|change[ds]?|new|since|upgrad\w+|v?\d+\.\d+)\b", re.I)
OPENING_WORDS = 3
# A longer table or list is shown with as many of its rows or items.
MAX_ROWS = 4
# What says little beside its code, such as the caption of an example.
FEW_WORDS = 4
CAPTION = 0.5
# Sentences that share so many of their words say the same.
SAME = 0.8
NEAREST = 3
NOT_COVERED = "The documentation does not seem to cover this."
UNSURE = "The documentation may answer this only in part. This comes nearest:"


@dataclass(frozen=True)
class CitedPassage:
    """A cited passage; ``score`` is how much of the query it covers, 0 to 1."""

    id: str
    title: str
    url: str
    excerpt: str
    score: float


@dataclass(frozen=True)
class Answer:
    """Markdown text with marks such as [1], counting ``sources`` from 1.

    ``covered`` tells whether the pages answer, ``sure`` whether that is more than a guess.
    """

    text: str
    sources: tuple[CitedPassage, ...]
    covered: bool = True
    sure: bool = True


@dataclass(frozen=True)
class _Sentence:
    passage: Passage
    number: int
    position: int
    text: str
    score: float


def rerank(query: Query, passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages to answer from, best first.

    A heading that says nothing but what was asked beats one that mentions it: "What is ChatKit?"
    is answered under "ChatKit", though every page speaks of it.
    """
    present = ABOUT_VERSIONS.search(query.question.text) is None

    def rank(passage: Passage) -> float:
        named = (_named(query, passage.heading) + _named(query, _section(passage))) / 2
        former = present and CHRONICLE.search(passage.heading)
        return passage.rank * (1 + named) * (0.2 + _coverage(query, passage)) * (FORMER if former else 1.0)

    return sorted(passages, key=rank, reverse=True)


def compose(query: Query, passages: Sequence[Passage]) -> Answer:
    """Answer from passages, or say that they do not cover the question, and where to look."""
    fit = max((_fit(query, passage) for passage in passages[:FIRST]), default=0.0)
    if fit < min(COVERED, query.top_weight_share(COVERED_TERMS)):
        return Answer(_declined(passages), (), covered=False, sure=False)
    coverages = [_coverage(query, passage) for passage in passages]
    fitting = [
        passage for passage, coverage in zip(passages, coverages, strict=True) if coverage >= BESIDE * coverages[0] ** 2
    ][:MAX_SOURCES]
    # In reading order.
    chosen = sorted(_choose(query, fitting), key=lambda sentence: (sentence.number, sentence.position))
    # Passages of one section are one source: a reader follows both links to the same place.
    sections = list(dict.fromkeys(sentence.passage.url for sentence in chosen))
    paragraphs, cited = [], []
    for number, url in enumerate(sections, 1):
        own = [sentence for sentence in chosen if sentence.passage.url == url]
        paragraphs.append(_join([_shorten(sentence.text, query) for sentence in own], number, _section(own[0].passage)))
        cited.append(max(own, key=lambda sentence: sentence.score))
    texts = page_texts([sentence.passage.stable_id for sentence in cited])
    sources = [
        cite(
            sentence.passage,
            text_fragments.quotable(sentence.text, query.coverage_of),
            _coverage(query, sentence.passage),
            texts,
        )
        for sentence in cited
    ]
    sure = fit >= COVERED
    return Answer("\n\n".join(paragraphs if sure else [UNSURE, *paragraphs]), tuple(sources), sure=sure)


def cite(passage: Passage, quote: str, score: float, texts: dict[str, list[str]]) -> CitedPassage:
    """Return a passage as a source whose link opens ``quote`` on its page, if it stands there.

    ``texts`` maps the passage's id to the texts of its page, as ``page_texts`` returns them.
    """
    url = text_fragments.link(passage.url, passage.body, quote, texts.get(passage.stable_id, [passage.body]))
    excerpt = quote if len(quote) <= EXCERPT_LENGTH else quote[: EXCERPT_LENGTH - 1].rstrip() + "…"
    return CitedPassage(passage.stable_id, _title(passage), url, excerpt, round(score, 3))


def cite_best(query: Query, passages: Sequence[Passage]) -> list[CitedPassage]:
    """Return passages as sources of an answer that is yet to be written, each quoting its best sentence."""
    texts = page_texts([passage.stable_id for passage in passages])
    found = []
    for passage in passages:
        quote = text_fragments.quotable(max(sentences(passage.body), key=query.coverage_of), query.coverage_of)
        found.append(cite(passage, quote, _coverage(query, passage), texts))
    return found


def _coverage(query: Query, passage: Passage) -> float:
    """Return how much of the query the best sentence of a passage holds, with its heading."""
    heading = stems(passage.heading)
    return max((query.coverage(heading | held) for held in _held(passage.body)), default=0.0)


def _fit(query: Query, passage: Passage) -> float:
    """Return how much of the query a passage holds, with its heading, whose own share counts more."""
    return query.coverage_of(f"{passage.heading}\n{passage.body}") + HEADING * query.coverage_of(passage.heading)


@lru_cache(maxsize=2_000)
def _held(body: str) -> tuple[frozenset[str], ...]:
    return tuple(stems(row) for text in sentences(body) for row in rows(text))


def _named(query: Query, heading: str) -> float:
    """Return how much of a heading was asked for."""
    words = {stem(word) for word in terms(heading)}
    return len(words & query.weights.keys()) / len(words) if words else 0.0


def _title(passage: Passage) -> str:
    return passage.heading.replace(" > ", " › ")


def _section(passage: Passage) -> str:
    return passage.heading.rpartition(" > ")[2]


def _declined(passages: Sequence[Passage]) -> str:
    """Return that the pages do not cover a question, with links to where the nearest pages come nearest."""
    nearest: dict[str, Passage] = {}
    for passage in passages:
        nearest.setdefault(passage.url.partition("#")[0], passage)
    if not nearest:
        return NOT_COVERED
    links = [
        f"- {text_fragments.markdown_link(_title(passage), passage.url)}"
        for passage in list(nearest.values())[:NEAREST]
    ]
    return f"{NOT_COVERED} These pages come nearest:\n\n" + "\n".join(links)


def _choose(query: Query, fitting: Sequence[Passage]) -> list[_Sentence]:
    """Return the sentences that answer best, among them the best one of each of the first passages."""
    candidates = []
    best_rank = max(passage.rank for passage in fitting) or 1.0
    for number, passage in enumerate(fitting):
        heading = query.coverage_of(passage.heading)
        for position, text in enumerate(sentences(passage.body)):
            # A sentence that opens with what was asked about tends to say what it is.
            opening = " ".join(text.split()[:OPENING_WORDS])
            score = max(map(query.coverage_of, rows(text))) + 0.5 * heading + 0.25 * query.coverage_of(opening)
            if not is_structure(text) and len(text.partition("\n\n")[0].split()) < FEW_WORDS:
                score *= CAPTION
            candidates.append(_Sentence(passage, number, position, text, score * max(passage.rank / best_rank, 0.0)))
    ordered = sorted(candidates, key=lambda s: (-s.score, s.number, s.position))
    firsts = {sentence.passage.url: sentence for sentence in reversed(ordered)}
    sections = list(dict.fromkeys(passage.url for passage in fitting))[:FIRST_SECTIONS]
    best = ordered[0].score
    leading = [firsts[url] for url in sections if firsts[url].score >= best * WORTH_A_SOURCE]
    rest = [sentence for sentence in ordered if sentence.score >= best * WORTH_ADDING]
    return _different([*leading, *rest])[:MAX_SENTENCES]


def _different(sentences: Sequence[_Sentence]) -> list[_Sentence]:
    """Return sentences without those that say the same as one before."""
    kept: list[tuple[_Sentence, frozenset[str]]] = []
    for sentence in sentences:
        held = stems(sentence.text)
        if all(len(held & other) < SAME * len(held | other) for _, other in kept):
            kept.append((sentence, held))
    return [sentence for sentence, _ in kept]


def _shorten(sentence: str, query: Query) -> str:
    """Return a sentence with only the fitting rows of a long table, or the fitting items of a long list."""
    above, below = cut(sentence)
    if len(below) <= MAX_ROWS:
        return sentence
    best = sorted(below, key=query.coverage_of, reverse=True)[:MAX_ROWS]
    kept = [row for row in best if query.coverage_of(row) >= WORTH_ADDING * query.coverage_of(best[0])]
    return above + "\n".join(row for row in below if row in kept)


def _join(parts: Sequence[str], number: int, section: str) -> str:
    """Join sentences of one section with their mark; a list, a table or code that opens them is named by it."""
    blocks = list[str]()
    for part in parts:
        prose, _, structure = part.partition("\n\n") if not is_structure(part) else ("", "", part)
        if structure and not prose and not blocks:
            prose = f"{section}:"
        prose, structure = escape_paragraph(prose), escape_markdown(structure)
        if prose and blocks and not is_structure(blocks[-1]):
            blocks[-1] += f" {prose} [{number}]"
        elif prose:
            blocks.append(f"{prose} [{number}]")
        if structure:
            blocks.append(structure)
    return "\n\n".join(blocks)
