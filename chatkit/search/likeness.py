"""How alike two short texts mean, such as two questions; nothing where there is no encoder."""

from functools import lru_cache
from typing import TYPE_CHECKING

from chatkit import config
from chatkit.search import encoders
from chatkit.search.encoders import Model

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

# So many texts are remembered as they were encoded, 1.5 kB each.
REMEMBERED = 5_000


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
