"""A recommendation: a page, the kind of its reason, and the one thing that the reason rests on."""

from dataclasses import dataclass
from enum import StrEnum

MAX_QUOTE_LENGTH = 60


class Kind(StrEnum):
    """Why a page is recommended; docs/accounts.md explains each."""

    PINNED = "pinned"
    QUESTION = "question"
    SAVED_CHAT = "saved_chat"
    PAGE = "page"
    NEXT = "next"
    PREFERENCE = "preference"
    ANSWERED_NOW = "answered_now"
    RATED_DOWN = "rated_down"


# Each is true of the page and of what stands in the place of {title}.
SENTENCES = {
    Kind.PINNED: "The site’s owner recommends it.",
    Kind.QUESTION: "Because you asked “{title}”.",
    Kind.SAVED_CHAT: "Because you saved the chat “{title}”.",
    Kind.PAGE: "About the same as “{title}”.",
    Kind.NEXT: "Comes after “{title}”.",
    Kind.PREFERENCE: "Because you chose the topic “{title}”.",
    Kind.ANSWERED_NOW: "Answers “{title}” now.",
    Kind.RATED_DOWN: "Another page about “{title}”, whose answer you rated down.",
}


class BasisKind(StrEnum):
    """What a reason rests on."""

    QUESTION = "question"
    SAVED_CHAT = "saved_chat"
    PAGE = "page"
    TOPIC = "topic"


@dataclass(frozen=True)
class Basis:
    """What a reason rests on: a question, a saved chat, a page or a topic, by its ``key`` among those of its kind.

    ``url`` is the page through which it leads to what is recommended, None where it leads there by itself.
    """

    kind: BasisKind
    key: str
    title: str
    url: str | None = None

    @property
    def id(self) -> str:
        """Names it among all that reasons may rest on, and so to the reader who dismisses it."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True)
class Recommendation:
    """A page by its address ``id``, with the ``url`` of the section that fits, and why; pinned ones rest on nothing."""

    id: str
    title: str
    url: str
    kind: Kind
    because: Basis | None

    @property
    def reason(self) -> str:
        """The reason in a sentence."""
        return SENTENCES[self.kind].format(title=self.because.title if self.because else "")


def quote(text: str) -> str:
    """Return what a person wrote, in one line that is not long."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTE_LENGTH else line[: MAX_QUOTE_LENGTH - 1].rstrip() + "…"
