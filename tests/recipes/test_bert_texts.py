"""The guesses that a small BERT must beat, counted by hand."""

import importlib
from pathlib import Path

import pytest
import torch

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
CLS, SEP, PAD, MASK = 20, 21, 22, 23


@pytest.fixture
def bert_texts(monkeypatch):
    monkeypatch.syspath_prepend(str(RECIPES))
    return importlib.import_module("bert_texts")


@pytest.fixture
def texts(bert_texts):
    """Return texts whose tokens are 1 to 6."""
    texts = object.__new__(bert_texts.Texts)
    texts.vocab_size, texts.cls_id, texts.sep_id, texts.pad_id, texts.mask_id = 24, CLS, SEP, PAD, MASK
    texts.train = [[[1, 2, 1], [3, 1, 2]], [[1, 4, 5], [4, 6]]]
    texts.test = texts.train
    return texts


def batch_of(rows, labels, is_next):
    ids = torch.tensor(rows)
    ends = (ids == SEP).cumsum(1)
    segments = ((ends > 0) & (ids != SEP) | (ends > 1)).long()
    return {
        "true_ids": ids, "labels": torch.tensor(labels), "mask": ids != PAD,
        "segments": segments, "is_next": torch.tensor(is_next),
    }  # fmt: skip


def test_unigram_and_bigram(bert_texts, texts):
    # Of 1 2 1 3 1 2 1 4 5 4 6 the commonest is 1; after 1 comes 2; after 2, 1.
    batch = batch_of(
        [[CLS, 3, 1, 2, SEP, 5, 2, 1, SEP]], [[-100, -100, 1, 2, -100, -100, 2, 1, -100]], [True]
    )
    found = bert_texts.token_baselines(texts, [batch, batch])
    assert found == {"unigram": 2 / 4, "bigram": 3 / 4}  # 1 and 1; 1 after 3, 2 after 1, 1 after 2


def test_overlaps(bert_texts):
    rows = [
        [CLS, 1, 2, 2, SEP, 2, 3, SEP, PAD],
        [CLS, 1, SEP, 1, 4, SEP, PAD, PAD, PAD],
        [CLS, 1, SEP, 2, SEP, *[PAD] * 4],
    ]
    batch = batch_of(rows, [[-100] * 9] * 3, [True, True, False])
    found, follows = bert_texts.overlaps([batch], {1: 1.0, 2: 2.0, 3: 4.0, 4: 1.0})
    assert found.tolist() == pytest.approx([2 / 3, 1.0, 0.0])  # the lighter text weighs 3, 1, 1
    assert follows.tolist() == [True, True, False]
    assert bert_texts.overlaps([batch], {9: 1.0})[0].tolist() == [0.0, 0.0, 0.0]


def test_interval(bert_texts):
    low, high = bert_texts.interval(0.5, 100)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    low, high = bert_texts.interval(0.0, 10)
    assert low == pytest.approx(0, abs=1e-12) and high == pytest.approx(0.2775, abs=1e-4)


def test_held_out_pairs_are_always_the_same_and_no_article_is_in_both(bert_texts, monkeypatch):
    articles = [f"Article {k} is here. It has two sentences. And a third one {k}." for k in range(20)]
    monkeypatch.setattr(bert_texts, "load_wikipedia", lambda: articles)
    texts = bert_texts.Texts(520, 20)
    assert (len(texts.train), len(texts.test)) == (18, 2)
    assert [len(article) for article in texts.test] == [3, 3]
    assert (texts.pad_id, texts.mask_id) == (len(texts.tokenizer), texts.vocab_size - 1)
    first, second = (bert_texts.held_out(texts, 16) for _ in range(2))
    for one, other in zip(first, second):
        assert all(torch.equal(one[name], other[name]) for name in one)
    hidden = torch.cat([(batch["labels"] != -100).flatten() for batch in first])
    assert hidden.any()
    loader = bert_texts.PairLoader(texts, 30, 4, 16)
    batches = list(loader)
    assert len(batches) == len(loader) == 30  # of several passes
    assert all(batch["ids"].shape[0] == 4 and batch["ids"].shape[1] <= 16 for batch in batches)
