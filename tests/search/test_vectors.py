"""Vectors as they are stored, and those of a whole index."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

np = pytest.importorskip("numpy")

from chatkit.search import vectors  # noqa: E402  (needs numpy)
from chatkit.search.encoding import Encoding  # noqa: E402
from chatkit.search.vectors import PassageVectors  # noqa: E402

RANDOM = np.random.default_rng(7)


def _unit(rows: int, dimensions: int = 64) -> "NDArray[float32]":
    made = RANDOM.standard_normal((rows, dimensions)).astype(np.float32)
    rows_of_length_one: NDArray[float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return rows_of_length_one


def _loaded(rows: "NDArray[float32]") -> PassageVectors:
    packed = b"".join(vectors.pack_vector(Encoding(row)) for row in rows)
    return vectors.assemble(list(range(10, 10 + len(rows))), [1] * len(rows), packed)


def test_a_vector_keeps_its_direction_in_8_bits() -> None:
    rows = _unit(50)
    cosines = _loaded(rows).nearest(rows[3], 50, ())
    exact = dict(zip(range(10, 60), (rows @ rows[3]).tolist(), strict=True))
    assert cosines == pytest.approx(exact, abs=0.01)
    assert next(iter(cosines)) == 13


def test_the_cosine_of_others_that_are_asked_for_is_told_where_they_have_a_vector() -> None:
    rows = _unit(50)
    found = _loaded(rows).nearest(rows[0], 3, {59, 5, 60, 10_000})
    assert len(found) == 4
    assert found[59] == pytest.approx(float(rows[49] @ rows[0]), abs=0.01)


def test_among_many_the_nearest_are_found_by_their_signs() -> None:
    near = _unit(1, 384)[0]
    rows = _unit(vectors.EXACT + 100, 384)
    rows[::100] = rows[::100] * 0.5 + near
    found = _loaded(rows).nearest(near, len(rows[::100]), ())
    assert set(found) == set(range(10, 10 + len(rows), 100))


@pytest.mark.parametrize("count", [60, vectors.EXACT * 2 + 200])
def test_only_those_of_the_scopes_asked_are_the_nearest(count: int) -> None:
    rows = _unit(count, 384)
    packed = b"".join(vectors.pack_vector(Encoding(row)) for row in rows)
    scopes = [number % 2 + 1 for number in range(count)]
    loaded = vectors.assemble(list(range(count)), scopes, packed)
    found = loaded.nearest(rows[0], 20, (), {2})
    assert len(found) == 20
    assert {id_ % 2 for id_ in found} == {1}
    assert next(iter(loaded.nearest(rows[0], 20, (), {1, 3}))) == 0
    assert loaded.nearest(rows[0], 20, (), {3}) == {}


def test_tokens_keep_their_places_and_their_signs() -> None:
    tokens = _unit(4, 20)
    starts, packed = vectors.unpack_tokens(
        vectors.pack_tokens(Encoding(tokens[0], tokens, (-1, 0, 7, 70_000))) or b"", 20
    )
    assert starts.tolist() == [vectors.OUTSIDE, 0, 7, vectors.OUTSIDE]
    assert np.array_equal(np.unpackbits(packed, axis=1, count=20), tokens > 0)


def test_an_encoder_without_vectors_of_tokens_stores_none() -> None:
    assert vectors.pack_tokens(Encoding(_unit(1)[0])) is None
