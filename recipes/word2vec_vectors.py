"""Word vectors of 64 numbers from Wikipedia: sentences in random order, frequent words dropped more often.

Writes the checkpoint that the chapter on Word2Vec loads, in float16, and scores it as loaded.
`python recipes/word2vec_vectors.py --seeds 0 1 2 3 4`; the weights kept are those of seed 0.
"""

from pathlib import Path
from tempfile import gettempdir

import numpy as np
import rows
import torch
from word2vec_quality import scores

from d2lmodels import checkpoint
from d2lmodels.data.wikipedia import load_wikipedia, split_sentences
from d2lmodels.language.word2vec import Word2Vec

SMOKE = {"dim": 16, "num_epochs": 5, "subsample": 1e-3, "lr": 0.05, "order": "shuffled", "articles": 20}
USUAL = {"dim": 64, "num_epochs": 10, "subsample": 1e-4, "lr": 0.05, "order": "shuffled", "articles": 106}
CONFIGURATIONS = [
    USUAL | {"order": order, "subsample": threshold}
    for threshold in (1e-4, 1e-3)
    for order in ("shuffled", "as written")
]
WEIGHTS = rows.RESULTS.parent / "checkpoints"


def train_one(config, seed):
    """Return the scores of the vectors as they are stored."""
    articles = load_wikipedia()[: config["articles"]]
    sentences = [sentence for article in articles for sentence in split_sentences(article)]
    if config["order"] == "shuffled":
        order = np.random.default_rng(seed).permutation(len(sentences))
        sentences = [sentences[k] for k in order]
    options = {name: config[name] for name in ("dim", "num_epochs", "subsample", "lr")}
    model = Word2Vec(sentences, seed=seed, **options)
    kept = config == USUAL and seed == 0
    path = (WEIGHTS if kept else Path(gettempdir())) / "word2vec_vectors.safetensors"
    tree = {"words": model.words, "vectors": torch.from_numpy(model.vectors)}
    checkpoint.save(path, tree, dtype=torch.float16)
    tree = checkpoint.load(path)
    return scores(tree["words"], tree["vectors"].float().numpy())


if __name__ == "__main__":
    rows.run("word2vec_vectors", CONFIGURATIONS, train_one, smoke=SMOKE)
