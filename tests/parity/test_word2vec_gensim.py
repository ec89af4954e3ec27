"""Word2Vec against gensim: one window's step, the files both ways, neighbours, analogies and their score."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models import Word2Vec as GensimWord2Vec
from scipy.stats import spearmanr

from d2lmodels.data.word_tests import load_analogies, load_word_similarity
from d2lmodels.language.vectors import WordVectors
from d2lmodels.language.word2vec import keep_probability, read, step
from d2lmodels.metrics.words import analogy_accuracy, similarity_correlation, spearman

LR = 0.025


def gensim_model(sentences, **options):
    """A model of gensim's with numbers in both tables, and nothing but the last word as a negative."""
    model = GensimWord2Vec(
        vector_size=6,
        window=1,
        negative=1,
        min_count=1,
        sample=0,
        workers=1,
        alpha=LR,
        min_alpha=LR,
        **options,
    )
    model.build_vocab(sentences)
    rng = np.random.default_rng(0)
    shape = model.syn1neg.shape
    model.wv.vectors[:], model.syn1neg[:] = rng.normal(size=(2, *shape)).astype(np.float32) * 0.5
    model.cum_table[:-1] = 0
    return model


@pytest.mark.parametrize("skipgram", [True, False])
def test_a_sentence_changes_both_tables_as_gensim_changes_them(skipgram):
    """gensim looks σ up in a table, wrong by .003 at most; a row takes part in ten products or fewer."""
    sentences = [["z"], ["c", "a", "b", "a"]]
    model = gensim_model(sentences, sg=int(skipgram))
    row = model.wv.key_to_index
    assert model.wv.index_to_key[-1] == "z"
    V, U = model.wv.vectors.astype(np.float64), model.syn1neg.astype(np.float64)
    before = V.copy(), U.copy()
    text = [row[word] for word in sentences[1]]
    for i, centre in enumerate(text):
        context = np.array([text[j] for j in (i - 1, i + 1) if 0 <= j < len(text)])
        if not skipgram:
            step(V, U, centre, context, np.array([row["z"]]), lr=LR, skipgram=False)
        else:
            for word in context:  # gensim takes the words of a window one after the other
                step(V, U, centre, np.array([word]), np.array([row["z"]]), lr=LR, skipgram=True)
    model.train(sentences[1:], total_examples=1, epochs=1)
    for ours, theirs, old in zip((V, U), (model.wv.vectors, model.syn1neg), before):
        assert np.abs(ours - old).max() > 0.01
        np.testing.assert_allclose(theirs, ours, atol=10 * LR * 0.003 * np.abs(before).max())


def test_the_vocabulary_and_what_is_kept_are_gensims():
    rng = np.random.default_rng(0)
    names = [f"w{k}" for k in range(50)]
    sentences = [[names[int(k)] for k in np.minimum(rng.pareto(0.7, 12), 49)] for _ in range(500)]
    for min_count in (1, 5):
        words, counts, *_ = read(sentences, min_count)
        model = GensimWord2Vec(min_count=min_count, sample=1e-2)
        model.build_vocab(sentences)
        theirs = {word: model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key}
        assert dict(zip(words, counts.tolist())) == theirs
        kept = [model.wv.get_vecattr(word, "sample_int") / 2**32 for word in words]
        np.testing.assert_allclose(keep_probability(counts, 1e-2), kept, atol=1e-6)


@pytest.fixture(scope="module")
def words_and_vectors():
    rng = np.random.default_rng(1)
    words = sorted({word for questions in load_analogies().values() for q in questions[::20] for word in q})
    return words, rng.normal(size=(len(words), 20)).astype(np.float32)


@pytest.fixture(scope="module")
def theirs(words_and_vectors):
    model = KeyedVectors(20)
    model.add_vectors(*words_and_vectors)
    return model


@pytest.mark.parametrize("binary", [True, False])
def test_gensim_reads_our_files_and_we_read_gensims(tmp_path, words_and_vectors, theirs, binary):
    words, vectors = words_and_vectors
    WordVectors(words, vectors).save_word2vec_format(tmp_path / "ours", binary=binary)
    read_by_gensim = KeyedVectors.load_word2vec_format(str(tmp_path / "ours"), binary=binary)
    assert read_by_gensim.index_to_key == words
    np.testing.assert_array_equal(read_by_gensim.vectors, vectors)
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    read_by_us = WordVectors.load_word2vec_format(tmp_path / "theirs", binary=binary)
    assert read_by_us.words == words
    np.testing.assert_array_equal(read_by_us.vectors, vectors)


def test_neighbours_and_analogies_are_gensims(words_and_vectors, theirs):
    words, vectors = words_and_vectors
    ours = WordVectors(words, vectors)
    for word in words[::40]:
        for mine, other in zip(ours.most_similar(word), theirs.most_similar(word), strict=True):
            assert mine == (other[0], pytest.approx(other[1], abs=1e-6))
    for mine, other in zip(ours.most_similar(vectors[3]), theirs.similar_by_vector(vectors[3])):
        assert mine == (other[0], pytest.approx(other[1], abs=1e-6))
    rng = np.random.default_rng(0)
    for _ in range(30):
        a, b, c = rng.choice(words, 3, replace=False).tolist()
        wanted = theirs.most_similar(positive=[b, c], negative=[a], topn=5)
        for mine, other in zip(ours.analogy(a, b, c, count=5), wanted, strict=True):
            assert mine == (other[0], pytest.approx(other[1], abs=1e-6))


def test_scores_are_gensims(tmp_path, words_and_vectors, theirs):
    words, _ = words_and_vectors
    rng = np.random.default_rng(0)
    place = {word: rng.normal(size=20) for word in words}
    questions = [q for section in load_analogies().values() for q in section[::20]]
    for a, b, c, d in questions[::2]:  # half of the questions become solvable
        place[d] = place[b] - place[a] + place[c]
    vectors = np.array([place[word] for word in words], dtype=np.float32)
    model = KeyedVectors(20)
    model.add_vectors(words, vectors)
    lines = ": all\n" + "".join(" ".join(q) + "\n" for q in questions)
    (tmp_path / "questions").write_text(lines, "utf-8")
    wanted, _ = model.evaluate_word_analogies(str(tmp_path / "questions"), case_insensitive=False)
    share, asked = analogy_accuracy(words, vectors, [*questions, ("never", "met", "these", "words")])
    assert asked == len(questions) and 0.1 < share < 0.9
    assert share == pytest.approx(wanted, abs=2 / asked)  # gensim scales b − a + c; a tie may fall elsewhere
    pairs = load_word_similarity()
    known = sorted({word for a, b, _ in pairs for word in (a, b)})[::2]
    model = KeyedVectors(20)
    model.add_vectors(known, rng.normal(size=(len(known), 20)).astype(np.float32))
    (tmp_path / "pairs").write_text("".join(f"{a}\t{b}\t{mark}\n" for a, b, mark in pairs), "utf-8")
    _, (wanted, _), unknown = model.evaluate_word_pairs(str(tmp_path / "pairs"), case_insensitive=False)
    ours, count = similarity_correlation(known, model.vectors, pairs)
    assert ours == pytest.approx(wanted, abs=1e-6) and count == round(len(pairs) * (1 - unknown / 100))


@pytest.mark.parametrize("seed", range(5))
def test_rank_correlation_is_scipys(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=40), rng.integers(0, 6, 40)  # with ties
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, rel=1e-9)
    assert spearman(y, y) == 1 and spearman(y, -y) == -1
