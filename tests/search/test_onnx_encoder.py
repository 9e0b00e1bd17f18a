"""The packaged encoder: text to vectors, with the place of each token."""

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("onnxruntime")

from chatkit import config  # noqa: E402  (after what they need)
from chatkit.search import encoders  # noqa: E402
from chatkit.search.encoding import Encoder  # noqa: E402
from tests.encoding import needs_encoder  # noqa: E402
from tests.factories import SECRET_KEY  # noqa: E402

pytestmark = needs_encoder


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """Return the packaged encoder."""
    from pathlib import Path

    model = encoders.choose(config.load(Path(), {"SECRET_KEY": SECRET_KEY, "SEMANTIC": "on"})).model
    assert model is not None
    return encoders.load(model)


def test_texts_that_mean_the_same_have_vectors_that_are_alike(encoder: Encoder) -> None:
    question = encoder.encode_question("How do I back up the database?").vector
    near = encoder.encode_passage("Operations", "Copy the data to a safe place every night.").vector
    far = encoder.encode_passage("Colours", "Set the theme to dark or light.").vector
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)
    assert question @ near > question @ far + 0.1


def test_each_token_knows_where_it_begins_and_a_heading_s_is_outside(encoder: Encoder) -> None:
    body = "Zwölf ships arrive."
    found = encoder.encode_passage("Harbour", body)
    assert found.tokens is not None
    assert len(found.tokens) == len(found.starts)
    assert {body[start] for start in found.starts if start >= 0} >= {"Z", "s", "a", "."}
    assert found.starts[:2] == (-1, -1)


def test_a_text_is_encoded_the_same_whatever_was_encoded_before(encoder: Encoder) -> None:
    first = encoder.encode_passage("A", "One sentence.")
    encoder.encode_passage("B", "Another, far longer sentence of many words. " * 9)
    assert np.array_equal(encoder.encode_passage("A", "One sentence.").vector, first.vector)


def test_every_token_of_a_long_passage_has_a_vector(encoder: Encoder) -> None:
    body = "harbour " * 700
    found = encoder.encode_passage("Ships > In the harbour", body)
    inside = [start for start in found.starts if start >= 0]
    assert inside == list(range(0, len(body), len("harbour ")))


def test_a_text_without_a_token_has_a_vector(encoder: Encoder) -> None:
    assert encoder.encode_passage("", "").tokens is not None
    assert np.isfinite(encoder.encode_question(" ").vector).all()
