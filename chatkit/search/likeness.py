"""How alike two short texts mean, such as two questions; nothing where there is no encoder."""

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from chatkit import config
from chatkit.search import encoders
from chatkit.search.encoders import Model

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

# So many texts are remembered as they were encoded, 1.5 kB each.
REMEMBERED = 5_000
Key = TypeVar("Key")


class Meanings(Generic[Key]):
    """What texts mean, each under a key, so that another one is compared with all of them at once."""

    def __init__(self) -> None:
        self._places: dict[Key, int] = {}
        self._rows: NDArray[float32] | None = None

    def add(self, key: Key, text: str) -> None:
        """Keep what a text means under a key, which is always that of this text.

        Raises ``RetryLater`` when an embedding server is away.
        """
        model = _model()
        if model is None or key in self._places:
            return
        import numpy as np

        vector, place = _vector(model, text), len(self._places)
        if self._rows is None:
            self._rows = np.empty((64, len(vector)), np.float32)
        elif place == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[place] = vector
        self._places[key] = place

    def keep(self, keys: Collection[Key]) -> None:
        """Forget what is under all other keys."""
        kept = {key: place for key, place in self._places.items() if key in keys}
        if self._rows is not None and len(kept) < len(self._places):
            self._rows = self._rows[list(kept.values())] if kept else None
            self._places = {key: place for place, key in enumerate(kept)}

    def alike(self, text: str, least: float) -> list[Key]:
        """Return the keys of the texts whose cosine with this one is at least so much.

        Raises ``RetryLater`` when an embedding server is away.
        """
        model = _model()
        if model is None or self._rows is None:
            return []
        cosines = self._rows[: len(self._places)] @ _vector(model, text)
        return [key for key, cosine in zip(self._places, cosines, strict=True) if cosine >= least]


def is_on(language: str) -> bool:
    """Tell whether texts in a language (BCP 47) can be compared by their meaning."""
    model = _model()
    return model is not None and model.knows(language)


def of(one: str, other: str) -> float:
    """Return the cosine of what two texts mean, at most 1; where nothing is compared, 0.

    Raises ``RetryLater`` when an embedding server is away.
    """
    model = _model()
    return float(_vector(model, one) @ _vector(model, other)) if model is not None else 0.0


def _model() -> Model | None:
    return encoders.choose(config.settings()).model


@lru_cache(REMEMBERED)
def _vector(model: Model, text: str) -> "NDArray[float32]":
    return encoders.load(model).encode_question(text).vector
