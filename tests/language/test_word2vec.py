"""Word2Vec: gradients, what is drawn at random, the compiled steps, and what is learned from a small text."""

import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.language.word2vec import (
    CHUNK,
    Word2Vec,
    draw,
    fastest_learn,
    keep_probability,
    learn,
    negative_sampling,
    noise_table,
    read,
    step,
)

# Words of two subjects that never share a sentence.
WEATHER, MONEY = ["rain", "snow", "wind", "storm", "cloud"], ["bank", "coin", "price", "debt", "loan"]
RNG = np.random.default_rng(0)
TEXT = [list(RNG.choice(words, 6)) for _ in range(400) for words in (WEATHER, MONEY)]
OPTIONS = {"dim": 12, "min_count": 1, "subsample": 0.0, "lr": 0.05, "num_epochs": 10}
BOTH = pytest.mark.parametrize("skipgram", [True, False])


def vectors(rows, dim, *, seed=0, dtype=np.float64, scale=1.0):
    return (scale * np.random.default_rng(seed).normal(size=(rows, dim))).astype(dtype)


def slope(f, x, eps=1e-6):
    """The gradient of f by every number of x, by central differences."""
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old + eps
        above = f()
        x[place] = old - eps
        gradient[place] = (above - f()) / (2 * eps)
        x[place] = old
    return gradient


def test_gradient_of_every_element():
    H, U = vectors(3, 4), vectors(5, 4, seed=1)
    labels, weights = np.array([1.0, 0, 0, 0, 1]), np.array([1.0, 1, 0, 2, 0.5])

    def loss():
        return negative_sampling(H, U, labels=labels, weights=weights)[0]

    _, dH, dU = negative_sampling(H, U, labels=labels, weights=weights)
    np.testing.assert_allclose(dH, slope(loss, H), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(dU, slope(loss, U), rtol=1e-6, atol=1e-9)
    assert (dU[2] == 0).all()  # weight 0


def test_loss_by_hand_and_without_overflow():
    H, U = np.array([[1.0, 2.0]]), np.array([[0.5, 0.25], [1.0, -1.0]])
    loss, *_ = negative_sampling(H, U, labels=np.array([1.0, 0]), weights=np.ones(2))
    assert loss == pytest.approx(-np.log(1 / (1 + np.exp(-1))) - np.log(1 / (1 + np.exp(-1))))
    for sign in (1, -1):
        loss, dH, dU = negative_sampling(1e3 * sign * H, U, labels=np.ones(2), weights=np.ones(2))
        assert np.isfinite(loss) and np.isfinite(dH).all() and np.isfinite(dU).all()


@BOTH
def test_a_step_follows_the_gradient_of_its_own_loss(skipgram):
    """With a window in which words repeat, and a negative that is the centre."""
    V, U = vectors(6, 4), vectors(6, 4, seed=1)
    context, negatives = np.array([1, 2, 1]), np.array([3, 0, 3])

    def loss():
        return step(V.copy(), U.copy(), 0, context, negatives, lr=0.0, skipgram=skipgram)

    by_V, by_U = slope(loss, V), slope(loss, U)
    before_V, before_U = V.copy(), U.copy()
    step(V, U, 0, context, negatives, lr=0.1, skipgram=skipgram)
    whole = 1 if skipgram else 3  # CBOW's words take the gradient of the mean whole, not a third of it
    np.testing.assert_allclose(before_V - V, 0.1 * whole * by_V, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(before_U - U, 0.1 * by_U, rtol=1e-6, atol=1e-9)
    assert (V[[0, 3, 4, 5]] == before_V[[0, 3, 4, 5]]).all() and (V[1] != before_V[1]).all()


def test_the_centre_as_its_own_negative_does_not_count():
    results = []
    for negatives in ([3], [3, 0], [0, 3, 0]):
        V, U = vectors(4, 3), vectors(4, 3, seed=1)
        step(V, U, 0, np.array([1, 2]), np.array(negatives), lr=0.1, skipgram=True)
        results.append((V, U))
    for V, U in results[1:]:
        np.testing.assert_allclose(V, results[0][0], rtol=1e-12)
        np.testing.assert_allclose(U, results[0][1], rtol=1e-12)


def test_steps_overfit_one_window():
    V, U = vectors(6, 8, scale=0.1), np.zeros((6, 8))
    losses = [step(V, U, 0, np.array([1, 2]), np.array([3, 4]), lr=0.5, skipgram=True) for _ in range(300)]
    assert losses[0] == pytest.approx(6 * np.log(2)) and losses[-1] < 0.02


@BOTH
def test_a_word_without_company_teaches_nothing(skipgram):
    V, U = vectors(3, 2), vectors(3, 2, seed=1)
    before = V.copy(), U.copy()
    assert step(V, U, 0, np.array([], dtype=int), np.array([1]), lr=1.0, skipgram=skipgram) == 0
    np.testing.assert_array_equal((V, U), before)


def drawn(n=600, *, num_words=30, window=4, num_negatives=5, keep=0.9, seed=0):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, num_words, n).astype(np.int32)
    sentences = np.sort(rng.integers(0, max(n // 7, 1), n))
    options = {"window": window, "num_negatives": num_negatives}
    noise = noise_table(np.arange(num_words, 0, -1), size=1 << 10)
    return draw(rng, words, sentences, keep=np.full(num_words, keep), noise=noise, **options)


@BOTH
@pytest.mark.parametrize("num_negatives", [1, 4, 5])
@pytest.mark.parametrize("dim", [1, 7, 33])
def test_compiled_steps_equal_the_readable_ones(skipgram, num_negatives, dim):
    fast = pytest.importorskip("d2lmodels.language.word2vec_fast").learn_fast
    text = drawn(num_negatives=num_negatives)
    ours = [vectors(30, dim, seed=k, dtype=np.float32, scale=0.5) for k in (0, 1)]
    readable = [array.astype(np.float64) for array in ours]
    start = [array.copy() for array in readable]
    fast(*ours, *text, 0.02, skipgram)
    learn(*readable, *text, 0.02, skipgram)
    for x, y, before in zip(ours, readable, start):
        assert np.isfinite(x).all() and np.abs(y - before).max() > 0.04
        np.testing.assert_allclose(x, y, atol=3e-5)


def test_compiled_steps_are_bounded_where_logits_are_large():
    fast = pytest.importorskip("d2lmodels.language.word2vec_fast").learn_fast
    for size, tolerance in ((5.0, 1e-6), (9.0, 2e-4), (80.0, 2e-4)):  # of the logits
        for sign in (1, -1):
            V, U = np.ones((2, 1), np.float32), np.full((2, 1), sign * size, np.float32)
            text = np.array([0, 1], np.int32), np.array([0, 1]), np.array([2, 2]), np.zeros((2, 1), np.int32)
            before = U[0, 0]
            fast(V, U, *text, 1.0, True)
            wanted = before + 1 / (1 + np.exp(sign * size))
            assert U[0, 0] == pytest.approx(wanted, abs=tolerance + 1e-6 * size)
    fast(V, U, *drawn(0), 1.0, True)  # no word is no fault


@given(
    n=st.integers(0, 80),
    window=st.integers(1, 6),
    keep=st.sampled_from([0.0, 0.5, 1.0]),
    seed=st.integers(0, 99),
)
def test_windows_stay_in_their_sentence_and_reach(n, window, keep, seed):
    rng = np.random.default_rng(seed)
    sentences = np.sort(rng.integers(0, 9, n))
    words = np.arange(n, dtype=np.int32)  # each word is its own place
    noise = np.array([0], dtype=np.int32)
    kept, left, right, negatives = draw(
        rng, words, sentences, keep=np.full(n, keep), noise=noise, window=window, num_negatives=3
    )
    assert (negatives.shape == (len(kept), 3) and len(kept) == n) or keep < 1
    assert (np.diff(kept) > 0).all()
    for i in range(len(kept)):
        assert 0 <= left[i] <= i < right[i] <= len(kept)
        assert i - left[i] <= window and right[i] - 1 - i <= window
        assert len(set(sentences[kept[left[i] : right[i]]])) == 1
        cut_left = left[i] == 0 or sentences[kept[left[i] - 1]] != sentences[kept[i]]
        cut_right = right[i] == len(kept) or sentences[kept[right[i]]] != sentences[kept[i]]
        assert cut_left or cut_right or i - left[i] == right[i] - 1 - i >= 1


def test_every_reach_is_as_likely():
    n, window = 50_000, 5
    words, sentences = np.zeros(n, np.int32), np.zeros(n, np.int64)
    options = {"keep": np.ones(1), "noise": np.array([0], np.int32), "num_negatives": 1}
    _, left, _, _ = draw(np.random.default_rng(0), words, sentences, window=window, **options)
    counts = Counter((np.arange(n) - left)[window:].tolist())
    assert set(counts) == {1, 2, 3, 4, 5} and all(abs(count / n - 0.2) < 0.01 for count in counts.values())


def test_frequent_words_are_dropped_as_the_rule_says():
    counts = np.array([90_000, 9_000, 1_000])
    keep = keep_probability(counts, 1e-2)
    np.testing.assert_allclose(keep, [(90**0.5 + 1) / 90, (9**0.5 + 1) / 9, 1])
    words = np.repeat(np.arange(3, dtype=np.int32), counts)
    kept, *_ = draw(
        np.random.default_rng(0), words, np.zeros(len(words), np.int64), keep=keep,
        noise=np.array([0], np.int32), window=1, num_negatives=1,
    )  # fmt: skip
    np.testing.assert_allclose(np.bincount(kept) / counts, keep, atol=0.02)
    assert (keep_probability(counts, 0) == 1).all()


@pytest.mark.parametrize("power", [0, 0.75, 1])
def test_negatives_come_by_their_counts_to_the_power(power):
    counts = np.array([5000, 300, 20, 1])
    table = noise_table(counts, power, size=1 << 16)
    share = counts**power / (counts**power).sum()
    np.testing.assert_allclose(np.bincount(table, minlength=4) / len(table), share, atol=1e-4)
    assert table.dtype == np.int32 and len(table) == 1 << 16
    words = np.zeros(20_000, np.int32)
    *_, negatives = draw(
        np.random.default_rng(0), words, words.astype(np.int64), keep=np.ones(4), noise=table,
        window=1, num_negatives=5,
    )  # fmt: skip
    np.testing.assert_allclose(np.bincount(negatives.ravel(), minlength=4) / negatives.size, share, atol=0.01)


@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=8), max_size=20), st.integers(1, 4))
def test_the_text_is_read_as_a_counter_counts_it(sentences, min_count):
    counts = Counter(word for sentence in sentences for word in sentence)
    frequent = {word: count for word, count in counts.items() if count >= min_count}
    if not frequent:
        with pytest.raises(ValueError):
            read(sentences, min_count)
        return
    words, number, text, sentence_of = read(iter(sentences), min_count)
    assert dict(zip(words, number.tolist())) == frequent and (np.diff(number) <= 0).all()
    assert words == sorted(frequent, key=lambda word: -counts[word])  # ties as met, as a dict keeps them
    again = [[word for word in sentence if word in frequent] for sentence in sentences]
    ours = [[words[i] for i in text[sentence_of == k]] for k in range(len(sentences))]
    assert ours == again


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_words_in_like_company_become_alike(architecture):
    model = Word2Vec(TEXT, architecture=architecture, seed=1, **OPTIONS)
    assert sorted(model.words) == sorted(WEATHER + MONEY) and model.counts.sum() == 4800
    assert model.vectors.shape == model.outputs.shape == (10, 12)
    assert model.vectors.dtype == np.float32 and np.isfinite(model.vectors).all()
    for subject in (WEATHER, MONEY):
        for word in subject:
            assert {near for near, _ in model.most_similar(word, 4)} == {*subject} - {word}


def test_a_seed_decides_everything_on_one_thread():
    first, again, other = (Word2Vec(TEXT[:50], seed=seed, **OPTIONS).vectors for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_the_whole_training_is_the_readable_one(monkeypatch):
    compiled = Word2Vec(TEXT[:30], **OPTIONS | {"num_epochs": 2})
    monkeypatch.setattr("d2lmodels.language.word2vec.fastest_learn", lambda: learn)
    readable = Word2Vec(TEXT[:30], **OPTIONS | {"num_epochs": 2})
    np.testing.assert_allclose(compiled.vectors, readable.vectors, atol=1e-5)
    np.testing.assert_allclose(compiled.outputs, readable.outputs, atol=1e-5)
    assert np.abs(readable.outputs).max() > 0.01


def test_chunks_cover_the_text_and_the_rate_falls_to_zero(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "d2lmodels.language.word2vec.fastest_learn",
        lambda: lambda V, U, words, left, right, negatives, lr, skipgram: seen.append((len(words), lr)),
    )
    sentences = [["a", "b"]] * CHUNK  # two chunks
    Word2Vec(sentences, **OPTIONS | {"num_epochs": 3})
    assert seen == [(CHUNK, pytest.approx(0.05 * (1 - k / 6))) for k in range(6)]


def test_chunks_and_epochs_draw_anew(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "d2lmodels.language.word2vec.fastest_learn",
        lambda: lambda V, U, words, left, right, negatives, lr, skipgram: seen.append(negatives),
    )
    Word2Vec([["a", "b"]] * CHUNK, **OPTIONS | {"num_epochs": 2})
    for i in range(4):
        assert not any(np.array_equal(seen[i], seen[j]) for j in range(i))


def test_threads_learn_the_same_subjects():
    sentences = TEXT * 6  # 28,800 words, three chunks
    for num_threads in (2, 3):
        model = Word2Vec(sentences, num_threads=num_threads, **OPTIONS | {"num_epochs": 3})
        for subject in (WEATHER, MONEY):
            assert {near for near, _ in model.most_similar(subject[0], 4)} == {*subject[1:]}


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr("d2lmodels.language.word2vec.fastest_learn", lambda: lambda *drawn: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Word2Vec(TEXT, num_threads=2, **OPTIONS)


def test_without_numba_it_warns_and_is_readable(monkeypatch):
    monkeypatch.setitem(sys.modules, "d2lmodels.language.word2vec_fast", None)
    with pytest.warns(UserWarning, match="numba is not installed"):
        assert fastest_learn() is learn
