"""Word2Vec against gensim's: from sentences of strings to vectors, reading and counting the words included.

The text is Wikipedia's, and each of its 34,249 words is kept; dimension 100, windows of 5, 5 negatives, two
passes. gensim draws new negatives for every pair of words, ours share them in a window, so numbers differ;
equal means that both sort the words of two subjects into two kinds. The quality of both is in the chapter.
"""

import numpy as np
from gensim.models import Word2Vec as GensimWord2Vec
from harness import Measurement, run, threads

from d2lmodels.data.wikipedia import load_wikipedia, split_sentences
from d2lmodels.language.word2vec import Word2Vec

GOAL = 1.2
EPOCHS = 2


def subjects():
    """Sentences of two subjects that share no word, and these words."""
    rng = np.random.default_rng(0)
    words = [["rain", "snow", "wind", "storm", "cloud"], ["bank", "coin", "price", "debt", "loan"]]
    return [rng.choice(words[k % 2], 6).tolist() for k in range(2000)], words


def ours(sentences, architecture, *, num_epochs=EPOCHS, **options):
    model = Word2Vec(
        sentences,
        architecture=architecture,
        min_count=1,
        num_epochs=num_epochs,
        num_threads=threads(),
        **options,
    )
    return model.words, model.vectors


def gensims(sentences, architecture, *, num_epochs=EPOCHS, subsample=1e-3):
    model = GensimWord2Vec(
        sentences,
        sg=int(architecture == "skipgram"),
        min_count=1,
        epochs=num_epochs,
        sample=subsample,
        workers=threads(),
    )
    return model.wv.index_to_key, model.wv.vectors


def sorts_subjects(train, architecture):
    """Whether each word's four nearest are those of its subject."""
    sentences, subjects_words = subjects()
    words, vectors = train(sentences, architecture, num_epochs=20, subsample=0)
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = directions @ directions.T
    return all(
        {words[k] for k in cosines[words.index(word)].argsort()[-5:]} == set(subject)
        for subject in subjects_words
        for word in subject
    )


def measurements():
    sentences = [sentence for text in load_wikipedia() for sentence in split_sentences(text)]
    num_words = sum(map(len, sentences))
    for architecture, name in (("skipgram", "skip-gram"), ("cbow", "CBOW")):

        def assert_equal(architecture=architecture):
            assert sorts_subjects(ours, architecture) and sorts_subjects(gensims, architecture)

        yield Measurement(
            what=f"Word2Vec, {name}",
            detail=f"{num_words:,} words, {EPOCHS} epochs, dimension 100, float32, from strings",
            peer_name="gensim",
            peer=lambda architecture=architecture: gensims(sentences, architecture),
            ours=lambda architecture=architecture: ours(sentences, architecture),
            assert_equal=assert_equal,
            goal=GOAL,
        )


if __name__ == "__main__":
    run("word2vec", measurements, packages=["numba", "gensim", "numpy"])
