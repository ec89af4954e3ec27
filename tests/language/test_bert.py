"""BERT's encoder: what it sees and what it must not, by example, by invariants and by gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call

from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.language.mlm import BertForPreTraining
from d2lmodels.language.packed import pack_rows, packed

SMALL = BertConfig(vocab_size=20, dim=12, num_heads=3, num_layers=2, ffn_dim=16, max_length=10)


def bert_of(config=SMALL, seed=0, spread=0.3):
    """Return a BERT in float64 and in eval mode whose weights are far from 0."""
    torch.manual_seed(seed)
    model = Bert(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += spread * torch.randn_like(parameter)
    return model


def test_the_base_model_has_as_many_parameters_as_published():
    with torch.device("meta"):
        base = Bert(BertConfig(30_522, 768, 12, 12, 3_072, 512))
        large = Bert(BertConfig(30_522, 1_024, 16, 24, 4_096, 512))
    assert sum(parameter.numel() for parameter in base.parameters()) == 109_482_240
    assert sum(parameter.numel() for parameter in large.parameters()) == 335_141_888


def test_one_token_by_hand():
    """A single token can look only at itself, so attention is a linear layer, and all can be done by hand."""
    config = BertConfig(vocab_size=3, dim=3, num_heads=1, num_layers=1, ffn_dim=4, max_length=1)
    bert = bert_of(config)
    layer, embeddings = bert.layers[0], bert.embeddings

    def norm(X, module):
        centred = X - X.mean()
        return centred / (centred.square().mean() + 1e-12).sqrt() * module.weight + module.bias

    def gelu(X):
        return X * 0.5 * (1 + torch.erf(X / 2**0.5))

    X = embeddings.tokens.weight[2] + embeddings.positions.weight[0] + embeddings.segments.weight[1]
    X = norm(X, embeddings.norm)
    X = norm(X + layer.attention.out(layer.attention.value(X)), layer.around_attention.norm)
    X = norm(X + layer.feed_forward.down(gelu(layer.feed_forward.up(X))), layer.around_feed_forward.norm)
    hidden, pooled = bert(torch.tensor([[2]]), torch.tensor([[1]]))
    torch.testing.assert_close(hidden[0, 0], X, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(pooled[0], torch.tanh(bert.pooler(X)), rtol=1e-10, atol=1e-10)


def test_every_position_sees_both_sides():
    bert = bert_of()
    ids = torch.randint(20, (1, 6))
    hidden, _ = bert(ids)
    for place in range(6):
        changed = ids.clone()
        changed[0, place] = (ids[0, place] + 1) % 20
        moved = (bert(changed)[0] - hidden).abs().amax(-1)[0]
        assert (moved > 1e-6).all(), f"token {place} does not reach {moved}"


def test_order_and_segments_matter():
    bert = bert_of()
    ids = torch.tensor([[3, 4, 5, 6]])
    hidden, pooled = bert(ids)
    assert (bert(ids.flip(1))[0].flip(1) - hidden).abs().max() > 1e-3
    assert (bert(ids, torch.tensor([[0, 0, 1, 1]]))[0] - hidden).abs().max() > 1e-3
    same = bert(ids, torch.zeros_like(ids), torch.ones_like(ids).bool())
    torch.testing.assert_close(same, (hidden, pooled), rtol=1e-12, atol=1e-12)


@settings(max_examples=30)
@given(
    lengths=st.lists(st.integers(1, 8), min_size=1, max_size=4),
    more=st.integers(0, 2),
    left=st.booleans(),
    seed=st.integers(0, 99),
)
def test_padding_changes_nothing_whatever_stands_there(lengths, more, left, seed):
    bert = bert_of()
    torch.manual_seed(seed)
    rows = [torch.randint(20, (length,)) for length in lengths]
    longest = max(lengths) + more
    ids = torch.randint(20, (len(rows), longest))
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for k, row in enumerate(rows):
        ids[k, : len(row)], mask[k, : len(row)] = row, True
    hidden, pooled = bert(ids, mask=mask)
    for k, row in enumerate(rows):
        alone, pooled_alone = bert(row[None])
        torch.testing.assert_close(hidden[k, : len(row)], alone[0], rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(pooled[k], pooled_alone[0], rtol=1e-9, atol=1e-9)
    if left:  # padding before the text: only the positions are others
        hidden, _ = bert(ids.flip(1), mask=mask.flip(1))
        other = torch.where(mask, ids, (ids + 7) % 20).flip(1)
        torch.testing.assert_close(hidden[mask.flip(1)], bert(other, mask=mask.flip(1))[0][mask.flip(1)])


def test_dropout_works_in_training_only():
    bert = bert_of().train()
    ids = torch.randint(20, (2, 5))
    assert not torch.equal(bert(ids)[0], bert(ids)[0])
    bert.eval()
    assert torch.equal(bert(ids)[0], bert(ids)[0])
    dry = Bert(BertConfig(20, 12, 3, 2, 16, 10, dropout=0.0)).train()
    assert torch.equal(dry(ids)[0], dry(ids)[0])


def test_the_embeddings_drop_a_share_of_their_numbers():
    embeddings = Bert(BertConfig(20, 40, 4, 1, 16, 10, dropout=0.25)).embeddings.train()
    ids = torch.randint(20, (100, 10))
    X = embeddings(ids, torch.zeros_like(ids), torch.arange(10))
    assert abs((X == 0).double().mean() - 0.25) < 0.01
    assert (embeddings.eval()(ids, torch.zeros_like(ids), torch.arange(10)) != 0).all()


def test_gradients_of_every_element():
    config = BertConfig(vocab_size=5, dim=4, num_heads=2, num_layers=1, ffn_dim=3, max_length=4)
    bert = bert_of(config)
    ids, segments = torch.tensor([[1, 3, 4], [2, 0, 0]]), torch.tensor([[0, 0, 1], [0, 1, 1]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    names = [name for name, _ in bert.named_parameters()]
    direction = torch.randn(2, 3, 4, dtype=torch.float64)

    def loss(*parameters):
        hidden, pooled = functional_call(bert, dict(zip(names, parameters)), (ids, segments, mask))
        return (hidden * direction * mask[..., None]).sum() + (pooled**2).sum()

    parameters = [parameter.detach().clone().requires_grad_() for parameter in bert.parameters()]
    assert torch.autograd.gradcheck(loss, parameters, eps=1e-6, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("std", [0.02, 0.1])
def test_weights_start_as_the_authors_draw_them(std):
    torch.manual_seed(0)
    options = {} if std == 0.02 else {"std": std}
    model = BertForPreTraining(BertConfig(2_000, 64, 4, 2, 256, 100, **options))
    for name, parameter in model.named_parameters():
        if name.endswith("norm.weight"):
            assert (parameter == 1).all(), name
        elif name.endswith("bias"):
            assert (parameter == 0).all(), name
        elif parameter.numel() > 1000:
            assert parameter.std().item() == pytest.approx(std, rel=0.05), name
            assert abs(parameter.mean().item()) < std / 10, name


def test_rows_are_padded():
    ids, mask = pad_rows([[5, 6], [], [7, 8, 9]], value=4)
    assert ids.tolist() == [[5, 6, 4], [4, 4, 4], [7, 8, 9]]
    assert mask.tolist() == [[True, True, False], [False] * 3, [True] * 3]


@settings(max_examples=30)
@given(lengths=st.lists(st.integers(1, 10), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_packed_is_padded_without_the_padding(lengths, seed):
    bert = bert_of()
    torch.manual_seed(seed)
    rows = [torch.randint(20, (length,)).tolist() for length in lengths]
    texts = [torch.randint(2, (length,)).tolist() for length in lengths]
    (ids, mask), (segments, _) = pad_rows(rows), pad_rows(texts)
    hidden, pooled = bert(ids, segments, mask)
    row, counted = pack_rows(rows)
    assert counted == lengths
    short, short_pooled = packed(bert, row, lengths, pack_rows(texts)[0])
    torch.testing.assert_close(short, hidden[mask], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(short_pooled, pooled, rtol=1e-9, atol=1e-9)


def test_packed_gives_the_same_gradients_and_drops_in_training():
    bert = bert_of()
    rows = [[1, 5, 6, 2], [1, 2], [1, 7, 8, 9, 3, 2]]
    ids, mask = pad_rows(rows)
    found = []
    for hidden, pooled in (bert(ids, mask=mask), packed(bert, *pack_rows(rows))):
        kept = hidden if hidden.ndim == 2 else hidden[mask]
        loss = kept.sin().sum() + pooled.cos().sum()
        found.append(torch.autograd.grad(loss, list(bert.parameters())))
    for padded, short in zip(*found):
        torch.testing.assert_close(short, padded, rtol=1e-9, atol=1e-9)
    bert.train()
    first, second = (packed(bert, *pack_rows(rows))[0] for _ in range(2))
    assert not torch.equal(first, second)


def test_attention_s_weights_drop_in_packed_training_too():
    """With dropout in attention alone, what is packed must differ from call to call."""
    bert = bert_of().train()
    for module in bert.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    rows = pack_rows([[1, 5, 6, 2], [1, 2]])
    assert not torch.equal(packed(bert, *rows)[0], packed(bert, *rows)[0])


def test_the_configuration_cannot_be_changed_and_may_be_a_float_s_neighbour():
    with pytest.raises(AttributeError):
        SMALL.dim = 13
    assert BertConfig(20, 12, 3, 2, 16, 10) == SMALL
