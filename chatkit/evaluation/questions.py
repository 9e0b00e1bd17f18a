"""Questions about a site, answered without a model, and whether the right sections are shown.

What `make eval` measures and what an owner's test set runs are this, and their files are alike: JSON objects, one a
line, with `question` and `answered_by`, and maybe `shows`, `split`, `site` and `version`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chatkit.answers.extractive import Outcome
from chatkit.curated import answering
from chatkit.evaluation import shown
from chatkit.evaluation.places import Places
from chatkit.search.query import Question, analyze
from chatkit.search.retrieval import retrieve
from chatkit.search.stated import Stated

# What no database stores.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
MAX_QUESTION, MAX_PLACE, MAX_PLACES, MAX_WORD = 2_000, 1_300, 20, 255
# So many lines that are no questions are named.
MAX_PROBLEMS = 20


class InvalidLines(ValueError):
    """Lines of a file that are no questions; ``problems`` names the first 20 with their numbers, and says why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Line:
    """A question as a file holds it: ``answered_by`` names each place that answers it, none when the pages do not.

    A place is `page#anchor`, with the page's address or its file; without `#` it is any place of the page. ``shows``
    holds alternatives, each the words of the page without which an answer does not help. ``split`` names a part of the
    questions, ``site`` and ``version`` which pages are asked; each may be empty.
    """

    question: str
    answered_by: tuple[str, ...]
    split: str = ""
    shows: tuple[tuple[str, ...], ...] = ()
    site: str = ""
    version: str = ""


@dataclass(frozen=True)
class Shown:
    """A section as it is shown: where it is, its title, its excerpt, and the lines of the answer that are its own."""

    place: str
    title: str
    excerpt: str
    lines: str

    @property
    def text(self) -> str:
        """All that is shown of it."""
        return f"{self.lines}\n\n{self.excerpt}"


@dataclass(frozen=True)
class Asked:
    """What came of a question: the outcome, the whole text, the sections in the order in which they are shown.

    ``retrieved`` holds the places of all passages that were found, best first, each once.
    """

    line: Line
    right: frozenset[str]
    outcome: Outcome
    text: str
    shown: tuple[Shown, ...]
    retrieved: tuple[str, ...]

    @property
    def place(self) -> int | None:
        """The place of the first right section among those shown, counted from 1."""
        return next((place for place, one in enumerate(self.shown, 1) if one.place in self.right), None)

    @property
    def helps(self) -> bool:
        """Whether the words that decide stand in what is shown of a right section."""
        return any(one.place in self.right and shown.holds(one.text, self.line.shows) for one in self.shown)

    @property
    def satisfies(self) -> bool:
        """Whether it helps, or where no words are given shows a right section first, or rightly claims nothing."""
        if not self.right:
            return self.outcome is not Outcome.ANSWERED
        return self.helps if self.line.shows else self.place == 1

    @property
    def helps_first(self) -> bool:
        """Whether they do in the section that is shown first."""
        return self.place == 1 and shown.holds(self.shown[0].text, self.line.shows)


def read(lines: Iterable[str]) -> Iterator[Line]:
    """Yield the questions of a file's lines; raise ``InvalidLines`` at its end where some were none."""
    problems, more = list[str](), 0
    for number, line in enumerate(lines, 1):
        # Some editors begin a file with a mark that belongs to its encoding.
        given = line.removeprefix("\ufeff") if number == 1 else line
        if not given.strip():
            continue
        try:
            yield _line(_parse(given))
        except (ValueError, KeyError, TypeError) as error:
            if len(problems) < MAX_PROBLEMS:
                problems.append(f"Line {number} is no question: {_reason(error)}.")
            else:
                more += 1
    if problems:
        raise InvalidLines([*problems, *([f"{more:,} more are none."] if more else [])])


def write(line: Line) -> str:
    """Return a question as the line of a file, without the break at its end."""
    row: dict[str, Any] = {"question": line.question, "answered_by": line.answered_by}
    row |= {"shows": line.shows} if line.shows else {}
    row |= {name: value for name in ("split", "site", "version") if (value := getattr(line, name))}
    return json.dumps(row, ensure_ascii=False)


def ask(line: Line, places: Places, version: str | None = None) -> Asked:
    """Ask as a reader would, of the line's site and version, or else of ``version``."""
    query = analyze(Question(line.question, stated=Stated(line.site or None, line.version or version)))
    passages = retrieve(query)
    answer = answering.answer(query, lambda: passages)
    lines = shown.lines_by_source(answer.text)
    return Asked(
        line,
        frozenset(place for name in line.answered_by for place in places.named(name)),
        answer.outcome,
        answer.text,
        tuple(
            Shown(places.of_url(source.url), source.title, source.excerpt, lines.get(number, ""))
            for number, source in enumerate(answer.sources, 1)
        ),
        tuple(dict.fromkeys(places.of_url(passage.url) for passage in passages)),
    )


def _parse(line: str) -> dict[str, Any]:
    """Return the object of a line; raise ``ValueError`` with why it is none."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON from its character {error.colno} on") from None
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON that can be read") from None
    if not isinstance(row, dict):
        raise ValueError("it is no object")
    return row


def _reason(error: ValueError | KeyError | TypeError) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return str(error) if isinstance(error, ValueError) else "it has no list where one belongs"


def _line(row: dict[str, Any]) -> Line:
    places = row["sections"] if "sections" in row else row["answered_by"]
    shows = row.get("shows") or []
    words = {name: row.get(name) or "" for name in ("split", "site", "version")}
    strings = [row["question"], *places, *(string for strings in shows for string in strings), *words.values()]
    if not all(isinstance(string, str) and not UNSTORABLE.search(string) for string in strings):
        raise ValueError("what should be text is none")
    if not row["question"].strip() or isinstance(places, str) or any(isinstance(strings, str) for strings in shows):
        raise ValueError("it has no question, or no list where one belongs")
    lengths = (len(row["question"]) > MAX_QUESTION, len(places) > MAX_PLACES, len(shows) > MAX_PLACES)
    if any(lengths) or any(len(string) > MAX_PLACE for string in strings[1:]):
        raise ValueError("it is too long")
    if any(len(word) > MAX_WORD for word in words.values()):
        raise ValueError("its split, site or version is too long")
    return Line(row["question"].strip(), tuple(places), shows=tuple(map(tuple, shows)), **words)
