"""An answer as it is sent and stored, and how it ends when its model is interrupted."""

import re
from dataclasses import dataclass, replace
from typing import Any

from chatkit.answers.extractive import MODEL as EXTRACTIVE
from chatkit.chat.models import AnswerState
from chatkit.text.markdown import FENCED_CODE

INTERRUPTED = "The answer broke off here. This is what the documentation itself says:"
INTERRUPTED_WITHOUT_FALLBACK = "The answer broke off here. Ask again for a whole one."
UNGROUNDED = "None of this was found on the site's pages."
CLOSING_FENCE = re.compile(r"\A\n`{3,}(?=\n)")


@dataclass(frozen=True)
class Fallback:
    """What the pages themselves say, for when no model says it; citing nothing, it is no answer."""

    text: str
    citations: list[str]


@dataclass(frozen=True)
class Reply:
    """An answer: Markdown, the sources its marks count, the ids of those it cites, and how it was made.

    ``state`` is `stopped` when its reader ended it.
    """

    message_id: str
    answer: str
    sources: list[dict[str, Any]]
    citations: list[str]
    metadata: dict[str, Any]
    state: AnswerState = "done"

    @property
    def running(self) -> bool:
        return self.state == "running"

    def was_interrupted_at(self, position: int) -> bool:
        """Tell whether its model wrote just the first ``position`` characters, and the pages the rest."""
        rest = CLOSING_FENCE.sub("", self.answer[position:])
        return rest.startswith((f"\n\n{INTERRUPTED}", f"\n\n{INTERRUPTED_WITHOUT_FALLBACK}"))

    def interrupted(self, fallback: Fallback, begun: bool = False) -> "Reply":
        """Return the answer as it ends without its model; what a reader has seen already stays as it is.

        ``begun`` tells that a reader has seen some of it, also when there is none here.
        """
        citations = list(dict.fromkeys(self.citations + fallback.citations))
        metadata = self.metadata | {"model": EXTRACTIVE, "fallback": True}
        ended = replace(self, citations=citations, metadata=metadata, state="done")
        if not (begun or self.answer.strip()):
            return replace(ended, answer=self.answer + fallback.text)
        # In an open block of code, what follows would read as code.
        fence = f"\n{marks}" if (marks := _open_fence(self.answer)) else ""
        rest = f"{INTERRUPTED}\n\n{fallback.text}" if fallback.citations else INTERRUPTED_WITHOUT_FALLBACK
        return replace(ended, answer=f"{self.answer}{fence}\n\n{rest}")

    def ungrounded(self, fallback: Fallback) -> "Reply":
        """Return the answer followed by what the pages say, when they support nothing of it."""
        ended = self.interrupted(fallback)
        if not self.answer.strip():
            return ended
        return replace(ended, answer=f"{self.answer}\n\n{UNGROUNDED}\n\n{fallback.text}")


def _open_fence(text: str) -> str:
    """Return the marks of the block of code that a text ends in, if it does."""
    # Only a block that is open takes in one more line.
    longer = f"{text}\n."
    return next((fence[1] for fence in FENCED_CODE.finditer(longer) if fence.end() == len(longer)), "")
