"""Pre-training: which tokens are hidden and how, pairs of texts, and the loss, by hand and by invariants."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.language.mlm import (
    BertForPreTraining,
    look_for_alike,
    mask_tokens,
    sentence_pairs,
    truncate,
)
from d2lmodels.language.packed import pack_rows, packed
from d2lmodels.nn.attention import set_fused

CONFIG = BertConfig(vocab_size=20, dim=12, num_heads=3, num_layers=2, ffn_dim=24, max_length=16, dropout=0.0)
PAD, CLS, SEP, MASK = 0, 1, 2, 3
MASKING = {"vocab_size": 1000, "mask_id": MASK, "special_ids": [PAD, CLS, SEP]}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_80_10_10():
    ids = torch.full((1000, 200), 7)
    masked, labels = mask_tokens(ids, generator=generator(), **MASKING)
    chosen = labels != -100
    assert (labels[chosen] == 7).all()
    assert (masked[~chosen] == 7).all()
    count = chosen.sum().item()
    shares = {
        "chosen": (count / ids.numel(), 0.15),
        "hidden": ((masked[chosen] == MASK).double().mean().item(), 0.8 + 0.1 / 1000),
        "kept": ((masked[chosen] == 7).double().mean().item(), 0.1 + 0.1 / 1000),
    }
    for name, (share, expected) in shares.items():
        trials = ids.numel() if name == "chosen" else count
        assert abs(share - expected) < 4 * math.sqrt(expected / trials), (name, share)
    drawn = masked[chosen & (masked != MASK) & (masked != 7)]
    assert drawn.min() < 10 and drawn.max() > 990 and len(drawn.unique()) > 900


def test_whether_a_token_is_chosen_does_not_say_what_becomes_of_it():
    """Of tokens chosen with a small probability as many are hidden as of those chosen with a large one."""
    ids = torch.full((500, 400), 7)
    for probability in (0.05, 0.5, 1.0):
        masked, labels = mask_tokens(ids, probability=probability, generator=generator(), **MASKING)
        share = (masked == MASK)[labels != -100].double().mean().item()
        assert abs(share - 0.8) < 0.02, (probability, share)


@given(
    ids=st.lists(st.lists(st.integers(0, 999), min_size=4, max_size=4), min_size=1, max_size=5),
    probability=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 99),
)
def test_special_tokens_stay_and_labels_are_the_truth(ids, probability, seed):
    ids = torch.tensor(ids)
    before = ids.clone()
    masked, labels = mask_tokens(ids, probability=probability, generator=generator(seed), **MASKING)
    assert torch.equal(ids, before)
    special = torch.isin(ids, torch.tensor([PAD, CLS, SEP]))
    assert (labels[special] == -100).all() and torch.equal(masked[special], ids[special])
    chosen = labels != -100
    assert torch.equal(labels[chosen], ids[chosen]) and torch.equal(masked[~chosen], ids[~chosen])
    assert chosen.sum() == {0.0: 0, 1.0: (~special).sum()}.get(probability, chosen.sum())
    again = mask_tokens(ids, probability=probability, generator=generator(seed), **MASKING)
    assert torch.equal(again[0], masked) and torch.equal(again[1], labels)


def test_masking_keeps_the_type_and_draws_torch_s_numbers_without_a_generator():
    ids = torch.full((20,), 9, dtype=torch.int32)
    torch.manual_seed(3)
    masked, labels = mask_tokens(ids, probability=0.5, **MASKING)
    assert masked.dtype == labels.dtype == torch.int32
    torch.manual_seed(3)
    assert torch.equal(mask_tokens(ids, probability=0.5, **MASKING)[0], masked)


DOCUMENTS = st.lists(
    st.lists(st.integers(1, 9), min_size=1, max_size=8), min_size=2, max_size=5
)  # how long each sentence of each document is


def numbered(lengths):
    """Return documents of tokens that tell their origin: 100000·document + 1000·sentence + 100 + place."""
    return [
        [
            [100_000 * d + 1_000 * s + place + 100 for place in range(length)]
            for s, length in enumerate(document)
        ]
        for d, document in enumerate(lengths)
    ]


def parts(pair):
    """Return both texts of a pair, after a look at the three special tokens and at the segments."""
    ids, segments = list(pair.ids), list(pair.segments)
    assert ids[0] == CLS and ids[-1] == SEP and ids.count(SEP) == 2 and ids.count(CLS) == 1
    middle = ids.index(SEP)
    assert segments == [0] * (middle + 1) + [1] * (len(ids) - middle - 1)
    return ids[1:middle], ids[middle + 1 : -1]


@given(lengths=DOCUMENTS, max_length=st.integers(5, 30), seed=st.integers(0, 99))
def test_pairs(lengths, max_length, seed):
    documents = numbered(lengths)
    options = {"max_length": max_length, "cls_id": CLS, "sep_id": SEP, "generator": generator(seed)}
    pairs = list(sentence_pairs(documents, **options))
    assert len(pairs) >= sum(len(document) > 1 for document in documents)
    streams = [[token for sentence in document for token in sentence] for document in documents]
    for pair in pairs:
        first, second = parts(pair)
        assert first and second and len(pair.ids) <= max_length
        homes = [next(s for s in streams if text[0] in s) for text in (first, second)]
        for text, home in zip((first, second), homes):
            start = home.index(text[0])
            assert text == home[start : start + len(text)]  # no gap, no shuffling
        assert second[0] % 1000 == 100  # a sentence begins
        follows = homes[0] is homes[1] and homes[0].index(second[0]) == homes[0].index(first[-1]) + 1
        assert pair.is_next == follows
        assert (homes[0] is homes[1]) == pair.is_next


def test_half_of_the_pairs_follow_and_their_lengths_tell_nothing():
    lengths = [[(7 * d + 3 * s) % 11 + 4 for s in range(120)] for d in range(30)]
    options = {"max_length": 48, "cls_id": CLS, "sep_id": SEP, "generator": generator()}
    pairs = list(sentence_pairs(numbered(lengths), **options))
    is_next = torch.tensor([pair.is_next for pair in pairs])
    assert len(pairs) > 500
    assert abs(is_next.double().mean() - 0.5) < 4 * 0.5 / math.sqrt(len(pairs))
    for number in range(2):
        sizes = torch.tensor([float(len(parts(pair)[number])) for pair in pairs])
        gap = (sizes[is_next].mean() - sizes[~is_next].mean()).abs() / sizes.std()
        assert gap < 0.25, (number, gap)


def test_every_sentence_is_read_unless_it_is_the_last_one_of_its_document():
    documents = numbered([[3] * 20, [3] * 15])
    options = {"max_length": 40, "cls_id": CLS, "sep_id": SEP, "generator": generator(1)}
    firsts = set()
    for pair in sentence_pairs(documents, **options):
        first, second = parts(pair)
        firsts |= {*first, *(second if pair.is_next else [])}
    missing = {f // 1000 for text in documents for f, *_ in text} - {token // 1000 for token in firsts}
    assert missing <= {19, 114}


def slowly(first, second, room):
    """Take one token at a time from the longer text, from the second where they are equal."""
    first, second = list(first), list(second)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first.pop(0)
        else:
            second.pop()
    return first, second


@given(st.integers(1, 12), st.integers(1, 12), st.integers(2, 20))
def test_truncation(first, second, room):
    first, second = list(range(first)), list(range(100, 100 + second))
    found = truncate(first, second, room)
    assert sum(map(len, found)) == min(room, len(first) + len(second))
    expected = slowly(first, second, room)
    assert abs(len(found[0]) - len(expected[0])) <= 1  # which of two equal ones loses the odd token
    assert found[0] == first[len(first) - len(found[0]) :] and found[1] == second[: len(found[1])]


def batch_of(seed=0, count=6):
    """Return rows of ids with hidden tokens, segments, labels, and whether the second text follows."""
    torch.manual_seed(seed)
    rows = [[CLS, *torch.randint(4, 20, (n,)).tolist(), SEP] for n in torch.randint(2, 12, (count,)).tolist()]
    segments = [[0] * (len(row) // 2) + [1] * (len(row) - len(row) // 2) for row in rows]
    ids, mask = pad_rows(rows)
    options = MASKING | {"vocab_size": 20}
    masked, labels = mask_tokens(ids, probability=0.5, generator=generator(seed), **options)
    return masked, pad_rows(segments)[0], mask, labels, torch.arange(count) % 2 == 0


def model_of(config=CONFIG):
    torch.manual_seed(0)
    return BertForPreTraining(config).double()


def test_a_model_that_knows_nothing_pays_the_logarithms():
    model = model_of()
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    ids, segments, mask, labels, is_next = batch_of()
    of_tokens, of_next = model.losses(*model.bert(ids, segments, mask), labels, is_next)
    assert of_tokens.item() == pytest.approx(math.log(20)) and of_next.item() == pytest.approx(math.log(2))


def test_the_loss_is_the_cross_entropy_of_all_logits_where_labels_are():
    model = model_of()
    ids, segments, mask, labels, is_next = batch_of()
    of_tokens, of_next = model.losses(*model.bert(ids, segments, mask), labels, is_next)
    token_logits, next_logits = model(ids, segments, mask)
    expected = F.cross_entropy(token_logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    torch.testing.assert_close(of_tokens, expected)
    probabilities = next_logits.log_softmax(-1)
    expected = -torch.where(is_next, probabilities[:, 0], probabilities[:, 1]).mean()
    torch.testing.assert_close(of_next, expected)


def test_nothing_hidden_costs_nothing():
    model = model_of()
    ids, segments, mask, labels, is_next = batch_of()
    of_tokens, of_next = model.losses(
        *model.bert(ids, segments, mask), torch.full_like(labels, -100), is_next
    )
    assert of_tokens == 0
    (of_tokens + of_next).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@settings(max_examples=20)
@given(seed=st.integers(0, 99), count=st.integers(1, 5))
def test_packed_has_the_same_losses_and_gradients_as_padded(seed, count):
    model = model_of()
    ids, segments, mask, labels, is_next = batch_of(seed, count)
    assume((labels != -100).any())
    lengths = mask.sum(1).tolist()
    rows = pack_rows([ids[k, :n].tolist() for k, n in enumerate(lengths)])
    padded = model.losses(*model.bert(ids, segments, mask), labels, is_next)
    short = model.losses(*packed(model.bert, *rows, segments[mask]), labels[mask], is_next)
    torch.testing.assert_close(short, padded, rtol=1e-9, atol=1e-9)
    gradients = [torch.autograd.grad(sum(pair), list(model.parameters())) for pair in (padded, short)]
    for one, other in zip(*gradients):
        torch.testing.assert_close(other, one, rtol=1e-9, atol=1e-9)


def test_the_table_of_embeddings_makes_the_logits_too():
    model = model_of()
    names = dict(model.named_parameters())
    assert (
        sum(tensor.shape[0] == 20 for tensor in names.values()) == 2
    )  # the table and the bias of the logits
    hidden = torch.randn(3, 12, dtype=torch.float64)
    before = model.token_logits(hidden)
    with torch.no_grad():
        model.bert.embeddings.tokens.weight[5] += 1
    changed = (model.token_logits(hidden) != before).any(0)
    assert changed.tolist() == [k == 5 for k in range(20)]


def test_it_overfits_one_batch():
    model = model_of()
    batch = batch_of(count=8)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(300):
        ids, segments, mask, labels, is_next = batch
        loss = sum(model.losses(*model.bert(ids, segments, mask), labels, is_next))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    token_logits, next_logits = model(ids, segments, mask)
    assert torch.equal(token_logits.argmax(-1)[labels != -100], labels[labels != -100])
    assert torch.equal(next_logits.argmax(-1) == 0, is_next)


@pytest.mark.parametrize("num_segments", [1, 2, 3])
def test_a_token_looks_at_its_like_in_either_text(num_segments):
    config = BertConfig(40, 128, 4, 2, 512, 64, num_segments, dropout=0.0, std=0.08)
    ids = torch.tensor([[0, *range(5, 25), 1, *range(5, 25), 1]])
    segments = (torch.arange(43) > 21).long()[None] * (num_segments - 1)
    for start in (False, True):
        torch.manual_seed(0)
        bert = Bert(config)
        before = {name: tensor.clone() for name, tensor in bert.state_dict().items()}
        if start:
            look_for_alike(bert)
        changed = {
            name for name, tensor in bert.state_dict().items() if not torch.equal(tensor, before[name])
        }
        attention = "layers.0.attention"
        expected = {f"{attention}.key.weight", f"{attention}.query.weight", "embeddings.positions.weight"}
        assert changed == (expected if start and num_segments > 1 else changed & expected)
        set_fused(bert, False)
        with torch.no_grad():
            bert(ids, segments)
        weights = bert.layers[0].attention.weights[0]  # (heads, T, T)
        across = weights[:, range(1, 21), range(22, 42)].mean()
        itself = weights[:, range(1, 21), range(1, 21)].mean()
        assert (across > 4 * weights.mean() and across > 0.6 * itself) == start
