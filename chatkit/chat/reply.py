"""An answer as it is sent and stored, and how it ends when its model is interrupted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from chatkit.answers.extractive import MODEL as EXTRACTIVE
from chatkit.answers.extractive import Outcome
from chatkit.answers.phrases.languages import DEFAULT_LANGUAGE, LANGUAGES, phrases_in
from chatkit.chat.models import AnswerState
from chatkit.text.markdown import FENCED_CODE

# What follows where an answer broke off, in whichever language.
_INTERRUPTIONS = tuple(
    f"\n\n{sentence}"
    for phrases in LANGUAGES.values()
    for sentence in (phrases.interrupted, phrases.interrupted_without_fallback)
)
# Why the pages answer where a model was to: it said nothing, it broke off, or no page supports what it said.
FallbackReason = Literal["no_answer", "broke_off", "unsupported"]
CLOSING_FENCE = re.compile(r"\A\n`{3,}(?=\n)")


@dataclass(frozen=True)
class Fallback:
    """What the pages themselves say, for when no model says it; fixed sentences beside it are in its ``language``.

    ``nearest`` only lists their sections, for when the model finds no answer in them.
    """

    text: str
    citations: list[str]
    outcome: Outcome = Outcome.NEAREST
    language: str = DEFAULT_LANGUAGE
    nearest: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer: Markdown, the sources its marks count, the ids of those it cites, and how it was made.

    ``state`` is `stopped` when its reader ended it. The ``outcome`` claims nothing while nothing is cited. ``people``
    is the owner's link to people who may know more.
    """

    message_id: str
    answer: str
    sources: list[dict[str, Any]]
    citations: list[str]
    metadata: dict[str, Any]
    state: AnswerState = "done"
    outcome: Outcome = Outcome.NEAREST
    people: Mapping[str, str] | None = None

    @property
    def ask_people(self) -> Mapping[str, str] | None:
        """The owner's link to people, where the pages did not answer."""
        return self.people if self.outcome in {Outcome.NEAREST, Outcome.NOT_COVERED} else None

    @property
    def running(self) -> bool:
        return self.state == "running"

    def was_interrupted_at(self, position: int) -> bool:
        """Tell whether its model wrote just the first ``position`` characters, and the pages the rest."""
        rest = CLOSING_FENCE.sub("", self.answer[position:])
        return rest.startswith(_INTERRUPTIONS)

    def citing(self, citations: Sequence[str]) -> "Reply":
        """Return the answer as resting on these sources; on none, it claims nothing."""
        outcome = Outcome.ANSWERED if citations else Outcome.NEAREST
        return replace(self, citations=list(citations), outcome=outcome)

    def declined(self, fallback: Fallback) -> "Reply":
        """Return the answer when its model finds none in the passages: what the pages say then claims no more."""
        if fallback.outcome is Outcome.NOT_COVERED:
            return self._replaced(fallback)
        return replace(self, answer=fallback.nearest, citations=[], outcome=Outcome.NEAREST, state="done")

    def interrupted(self, fallback: Fallback, begun: bool = False) -> "Reply":
        """Return the answer as it ends without its model; what a reader has seen already stays as it is.

        ``begun`` tells that a reader has seen some of it, also when there is none here.
        """
        if not (begun or self.answer.strip()):
            return self._by_the_pages("no_answer")._replaced(fallback)
        ended = self._by_the_pages("broke_off").citing(list(dict.fromkeys(self.citations + fallback.citations)))
        phrases = phrases_in(fallback.language)
        # In an open block of code, what follows would read as code.
        fence = f"\n{marks}" if (marks := _open_fence(self.answer)) else ""
        rest = phrases.interrupted_without_fallback
        if fallback.citations:
            rest = f"{phrases.interrupted}\n\n{fallback.text}"
        return replace(ended, answer=f"{self.answer}{fence}\n\n{rest}")

    def ungrounded(self, fallback: Fallback) -> "Reply":
        """Return the answer followed by what the pages say, when they support nothing of it."""
        if not self.answer.strip():
            return self.interrupted(fallback)
        ended = self._by_the_pages("unsupported")._replaced(fallback)
        ungrounded = phrases_in(fallback.language).ungrounded
        return replace(ended, answer=f"{self.answer}\n\n{ungrounded}\n\n{fallback.text}")

    def _by_the_pages(self, reason: FallbackReason) -> "Reply":
        """Return the answer as ended by the pages, and why."""
        said = {"model": EXTRACTIVE, "fallback": True, "fallback_reason": reason}
        return replace(self, metadata=self.metadata | said, state="done")

    def _replaced(self, fallback: Fallback) -> "Reply":
        """Return the answer with what the pages say in its place; what they do not cover has no sources."""
        sources = [] if fallback.outcome is Outcome.NOT_COVERED else self.sources
        return replace(
            self,
            answer=self.answer + fallback.text,
            sources=sources,
            citations=fallback.citations,
            outcome=fallback.outcome,
            state="done",
        )


def cited_pages(sources: Sequence[dict[str, Any]] | None, citations: Sequence[str] | None) -> tuple[str, ...]:
    """Return the addresses of the pages of the sources that are cited, in the order of the citations."""
    # A chat that was saved long ago may say less of its sources.
    urls = {source.get("id"): str(source.get("url", "")).partition("#")[0] for source in sources or ()}
    return tuple(dict.fromkeys(urls[each] for each in citations or () if each in urls))


def _open_fence(text: str) -> str:
    """Return the marks of the block of code that a text ends in, if it does."""
    # Only a block that is open takes in one more line.
    longer = f"{text}\n."
    return next((fence[1] for fence in FENCED_CODE.finditer(longer) if fence.end() == len(longer)), "")
