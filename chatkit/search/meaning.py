"""What a question means, compared with what passages mean; nothing where there is no encoder or no vector yet.

Each process loads the vectors of all passages once per state of the index, and compares every question with them.
"""

import re
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from chatkit import config
from chatkit.errors import RetryLater
from chatkit.search import encoders, index, likeness
from chatkit.search.encoding import Encoding
from chatkit.search.query import Query
from chatkit.text.analysis import stem
from chatkit.text.tokens import tokenize

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    from chatkit.search.late_interaction import Asked, Likeness
    from chatkit.search.vectors import PassageVectors

log = structlog.get_logger()

WORD = re.compile(r"\S+")
# What each token of a question weighs beside what its word does: punctuation and common words say something too.
TOKEN = 1.0
LEANED_ON_CHARACTERS = 300
REST_SECONDS = 30.0
Value = TypeVar("Value")


class Meaning:
    """A question's meaning, which passages are compared with."""

    def __init__(self, model: str, question: Encoding, asked: "Asked | None", passages: "PassageVectors") -> None:
        self.model = model
        self._question = question
        self._asked = asked
        self._passages = passages

    def nearest(self, limit: int, also: Collection[int], scopes: Collection[int] | None) -> dict[int, float]:
        """Return the cosine of the ``limit`` passages most alike, by id, best first, and of others that have one.

        Only those of ``scopes`` are looked for, all where that is None.
        """
        return self._passages.nearest(self._question.vector, limit, also, scopes)

    def likenesses(self, tokens: Mapping[int, bytes]) -> "dict[int, Likeness]":
        """Compare with passages token by token, given as they are stored; none where the encoder makes no tokens."""
        from chatkit.search import late_interaction

        if self._asked is None or not tokens:
            return {}
        return dict(zip(tokens, late_interaction.compare(self._asked, list(tokens.values())), strict=True))


@dataclass
class _Loaded:
    """The encoder, and the vectors of the index in one of its states; one thread loads them, which holds the lock."""

    choice: encoders.Choice | None = None
    resting_until: float = 0.0
    state: str | None = None
    passages: "PassageVectors | None" = None
    lock: threading.Lock = field(default_factory=threading.Lock)


def init_app(app: Flask) -> None:
    """Make the place for the vectors that this application loads."""
    app.extensions["chatkit_vectors"] = _Loaded()


def start_loading(app: Flask) -> None:
    """Load encoder and vectors in a thread, so that no reader has to wait for them."""
    threading.Thread(target=_load, args=(app,), name="load encoder", daemon=True).start()


def _load(app: Flask) -> None:
    with app.app_context():
        try:
            found = _model_and_passages(index.corpus_statistics().state)
            if found is not None:
                encoders.load(found[0])
        except SQLAlchemyError as error:
            # The first question tries again.
            log.warning("vectors_not_loaded", error=type(error).__name__)


def of(query: Query) -> Meaning | None:
    """Return what a query means; None when there is nothing to compare it with."""
    found = _model_and_passages(query.index_state)
    if found is None or not found[0].knows(query.language):
        return None
    from chatkit.search.late_interaction import Asked

    model, passages = found
    encoder = encoders.load(model)
    text = _standing_alone(query)
    encoding = _unless_resting(lambda: encoder.encode_question(text))
    if encoding is None:
        return None
    asked = None
    if encoding.tokens is not None:
        asked = Asked(encoding.vector, encoding.tokens, _token_weights(query, text, encoding.starts))
    return Meaning(encoder.model, encoding, asked, passages)


def likeness_of(one: str, other: str) -> float | None:
    """Return the cosine of what two texts mean; None while an embedding server is away."""
    return _unless_resting(lambda: likeness.of(one, other))


def _unless_resting(ask: Callable[[], Value]) -> Value | None:
    """Return what the encoder says; None while its server is away, which keeps one question waiting, not each."""
    loaded: _Loaded = current_app.extensions["chatkit_vectors"]
    if time.monotonic() < loaded.resting_until:
        return None
    try:
        return ask()
    except RetryLater as error:
        loaded.resting_until = time.monotonic() + REST_SECONDS
        log.warning("question_not_encoded", reason=str(error))
        return None


def _model_and_passages(state: str) -> "tuple[encoders.Model, PassageVectors] | None":
    """Return the encoder's files with the vectors of the index in this state, or None when either is missing.

    Of several threads that find a new state of the index one loads its vectors; the others go on with the old ones.
    """
    loaded: _Loaded = current_app.extensions["chatkit_vectors"]
    if loaded.choice is None:
        loaded.choice = encoders.choose(config.settings())
    model = loaded.choice.model
    if model is None:
        return None
    if loaded.state != state and loaded.lock.acquire(blocking=loaded.state is None):
        try:
            if loaded.state != state:
                from chatkit.search import vectors

                loaded.passages, loaded.state = vectors.load(model.model), state
        finally:
            loaded.lock.release()
    if loaded.passages is None:
        return None
    return model, loaded.passages


def _standing_alone(query: Query) -> str:
    """Return the text of a question, behind what it leans on when it does not say what it is about."""
    question = query.question
    leaning_on = [*question.earlier[-1:], question.selected_text or ""] if query.follow_up else []
    return " ".join([*(text[:LEANED_ON_CHARACTERS] for text in leaning_on if text), query.text])


def _token_weights(query: Query, text: str, starts: Sequence[int]) -> "NDArray[float32]":
    """Return what each token of a text weighs, by where it begins: its word's weight in the query, and a little."""
    import numpy as np

    def weight(word: str) -> float:
        found = (query.weights.get(stem(token, query.analyzed_as), 0.0) for token in tokenize(word))
        return max(found, default=0.0)

    words = [(word.start(), weight(word.group())) for word in WORD.finditer(text)]
    begins = [begin for begin, _ in words]
    weights = [0.0 if start < 0 else TOKEN + words[bisect_right(begins, start) - 1][1] for start in starts]
    return np.array(weights if any(weights) else [1.0] * len(weights), np.float32)
