"""Keeps a model from repeating its instructions, however it spells them."""

import codecs
import unicodedata
from collections.abc import Sequence

from chatkit.answers.prompt import INSTRUCTIONS
from chatkit.search.passages import Passage

# So many letters in a row of the instructions are no accident; about five words.
LONGEST_RUN = 24
WITHHELD = "…"


def _letters(text: str) -> str:
    """Return letters and digits alone: neither spaces, marks nor case tell two spellings apart."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


class Secrecy:
    """Passes text on, but for runs of letters that stand in the instructions, also backwards or in ROT13.

    The end of what came is held while it may still become such a run. What the passages hold is
    no secret.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        secret = _letters(INSTRUCTIONS)
        self._secrets = "\n".join((secret, secret[::-1], codecs.encode(secret, "rot13")))
        self._public = _letters("".join(f"{hit.heading} {hit.body}" for hit in passages))
        # What is held, each with the letters it counts for in the run; what is the server's own counts for none.
        self._held: list[tuple[str, str]] = []
        self._run = ""
        # Where nothing was shown yet, there is nothing to mark a gap in.
        self._shown = False

    def feed(self, text: str) -> str:
        """Take the next text and return what is free to go."""
        freed = "".join(self._take(character) for character in text)
        self._shown |= bool(freed.strip())
        return freed

    def pass_on(self, text: str) -> str:
        """Take a text of the server's own, which follows what is held."""
        if not self._held:
            return text
        self._held.append((text, ""))
        return ""

    def finish(self) -> str:
        """Return what is held, or what stands for it."""
        return self._end_run()

    def _take(self, character: str) -> str:
        letters = _letters(character)
        if not letters:
            return self.pass_on(character)
        freed = ""
        if self._run + letters not in self._secrets:
            freed = self._end_run() if len(self._run) >= LONGEST_RUN else self._shorten(letters)
        if letters not in self._secrets:
            return freed + self._release(len(self._held)) + character
        self._held.append((character, letters))
        self._run += letters
        return freed

    def _shorten(self, letters: str) -> str:
        """Free the beginning of the run; its end may begin another one with the next letters."""
        count = 0
        while self._run and self._run + letters not in self._secrets:
            self._run = self._run[len(self._held[count][1]) :]
            count += 1
        return self._release(count)

    def _end_run(self) -> str:
        leaked = len(self._run) >= LONGEST_RUN and self._run not in self._public
        self._run = ""
        if not leaked:
            return self._release(len(self._held))
        self._held = []
        return f"{WITHHELD}\n\n" if self._shown else ""

    def _release(self, count: int) -> str:
        freed, self._held = self._held[:count], self._held[count:]
        return "".join(text for text, _ in freed)
