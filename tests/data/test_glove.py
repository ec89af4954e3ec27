"""GloVe's words and vectors are whole and belong together; strings are unpacked as Snappy packs them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.data.glove import _unsnappy, load_glove


@pytest.fixture(scope="module")
def glove():
    return load_glove()


def test_words_are_all_there_and_differ(glove):
    words, vectors = glove
    assert len(words) == len(set(words)) == 400_000 and words[:5] == ["the", ",", ".", "of", "to"]
    assert words[95_360] == "matinees" and words[-1] == "sandberger"  # the last as the authors' file has it
    assert vectors.shape == (400_000, 50) and vectors.dtype == np.float32 and np.isfinite(vectors).all()


def test_vectors_belong_to_their_words(glove):
    words, vectors = glove
    np.testing.assert_allclose(vectors[0, :4], [0.418, 0.24968, -0.41242, 0.1217], atol=1e-5)  # as published
    some = vectors[:50_000] / np.linalg.norm(vectors[:50_000], axis=1, keepdims=True)
    row = {word: i for i, word in enumerate(words)}
    for word, near in [
        ("frog", "toad"),
        ("monday", "tuesday"),
        ("france", "belgium"),
        ("physics", "chemistry"),
    ]:
        assert row[near] in (some @ some[row[word]]).argsort()[-9:-1]


@given(st.binary(max_size=300), st.integers(1, 299), st.integers(1, 64))
def test_copies_may_reach_into_themselves(start, back, size):
    packed = bytearray([0])  # the length in front is not needed
    for i in range(0, len(start), 60):
        piece = start[i : i + 60]
        packed += bytes([len(piece) - 1 << 2]) + piece
    back = min(back, len(start))
    wanted = bytearray(start)
    if back:
        packed += bytes([size - 1 << 2 | 2]) + back.to_bytes(2, "little")
        for _ in range(size):
            wanted.append(wanted[-back])
    assert _unsnappy(bytes(packed)) == wanted


def test_long_pieces_say_their_length_apart():
    text = bytes(range(256)) * 300
    for size in (61, 256, 257, 65_536, 70_000):
        more = 1 if size <= 256 else 2 if size <= 65_536 else 3
        packed = bytes([0, 59 + more << 2]) + (size - 1).to_bytes(more, "little") + text[:size]
        assert _unsnappy(packed) == text[:size]
