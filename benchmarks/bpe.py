"""Byte pairs: training against the textbook's way, encoding against `tokenizers`, on Wikipedia.

The textbook counts all pairs anew for each merge, over distinct words and how often each occurs, as the
paper's own listing does; its ratio grows with the number of merges and of words. Encoding is measured with
caches empty, as for a text that comes once, and with caches that know the text; `tokenizers` has none for
WordPiece. It gets its fastest form: lines in one batch, without the places of tokens, on one thread as ours.
"""

import os

os.environ["RAYON_NUM_THREADS"] = "1"  # before tokenizers looks

from collections import Counter
from itertools import pairwise

from harness import Measurement, run
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from d2lmodels.data.vocabularies import load_bert_vocabulary
from d2lmodels.data.wikipedia import load_wikipedia
from d2lmodels.language.bpe import BPETokenizer, learn_merges
from d2lmodels.language.wordpiece import WordPiece

GOALS = {"train": 50, "encode": 0.05}


def merged(word, pair, new):
    """A word with each pair, from the left, replaced by a new token."""
    out, k = [], 0
    while k < len(word):
        if word[k : k + 2] == pair:
            out.append(new)
            k += 2
        else:
            out.append(word[k])
            k += 1
    return out


def train_slowly(words, counts, *, num_merges, first_id):
    """What `learn_merges` returns: the most frequent pair, num_merges times; of ties the smaller ids."""
    merges = []
    for new in range(first_id, first_id + num_merges):
        frequency = Counter()
        for word, count in zip(words, counts):
            for pair in pairwise(word):
                frequency[pair] += count
        best = min(frequency, key=lambda pair: (-frequency[pair], pair))
        words = [merged(word, list(best), new) for word in words]
        merges.append(best)
    return merges


def training(articles, num_merges):
    """The textbook's trainer and ours on the same words."""
    untrained = BPETokenizer([])
    frequency = Counter(untrained.words("\n".join(articles)))
    words, counts = [untrained.byte_ids(word) for word in frequency], list(frequency.values())
    options = {"num_merges": num_merges, "first_id": 256}

    def assert_equal():
        assert learn_merges(words, counts, **options) == train_slowly(words, counts, **options)

    return Measurement(
        what=f"train, {len(articles)} articles, {num_merges:,} merges",
        detail=f"{sum(counts):,} words, {len(words):,} distinct ones",
        peer_name="all pairs counted anew, in Python",
        peer=lambda: train_slowly(words, counts, **options),
        ours=lambda: learn_merges(words, counts, **options),
        assert_equal=assert_equal,
        goal=GOALS["train"],
    )


def training_from_text(text, vocab_size):
    """Their trainer and ours, from a string; ours is Python, theirs Rust."""
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )

    def peer():
        theirs = Tokenizer(models.BPE())
        theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        theirs.train_from_iterator([text], trainer)
        return theirs

    def assert_equal():
        tokens = BPETokenizer.train(text, vocab_size).tokens
        assert {token: number for number, token in enumerate(tokens)} == peer().get_vocab()

    return Measurement(
        what=f"train from text, {vocab_size:,} tokens",
        detail=f"{len(text):,} characters",
        peer_name="tokenizers, in Rust",
        peer=peer,
        ours=lambda: BPETokenizer.train(text, vocab_size),
        assert_equal=assert_equal,
    )


def encoding(what, lines, ours, theirs, *, cold):
    """Lines to ids, with caches empty or full."""
    clear = getattr(theirs.model, "_clear_cache", lambda: None)

    def peer():
        if cold:
            clear()
        return [line.ids for line in theirs.encode_batch_fast(lines, add_special_tokens=False)]

    def own():
        if cold:
            ours.cache.clear()
        return [ours.encode(line) for line in lines]

    def assert_equal():
        assert own() == peer()

    return Measurement(
        what=f"{what}, {'empty' if cold else 'full'} cache",
        detail=f"{sum(map(len, lines)):,} characters, {len(lines):,} lines, {len(ours):,} tokens known",
        peer_name="tokenizers, in Rust",
        peer=peer,
        ours=own,
        assert_equal=assert_equal,
        goal=GOALS["encode"],
    )


def measurements():
    articles = load_wikipedia()
    text = "\n".join(articles)
    lines = text.split("\n")
    yield training(articles[:2], 500)
    yield training_from_text(text, 8000)
    ours = BPETokenizer.train(text, 8000)
    tokens = {token: number for number, token in enumerate(ours.tokens)}
    merges = [(ours.tokens[left], ours.tokens[right]) for left, right in ours.ids]
    theirs = Tokenizer(models.BPE(vocab=tokens, merges=merges))
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for cold in (True, False):
        yield encoding("encode by byte pairs", lines, ours, theirs, cold=cold)
    vocabulary = load_bert_vocabulary()
    bert = WordPiece(vocabulary)
    ids = {token: number for number, token in enumerate(vocabulary)}
    theirs = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    theirs.normalizer, theirs.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    for cold in (True, False):
        yield encoding("encode by WordPiece", lines, bert, theirs, cold=cold)


if __name__ == "__main__":
    run("bpe", measurements, packages=["tokenizers"])
