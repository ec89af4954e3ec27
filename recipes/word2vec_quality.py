"""Word2Vec and gensim on Wikipedia: how well the vectors agree with people, and what each trick is worth.

Both train on the same sentences with the same numbers; then cosines are compared with people's marks (pairs
of WordSim-353 and SimLex-999), and analogies are asked. The chapter on Word2Vec shows the rows.
`python recipes/word2vec_quality.py --seeds 0 1 2 3 4`
"""

import rows

from d2lmodels.data.wikipedia import load_wikipedia, split_sentences
from d2lmodels.data.word_tests import SIMILARITIES, load_analogies, load_word_similarity
from d2lmodels.language.word2vec import Word2Vec
from d2lmodels.metrics.words import analogy_accuracy, similarity_correlation

USUAL = {
    "library": "ours",
    "architecture": "skipgram",
    "num_epochs": 15,
    "subsample": 1e-3,
    "noise_power": 0.75,
    "articles": 106,
}
CONFIGURATIONS = [
    *(
        USUAL | {"architecture": a, "library": library}
        for a in ("skipgram", "cbow")
        for library in ("ours", "gensim")
    ),
    *(USUAL | {"architecture": a, "subsample": 0} for a in ("skipgram", "cbow")),
    *(USUAL | {"architecture": a, "noise_power": p} for a in ("skipgram", "cbow") for p in (0, 1)),
]
SMOKE = USUAL | {"num_epochs": 5, "articles": 20}


def ours(sentences, config, seed):
    """Return the words and vectors of our model."""
    kind = type("WithNoise", (Word2Vec,), {"noise_power": config["noise_power"]})
    options = {name: config[name] for name in ("architecture", "num_epochs", "subsample")}
    model = kind(sentences, seed=seed, **options)
    return model.words, model.vectors


def gensim(sentences, config, seed):
    """Return the words and vectors of gensim's, in order on one thread."""
    from gensim.models import Word2Vec as GensimWord2Vec

    model = GensimWord2Vec(
        sentences,
        vector_size=100,
        window=5,
        negative=5,
        min_count=5,
        alpha=0.025,
        sg=int(config["architecture"] == "skipgram"),
        epochs=config["num_epochs"],
        sample=config["subsample"],
        ns_exponent=config["noise_power"],
        seed=seed,
        workers=1,
    )
    return model.wv.index_to_key, model.wv.vectors


def scores(words, vectors):
    """Return the correlations with both lists of pairs, the share of analogies solved, and their counts."""
    results = {
        name: similarity_correlation(words, vectors, load_word_similarity(name)) for name in SIMILARITIES
    }
    questions = [question for section in load_analogies().values() for question in section]
    results["analogies"] = analogy_accuracy(words, vectors, questions)
    values = {name: round(value, 5) for name, (value, _) in results.items()}
    return values | {f"num_{name}": count for name, (_, count) in results.items()}


def train_one(config, seed):
    """Return the scores of one library's vectors."""
    articles = load_wikipedia()[: config["articles"]]
    sentences = [sentence for article in articles for sentence in split_sentences(article)]
    words, vectors = {"ours": ours, "gensim": gensim}[config["library"]](sentences, config, seed)
    return scores(words, vectors)


if __name__ == "__main__":
    rows.run("word2vec_quality", CONFIGURATIONS, train_one, smoke=SMOKE)
