"""Word2Vec: vectors learned by telling the words of a window from words drawn at random.

`draw` does all that is random, for thousands of words at once; `learn` goes through them, one `step` a word;
`word2vec_fast.py` is `learn` compiled. Not here: hierarchical softmax, phrases, training that goes on later.
"""

import warnings
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, product

import numpy as np
from jaxtyping import Float, Float64, Int, Int32

from d2lmodels.language.vectors import WordVectors

CHUNK = 10_000  # words that are drawn at once and share a learning rate; no window reaches beyond
TABLE = 1 << 22  # entries of the table that negatives are drawn from


def negative_sampling(
    H: Float[np.ndarray, "rows dim"],
    U: Float[np.ndarray, "targets dim"],
    *,
    labels: Float[np.ndarray, "targets"],
    weights: Float[np.ndarray, "targets"],
) -> tuple[float, Float[np.ndarray, "rows dim"], Float[np.ndarray, "targets dim"]]:
    """Return the loss of telling real words from negatives, and its gradients by H and by U.

    H: vectors of what is seen. U: the output vectors of the word that belongs there, label 1, and of words
    drawn at random, label 0; weights: how often each counts. The loss is the cross-entropy of σ(h · u) and
    the label, summed over all pairs. Mikolov et al., "Distributed representations of words and phrases and
    their compositionality" (2013), equation 4.

    >>> H, U = np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]])
    >>> negative_sampling(H, U, labels=np.ones(1), weights=np.ones(1))
    (0.693..., array([[0., 0.]]), array([[-0.5,  0. ]]))
    """
    logits = H @ U.T  # (rows, targets)
    loss = (weights * (np.logaddexp(0, logits) - labels * logits)).sum()
    G = weights * (0.5 + 0.5 * np.tanh(logits / 2) - labels)  # by the logits; this is σ, without overflow
    return float(loss), G @ U, G.T @ H


def step(
    V: Float[np.ndarray, "num_words dim"],
    U: Float[np.ndarray, "num_words dim"],
    centre: int | np.integer,
    context: Int[np.ndarray, "m"],
    negatives: Int[np.ndarray, "num_negatives"],
    *,
    lr: float,
    skipgram: bool,
) -> float:
    """Learn from one window, change V and U in place, and return the loss it had.

    V, U: input and output vectors. centre, context, negatives: rows; a context of no words teaches nothing.
    Skip-gram sees each word of the context and CBOW their mean, and both are asked for the centre. (Whether
    a word is asked for its neighbours or they for the word, in a whole text every pair comes up from both
    sides.) The window shares its negatives; one that is the centre does not count. Of CBOW's gradient each
    word takes the whole and not its share of the mean: as in the authors' program, all but the sharing.

    >>> V, U = np.ones((3, 2)), np.zeros((3, 2))
    >>> loss = step(V, U, 0, np.array([1]), np.array([2]), lr=1.0, skipgram=True)
    >>> U
    array([[ 0.5,  0.5],
           [ 0. ,  0. ],
           [-0.5, -0.5]])
    """
    if not len(context):
        return 0.0
    H = V[context] if skipgram else V[context].mean(axis=0, keepdims=True)  # (m or 1, dim)
    targets = np.concatenate([[centre], negatives])
    labels = np.eye(1, len(targets), dtype=V.dtype)[0]  # 1, 0, 0, …
    weights = np.where(targets == centre, labels, 1).astype(V.dtype)
    loss, dH, dU = negative_sampling(H, U[targets], labels=labels, weights=weights)
    np.subtract.at(V, context, lr * dH)  # unlike V[context] −= …, this counts a word that stands there twice
    np.subtract.at(U, targets, lr * dU)
    return loss


def learn(
    V: Float[np.ndarray, "num_words dim"],
    U: Float[np.ndarray, "num_words dim"],
    words: Int32[np.ndarray, "n"],
    left: Int[np.ndarray, "n"],
    right: Int[np.ndarray, "n"],
    negatives: Int32[np.ndarray, "n num_negatives"],
    lr: float,
    skipgram: bool,
) -> None:
    """Take a step for each word of a text, as it was drawn: its window is `words[left:right]`."""
    for i, centre in enumerate(words):
        context = np.concatenate([words[left[i] : i], words[i + 1 : right[i]]])
        step(V, U, centre, context, negatives[i], lr=lr, skipgram=skipgram)


def keep_probability(
    counts: Int[np.ndarray, "num_words"], subsample: float | int
) -> Float64[np.ndarray, "num_words"]:
    """Return how likely an occurrence of each word is to be kept; subsample 0 keeps all, rare words stay.

    With f the word's share of the text and t the threshold `subsample`, (√(f/t) + 1) · t/f, at most 1: the
    authors' program; their paper has √(t/f).

    >>> keep_probability(np.array([990, 10]), 0.01)
    array([0.1106..., 1.        ])
    """
    if not subsample:
        return np.ones(len(counts))
    ratio = counts / counts.sum() / subsample  # f/t
    return np.minimum((np.sqrt(ratio) + 1) / ratio, 1)


def noise_table(
    counts: Int[np.ndarray, "num_words"], power: float | int = 0.75, size: int = TABLE
) -> Int32[np.ndarray, "size"]:
    """Return a table in which every word stands as often as its count to the power says: to draw from.

    >>> noise_table(np.array([16, 1]), size=9)
    array([0, 0, 0, 0, 0, 0, 0, 0, 1], dtype=int32)
    """
    share = (counts**power).cumsum()
    ends = np.rint(share / share[-1] * size).astype(np.int64)
    return np.repeat(np.arange(len(counts), dtype=np.int32), np.diff(ends, prepend=0))


def draw(
    rng: np.random.Generator,
    words: Int32[np.ndarray, "n"],
    sentences: Int[np.ndarray, "n"],
    *,
    keep: Float[np.ndarray, "num_words"],
    noise: Int32[np.ndarray, "size"],
    window: int,
    num_negatives: int,
) -> tuple[
    Int32[np.ndarray, "kept"],
    Int[np.ndarray, "kept"],
    Int[np.ndarray, "kept"],
    Int32[np.ndarray, "kept num_negatives"],
]:
    """Return the words that are kept, where the window of each begins and ends, and its negatives.

    sentences: which sentence each word is in, rising. keep, noise: of `keep_probability` and `noise_table`.
    A window reaches 1 to `window` words to either side, each as likely, and no further than the sentence.
    """
    kept = rng.random(len(words), dtype=np.float32) < keep[words]
    words, sentences = words[kept], sentences[kept]
    place = np.arange(len(words))
    reach = rng.integers(1, window + 1, len(words))
    left = np.maximum(place - reach, np.searchsorted(sentences, sentences))
    right = np.minimum(place + reach + 1, np.searchsorted(sentences, sentences, "right"))
    return words, left, right, noise[rng.integers(0, len(noise), (len(words), num_negatives))]


def read(
    sentences: Iterable[Sequence[str]], min_count: int
) -> tuple[list[str], Int[np.ndarray, "num_words"], Int32[np.ndarray, "n"], Int[np.ndarray, "n"]]:
    """Return the words by falling count, the counts, the text as rows of these, and each word's sentence.

    Of equal counts the word met first is first; rarer words than `min_count` are taken out of the text.

    Raises TypeError for a string where a list of words is wanted, ValueError where no word is left.

    >>> read([["a", "b", "c"], ["b", "c", "b"]], min_count=2)[:3]
    (['b', 'c'], array([3, 2]), array([0, 1, 0, 1, 0], dtype=int32))
    """
    number = defaultdict(count().__next__)  # a word that is not there yet gets the next one
    text, lengths = array("i"), array("q")
    for sentence in [sentences] if isinstance(sentences, str) else sentences:
        if isinstance(sentence, str):
            raise TypeError(f"sentences must be lists of words, got the string {sentence[:40]!r}; split it")
        text.extend(map(number.__getitem__, sentence))
        lengths.append(len(sentence))
    if not text:
        raise ValueError(f"sentences must hold words, got {len(lengths)} sentences and no word")
    met = np.frombuffer(text, dtype=np.int32)
    counts = np.bincount(met)
    order = np.argsort(-counts, kind="stable")
    num_words = int((counts >= min_count).sum())
    if not num_words:
        raise ValueError(
            f"min_count {min_count} leaves no word: the most frequent of {len(counts)}, "
            f"{list(number)[order[0]]!r}, is met {counts.max()} times"
        )
    row = np.empty(len(order), dtype=np.int32)
    row[order] = np.arange(len(order))
    text, sentence_of = row[met], np.repeat(np.arange(len(lengths)), lengths)
    kept = text < num_words
    spelt = list(number)
    return [spelt[i] for i in order[:num_words]], counts[order][:num_words], text[kept], sentence_of[kept]


class Word2Vec(WordVectors):
    """A vector for each word of a text, learned when it is made: words met in like company become alike.

    sentences: lists of words; read once, so a generator will do. dim: of the vectors. window: how many words
    it reaches to either side at most. num_negatives: words drawn at random for each window. architecture:
    "skipgram" learns from a word and each of its neighbours, "cbow" from it and their mean. min_count:
    rarer words are left out. subsample: the share of the text above which a word is dropped now and then; 0
    for never. lr: of plain gradient descent, falling to 0 in a line. num_epochs: passes over the text.
    num_threads: how many work at once; above 1 they do not wait for each other, and a seed no longer decides
    the last digits.

    `words` and `counts` are by falling count, `vectors` `(num_words, dim)` the input vectors, `outputs` the
    output vectors, both float32. Memory: these two, 12 bytes for each word of the text, 16 MB for the table
    of negatives. Where numba is missing, training warns, and takes some thirty times as long.

    Raises ValueError for a text without words, a `min_count` that leaves none, and numbers out of range;
    TypeError for a string where sentences or a list of words is wanted. Mikolov et al., "Efficient estimation
    of word representations in vector space" (2013); Recht et al., "Hogwild!" (2011), for the threads.

    >>> sentences = [["hot", "sun"], ["cold", "snow"]] * 50
    >>> model = Word2Vec(sentences, dim=8, min_count=1, subsample=0.0, lr=0.1, num_epochs=20)
    >>> model.words, model.vectors.shape
    (['hot', 'sun', 'cold', 'snow'], (4, 8))
    """

    noise_power = 0.75  # negatives are drawn by count to this power

    def __init__(
        self,
        sentences: Iterable[Sequence[str]],
        *,
        dim: int = 100,
        window: int = 5,
        num_negatives: int = 5,
        architecture: str = "skipgram",
        min_count: int = 5,
        subsample: float | int = 1e-3,
        lr: float | int = 0.025,
        num_epochs: int = 5,
        seed: int = 0,
        num_threads: int = 1,
    ):
        whole = {"dim": dim, "window": window, "num_negatives": num_negatives, "min_count": min_count}
        for name, value in (whole | {"num_epochs": num_epochs, "num_threads": num_threads}).items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1 up, got {value!r}")
        if not isinstance(seed, int) or seed < 0:
            raise ValueError(f"seed must be a whole number from 0 up, got {seed!r}")
        if architecture not in ("skipgram", "cbow"):
            raise ValueError(f"architecture must be 'skipgram' or 'cbow', got {architecture!r}")
        if not (isinstance(lr, int | float) and 0 < lr < np.inf):
            raise ValueError(f"lr must be a number above 0, got {lr!r}")
        if not (isinstance(subsample, int | float) and 0 <= subsample < np.inf):
            raise ValueError(f"subsample must be a number from 0 up, got {subsample!r}")
        words, self.counts, text, sentence_of = read(sentences, min_count)
        V = np.random.default_rng(seed).uniform(-1 / dim, 1 / dim, (len(words), dim))
        super().__init__(words, V)
        self.outputs = np.zeros_like(self.vectors)
        learn, skipgram = fastest_learn(), architecture == "skipgram"
        options = {
            "keep": keep_probability(self.counts, subsample),
            "noise": noise_table(self.counts, self.noise_power),
            "window": window,
            "num_negatives": num_negatives,
        }

        def train_chunk(epoch, start):
            rng = np.random.default_rng([seed, epoch, start])  # its own, so that threads change no draw
            chunk = slice(start, start + CHUNK)
            drawn = draw(rng, text[chunk], sentence_of[chunk], **options)
            done = (epoch + start / len(text)) / num_epochs
            learn(self.vectors, self.outputs, *drawn, lr * max(1 - done, 1e-4), skipgram)

        chunks = list(product(range(num_epochs), range(0, len(text), CHUNK)))
        with ThreadPoolExecutor(num_threads) as threads:
            for future in [threads.submit(train_chunk, *chunk) for chunk in chunks]:
                future.result()  # raises what its thread raised


def fastest_learn() -> Callable:
    """Return `learn`, compiled where numba is installed; warn where it is not."""
    try:
        from d2lmodels.language.word2vec_fast import learn_fast
    except ImportError:
        warnings.warn("numba is not installed, so Word2Vec trains some thirty times as long", stacklevel=3)
        return learn
    return learn_fast
