"""What an encoder makes of a text: vectors, alike for what means alike."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Encoding:
    """What an encoder makes of a text: ``vector`` for all of it, and one for each of its tokens; all of length 1.

    ``starts`` says at which character of the text each token begins, -1 for one of a heading or of the encoder's own.
    An encoder that gives no vectors of tokens leaves both empty.
    """

    vector: "NDArray[float32]"
    tokens: "NDArray[float32] | None" = None
    starts: tuple[int, ...] = ()


class Encoder(Protocol):
    """Makes vectors of text; ``model`` names what only vectors made alike can be compared by."""

    @property
    def model(self) -> str: ...

    def encode_question(self, text: str) -> Encoding: ...

    def encode_passage(self, heading: str, body: str) -> Encoding: ...
