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


def test_exchange_keeps_commonest_and_special_tokens_and_swaps_the_others_with_their_like(
    bert_texts, texts, monkeypatch
):
    monkeypatch.setattr(bert_texts, "COMMONEST", 2)
    monkeypatch.setattr(bert_texts, "GROUP", 3)
    assert texts.order[:4].tolist() == [1, 2, 4, 3]  # 4, 2 and 2 times, and once, as 5 and 6
    found = torch.stack([texts.exchange(torch.Generator().manual_seed(k)) for k in range(40)])
    assert torch.equal(found.sort(dim=1).values, torch.arange(24).expand(40, -1))  # nothing lost
    still = [1, 2, CLS, SEP, PAD, MASK]
    assert torch.equal(found[:, still], torch.tensor(still).expand(40, -1))
    for k in range(2, 20):  # groups are 2, then 3 to 5, 6 to 8, …
        like = texts.order[max(2, k // 3 * 3) : k // 3 * 3 + 3]
        assert set(found[:, texts.order[k]].tolist()) == set(like.tolist())


def test_exchanged_pairs_share_what_they_shared_and_are_asked_for_no_token(bert_texts, texts, monkeypatch):
    monkeypatch.setattr(bert_texts, "COMMONEST", 0)
    rows = [[CLS, 1, 2, 2, SEP, 2, 3, SEP, PAD], [CLS, 4, 5, SEP, 4, 6, SEP, PAD, PAD]]
    batch = batch_of(rows, [[-100, 1, *[-100] * 7], [-100] * 9], [True, False])
    batch["ids"] = batch["true_ids"].clone()
    batch["ids"][0, 1] = MASK
    more = texts.with_exchanged(batch, 2, torch.Generator().manual_seed(0))
    assert all(torch.equal(more[name][:2], values) for name, values in batch.items())
    for name in ("mask", "segments", "is_next"):
        assert torch.equal(more[name][2:], batch[name])
    assert (more["labels"][2:] == -100).all()
    old, new = batch["true_ids"], more["ids"][2:]
    assert torch.equal(new, more["true_ids"][2:])
    assert torch.equal(
        new[:, :, None] == new[:, None], old[:, :, None] == old[:, None]
    )  # alike where they were
    assert torch.equal(new[old >= CLS], old[old >= CLS]) and not torch.equal(new, old)
    assert (new[0][new[0] < CLS][0], new[1][new[1] < CLS][0]) != (1, 4)
    none = texts.with_exchanged(batch, 0, None)
    assert all(torch.equal(none[name], values) for name, values in batch.items())


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


def test_a_run_killed_in_its_second_phase_goes_on_there(bert_texts, monkeypatch, tmp_path):
    articles = [f"Article {k} is here. It has two sentences. And a third one {k}." for k in range(20)]
    monkeypatch.setattr(bert_texts, "load_wikipedia", lambda: articles)
    bert = importlib.import_module("bert")
    monkeypatch.setattr(bert, "PARTS", tmp_path)
    monkeypatch.setattr(bert, "EVERY", 2)
    phases = [phase | {"steps": 4} for phase in bert.SMOKE["phases"]]
    config = bert.SMOKE | {"vocab_size": 520, "batch_size": 8, "phases": phases}
    whole, fit, steps = bert.train_one(config, 0), bert.fit, []

    def killed(*arguments, **options):
        history = fit(*arguments, **options)
        steps.append(len(history.steps["loss"]))
        if len(steps) == 2:
            raise KeyboardInterrupt
        return history

    monkeypatch.setattr(bert, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        bert.train_one(config, 0)
    assert len([path for path in tmp_path.iterdir() if path.suffix == ""]) == 2
    monkeypatch.setattr(bert, "fit", fit)
    assert bert.train_one(config, 0) == whole and steps == [4, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["bert.safetensors"]
