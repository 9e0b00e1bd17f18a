"""Answering without a model: the site's own sentences, each marked with the passage it stands in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chatkit.answers import text_fragments
from chatkit.answers.sanitizer import literal, literal_prose
from chatkit.answers.sentences import cut, rows, sentences
from chatkit.ingest.chunking import is_structure
from chatkit.search.query import Question, Sought, sought
from chatkit.search.retrieval import Hit, best, page_texts
from chatkit.text.tokens import stem, stems, terms

MODEL = "extractive"
CANDIDATES = 15
MAX_SOURCES = 5
MAX_SENTENCES = 4
EXCERPT_LENGTH = 200
# The pages cover a question when one of the first passages holds this share of what is sought, its
# heading's own share counting a little more. A long question says much that no passage repeats, so as
# much as so many of its weightiest words will do, but no more is claimed then than that it comes near.
ENOUGH = 0.54
ENOUGH_WORDS = 1.5
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
class Source:
    """A cited passage; ``score`` is the share of the question that it holds, 0 to 1."""

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
    sources: tuple[Source, ...]
    covered: bool = True
    sure: bool = True


@dataclass(frozen=True)
class _Sentence:
    hit: Hit
    passage: int
    position: int
    text: str
    score: float


def find(asked: Question) -> list[Hit]:
    """Return the passages to answer from, best first.

    A heading that says nothing but what was asked beats one that mentions it: "What is ChatKit?"
    is answered under "ChatKit", though every page speaks of it.
    """
    wanted = sought(asked)
    present = ABOUT_VERSIONS.search(asked.text) is None

    def rank(hit: Hit) -> float:
        named = (_named(wanted, hit.heading) + _named(wanted, _section(hit))) / 2
        former = present and CHRONICLE.search(hit.heading)
        return hit.rank * (1 + named) * (0.2 + _share(wanted, hit)) * (FORMER if former else 1.0)

    return sorted(best(wanted.words, CANDIDATES, asked.page_url), key=rank, reverse=True)


def compose(asked: Question, hits: Sequence[Hit]) -> Answer:
    """Answer from passages, or say that they do not cover the question, and where to look."""
    wanted = sought(asked)
    fit = max((_fit(wanted, hit) for hit in hits[:FIRST]), default=0.0)
    if fit < min(ENOUGH, wanted.worth(ENOUGH_WORDS)):
        return Answer(_declined(hits), (), covered=False, sure=False)
    shares = [_share(wanted, hit) for hit in hits]
    fitting = [hit for hit, share in zip(hits, shares, strict=True) if share >= BESIDE * shares[0] ** 2][:MAX_SOURCES]
    # In reading order.
    chosen = sorted(_choose(wanted, fitting), key=lambda sentence: (sentence.passage, sentence.position))
    # Passages of one section are one source: a reader follows both links to the same place.
    sections = list(dict.fromkeys(sentence.hit.url for sentence in chosen))
    paragraphs, cited = [], []
    for number, url in enumerate(sections, 1):
        own = [sentence for sentence in chosen if sentence.hit.url == url]
        paragraphs.append(_join([_shorten(sentence.text, wanted) for sentence in own], number, _section(own[0].hit)))
        cited.append(max(own, key=lambda sentence: sentence.score))
    texts = page_texts([sentence.hit.stable_id for sentence in cited])
    sources = [
        cite(sentence.hit, text_fragments.quotable(sentence.text, wanted.share_of), _share(wanted, sentence.hit), texts)
        for sentence in cited
    ]
    sure = fit >= ENOUGH
    return Answer("\n\n".join(paragraphs if sure else [UNSURE, *paragraphs]), tuple(sources), sure=sure)


def cite(hit: Hit, quote: str, score: float, texts: dict[str, list[str]]) -> Source:
    """Return a passage as a source whose link opens ``quote`` on its page, if it stands there.

    ``texts`` maps the passage's id to the texts of its page, as ``page_texts`` returns them.
    """
    url = text_fragments.link(hit.url, hit.body, quote, texts.get(hit.stable_id, [hit.body]))
    excerpt = quote if len(quote) <= EXCERPT_LENGTH else quote[: EXCERPT_LENGTH - 1].rstrip() + "…"
    return Source(hit.stable_id, _title(hit), url, excerpt, round(score, 3))


def sources(asked: Question, hits: Sequence[Hit]) -> list[Source]:
    """Return passages as sources of an answer that is yet to be written, each quoting its best sentence."""
    wanted, texts = sought(asked), page_texts([hit.stable_id for hit in hits])
    found = []
    for hit in hits:
        quote = text_fragments.quotable(max(sentences(hit.body), key=wanted.share_of), wanted.share_of)
        found.append(cite(hit, quote, _share(wanted, hit), texts))
    return found


def _share(wanted: Sought, hit: Hit) -> float:
    """Return how much of what is sought the best sentence of a passage holds, with its heading."""
    heading = stems(hit.heading)
    return max((wanted.share(heading | held) for held in _held(hit.body)), default=0.0)


def _fit(wanted: Sought, hit: Hit) -> float:
    """Return how much of what is sought a passage holds, with its heading, whose own share counts more."""
    return wanted.share_of(f"{hit.heading}\n{hit.body}") + HEADING * wanted.share_of(hit.heading)


@lru_cache(maxsize=2_000)
def _held(body: str) -> tuple[frozenset[str], ...]:
    return tuple(stems(row) for text in sentences(body) for row in rows(text))


def _named(wanted: Sought, heading: str) -> float:
    """Return how much of a heading was asked for."""
    words = {stem(word) for word in terms(heading)}
    return len(words & wanted.weights.keys()) / len(words) if words else 0.0


def _title(hit: Hit) -> str:
    return hit.heading.replace(" > ", " › ")


def _section(hit: Hit) -> str:
    return hit.heading.rpartition(" > ")[2]


def _declined(hits: Sequence[Hit]) -> str:
    """Return that the pages do not cover a question, with links to where the nearest pages come nearest."""
    nearest: dict[str, Hit] = {}
    for hit in hits:
        nearest.setdefault(hit.url.partition("#")[0], hit)
    if not nearest:
        return NOT_COVERED
    links = [f"- {text_fragments.markdown_link(_title(hit), hit.url)}" for hit in list(nearest.values())[:NEAREST]]
    return f"{NOT_COVERED} These pages come nearest:\n\n" + "\n".join(links)


def _choose(wanted: Sought, fitting: Sequence[Hit]) -> list[_Sentence]:
    """Return the sentences that answer best, among them the best one of each of the first passages."""
    candidates = []
    best_rank = max(hit.rank for hit in fitting) or 1.0
    for passage, hit in enumerate(fitting):
        heading = wanted.share_of(hit.heading)
        for position, text in enumerate(sentences(hit.body)):
            # A sentence that opens with what was asked about tends to say what it is.
            opening = " ".join(text.split()[:OPENING_WORDS])
            score = max(map(wanted.share_of, rows(text))) + 0.5 * heading + 0.25 * wanted.share_of(opening)
            if not is_structure(text) and len(text.partition("\n\n")[0].split()) < FEW_WORDS:
                score *= CAPTION
            candidates.append(_Sentence(hit, passage, position, text, score * max(hit.rank / best_rank, 0.0)))
    ordered = sorted(candidates, key=lambda s: (-s.score, s.passage, s.position))
    firsts = {sentence.hit.url: sentence for sentence in reversed(ordered)}
    sections = list(dict.fromkeys(hit.url for hit in fitting))[:FIRST_SECTIONS]
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


def _shorten(sentence: str, wanted: Sought) -> str:
    """Return a sentence with only the fitting rows of a long table, or the fitting items of a long list."""
    above, below = cut(sentence)
    if len(below) <= MAX_ROWS:
        return sentence
    best = sorted(below, key=wanted.share_of, reverse=True)[:MAX_ROWS]
    kept = [row for row in best if wanted.share_of(row) >= WORTH_ADDING * wanted.share_of(best[0])]
    return above + "\n".join(row for row in below if row in kept)


def _join(parts: Sequence[str], number: int, section: str) -> str:
    """Join sentences of one section with their mark; a list, a table or code that opens them is named by it."""
    blocks = list[str]()
    for part in parts:
        prose, _, structure = part.partition("\n\n") if not is_structure(part) else ("", "", part)
        if structure and not prose and not blocks:
            prose = f"{section}:"
        prose, structure = literal_prose(prose), literal(structure)
        if prose and blocks and not is_structure(blocks[-1]):
            blocks[-1] += f" {prose} [{number}]"
        elif prose:
            blocks.append(f"{prose} [{number}]")
        if structure:
            blocks.append(structure)
    return "\n\n".join(blocks)
