"""Data that the book reads: each set in a file of its own, with a loader and the `Source` it comes from."""

from d2lmodels.data.catalogues import CATALOGUES, load_catalogue
from d2lmodels.data.cifar import load_cifar10
from d2lmodels.data.dates import load_dates
from d2lmodels.data.dialogues import DIALOGUES, load_dialogues
from d2lmodels.data.digits import MNIST_5K, load_digits
from d2lmodels.data.glove import GLOVE, load_glove
from d2lmodels.data.photographs import PHOTOGRAPHS, load_photograph
from d2lmodels.data.vocabularies import BERT_VOCABULARY, CLIP_MERGES, load_bert_vocabulary, load_clip_merges
from d2lmodels.data.weights import EFFICIENTNET_LITE0, MINILM
from d2lmodels.data.wikipedia import WIKIPEDIA, load_wikipedia
from d2lmodels.data.word_tests import WORD_TESTS, load_analogies, load_word_similarity

__all__ = [
    "SOURCES",
    "load_analogies",
    "load_bert_vocabulary",
    "load_catalogue",
    "load_cifar10",
    "load_clip_merges",
    "load_dates",
    "load_dialogues",
    "load_digits",
    "load_glove",
    "load_photograph",
    "load_wikipedia",
    "load_word_similarity",
]

VISION = (MNIST_5K, *PHOTOGRAPHS, EFFICIENTNET_LITE0)
TEXTS = (WIKIPEDIA, DIALOGUES, *WORD_TESTS, *CATALOGUES.values())
LANGUAGE = (*TEXTS, *GLOVE, BERT_VOCABULARY, MINILM, CLIP_MERGES)
SOURCES = {source.name: source for source in (*VISION, *LANGUAGE)}
