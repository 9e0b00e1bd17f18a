"""What the fixed sentences of answers are, and how readers greet, thank and leave."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """The fixed sentences of one language, as plain text that holds no Markdown.

    ``ask_people`` announces a link of the owner's. ``other_version`` and ``other_language`` have a place for the name
    of what the answer is from, a language by its own name. What readers say stands below, separated by commas and
    without other punctuation; ``politeness`` may stand beside it and says nothing alone.
    """

    nearest: str
    not_covered: str
    nothing_near: str
    ask_people: str
    unsupported: str
    interrupted: str
    interrupted_without_fallback: str
    ungrounded: str
    other_version: str
    current_version: str
    other_language: str
    hello: str
    welcome: str
    goodbye: str
    greetings: str
    thanks: str
    farewells: str
    politeness: str

    @property
    def declined(self) -> str:
        """The whole answer to what the pages do not cover."""
        return f"{self.not_covered}\n\n{self.nothing_near}"
