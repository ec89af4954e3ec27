"""What the recipe of a small BERT reads, and the guesses that it must beat. No recipe itself."""

import functools
import math
import re
from collections import Counter, defaultdict
from itertools import islice, pairwise

import torch

from d2lmodels.data.wikipedia import load_wikipedia
from d2lmodels.language.bert import pad_rows
from d2lmodels.language.bpe import BPETokenizer
from d2lmodels.language.mlm import IGNORED, mask_tokens, sentence_pairs

HELD_OUT = 10  # one article of ten is for testing
COMMONEST, GROUP = 100, 36  # tokens that are never exchanged; those of like frequency that are, in one group
BORDER = re.compile(r"\n|(?<=[.!?])\s+(?=[\"'(\[]*[A-Z])")  # of sentences, roughly


class Texts:
    """Articles as token numbers, for training and for testing.

    vocab_size: tokens, the special ones among them, which are the last four. num_articles: of the 106. The
    tokenizer is learned from the training articles: byte pairs in CLIP's way, small letters and `</w>` at a
    word's end. It comes from the chapter before, cuts any text and gives it back, and has no unknown word.
    """

    def __init__(self, vocab_size, num_articles):
        articles = load_wikipedia()[:num_articles]
        train = [text for k, text in enumerate(articles) if k % HELD_OUT != HELD_OUT - 1]
        test = [text for k, text in enumerate(articles) if k % HELD_OUT == HELD_OUT - 1]
        self.tokenizer = BPETokenizer.train("\n".join(train), vocab_size - 4, style="clip")
        self.vocab_size = len(self.tokenizer) + 4
        self.pad_id, self.cls_id, self.sep_id, self.mask_id = range(len(self.tokenizer), self.vocab_size)
        self.train, self.test = self.encoded(train), self.encoded(test)

    def encoded(self, articles):
        """Return the sentences of each article as token numbers."""
        return [[self.tokenizer.encode(sentence) for sentence in BORDER.split(text)] for text in articles]

    def pairs(self, documents, max_length, generator):
        """Return the pairs of one pass over the documents, in random order."""
        options = {"cls_id": self.cls_id, "sep_id": self.sep_id, "generator": generator}
        pairs = list(sentence_pairs(documents, max_length=max_length, **options))
        return [pairs[k] for k in torch.randperm(len(pairs), generator=generator).tolist()]

    def batch(self, pairs, generator):
        """Return pairs as tensors: ids with hidden tokens, segments, mask, labels, is_next."""
        ids, mask = pad_rows([pair.ids for pair in pairs], value=self.pad_id)
        segments, _ = pad_rows([pair.segments for pair in pairs])
        special_ids = [self.pad_id, self.cls_id, self.sep_id]
        options = {"vocab_size": self.vocab_size, "mask_id": self.mask_id, "special_ids": special_ids}
        masked, labels = mask_tokens(ids, generator=generator, **options)
        is_next = torch.tensor([pair.is_next for pair in pairs])
        batch = {"ids": masked, "segments": segments, "mask": mask, "labels": labels, "is_next": is_next}
        return batch | {"true_ids": ids}

    @functools.cached_property
    def order(self):
        """All tokens, the commonest of the training articles first."""
        counts = Counter(token for article in self.train for sentence in article for token in sentence)
        return torch.tensor(sorted(range(self.vocab_size - 4), key=lambda token: -counts[token]))

    def exchange(self, generator):
        """Return for each token another one about as common; the commonest and the special ones stay."""
        place = torch.arange(len(self.order))
        group = torch.where(place < COMMONEST, place, COMMONEST + place // GROUP)
        shuffled = (group + torch.rand(len(place), generator=generator)).argsort()
        return torch.arange(self.vocab_size).scatter(0, self.order, self.order[shuffled])

    def with_exchanged(self, batch, count, generator):
        """Return a batch in which the first `count` pairs come once more, each in a language of its own.

        In each of them every token is replaced by another, wherever it stands. So the two texts share what
        they shared, but nothing tells what they are about; and no token is asked for.
        """
        again = {name: values[:count] for name, values in batch.items()}
        ids = [self.exchange(generator)[row] for row in again["true_ids"]]
        again["ids"] = again["true_ids"] = torch.stack(ids) if ids else again["ids"]
        again["labels"] = torch.full_like(again["labels"], IGNORED)
        return {name: torch.cat([values, again[name]]) for name, values in batch.items()}


class PairLoader:
    """Batches of training pairs, drawn and masked anew in each epoch; some come once more, exchanged."""

    def __init__(self, texts, num_batches, batch_size, max_length, *, exchanged=0):
        self.texts, self.num_batches = texts, num_batches
        self.batch_size, self.max_length, self.exchanged = batch_size, max_length, exchanged
        self.generator = torch.Generator()

    def __len__(self):
        return self.num_batches

    def __iter__(self):
        left = self.num_batches
        while left > 0:
            pairs = self.texts.pairs(self.texts.train, self.max_length, self.generator)
            groups = (pairs[k : k + self.batch_size] for k in range(0, len(pairs), self.batch_size))
            whole = (group for group in groups if len(group) == self.batch_size)
            for group in islice(whole, left):
                left -= 1
                batch = self.texts.batch(group, self.generator)
                yield self.texts.with_exchanged(batch, self.exchanged, self.generator)


def held_out(texts, max_length, *, batch_size=64, seed=0):
    """Return batches of test pairs, always the same."""
    generator = torch.Generator().manual_seed(seed)
    pairs = texts.pairs(texts.test, max_length, generator)
    return [texts.batch(pairs[k : k + batch_size], generator) for k in range(0, len(pairs), batch_size)]


def token_baselines(texts, batches):
    """Return the share of hidden tokens that counts guess: the commonest token; the one after the left one.

    The second is told the true token on the left, which the model may see masked.
    """
    stream = [token for article in texts.train for sentence in article for token in sentence]
    ((commonest, _),) = Counter(stream).most_common(1)
    after = defaultdict(Counter)
    for left, right in pairwise(stream):
        after[left][right] += 1
    best = {left: counts.most_common(1)[0][0] for left, counts in after.items()}
    right = {"unigram": 0, "bigram": 0}
    count = 0
    for batch in batches:
        rows, columns = (batch["labels"] != IGNORED).nonzero(as_tuple=True)
        answers = batch["labels"][rows, columns].tolist()
        lefts = batch["true_ids"][rows, columns - 1].tolist()
        right["unigram"] += sum(answer == commonest for answer in answers)
        right["bigram"] += sum(best.get(left, commonest) == answer for left, answer in zip(lefts, answers))
        count += len(answers)
    return {name: number / count for name, number in right.items()}


def overlaps(batches, weights):
    """Return for each pair what share of the lighter text's weight the other text has, and is_next."""
    found, follows = [], []
    for batch in batches:
        for ids, segments, mask in zip(batch["true_ids"], batch["segments"], batch["mask"]):
            texts = (set(ids[mask & (segments == k)].tolist()) for k in (0, 1))
            first, second = ({token for token in text if token in weights} for text in texts)
            total = min(sum(weights[token] for token in text) for text in (first, second))
            found.append(sum(weights[token] for token in first & second) / total if total else 0.0)
        follows.append(batch["is_next"])
    return torch.tensor(found), torch.cat(follows)


def overlap_baselines(texts, max_length, batches):
    """Return which test pairs common tokens tell rightly: more than a threshold, and the second follows.

    Every token counts alike ("overlap"), or as the logarithm of the number of articles over those that have
    it ("weighted_overlap"), so that "the" weighs nothing. The threshold is the best one for training pairs.
    """
    having = Counter(token for article in texts.train for token in {t for s in article for t in s})
    rarity = {token: math.log(len(texts.train) / count) for token, count in having.items()}
    generator = torch.Generator().manual_seed(1)
    pairs = texts.pairs(texts.train, max_length, generator)[:4_000]
    train = [texts.batch(pairs[k : k + 64], generator) for k in range(0, len(pairs), 64)]
    right = {}
    for name, weights in (("overlap", dict.fromkeys(rarity, 1.0)), ("weighted_overlap", rarity)):
        found, follows = overlaps(train, weights)
        thresholds = found.unique()
        told = torch.stack([((found > threshold) == follows).double().mean() for threshold in thresholds])
        found, follows = overlaps(batches, weights)
        right[name] = ((found > thresholds[told.argmax()]) == follows).double()
    return right


def interval(share, count, z=1.96):
    """Return the 95 % interval of a share of `count` trials, as Wilson has it."""
    middle, spread = (
        share + z * z / (2 * count),
        z * math.sqrt(share * (1 - share) / count + (z / 2 / count) ** 2),
    )
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)
