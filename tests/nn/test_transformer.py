"""Positions and the transformer by hand, by their invariants, by what leaks; that it learns, and writes."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.nn.attention import MultiHeadAttention, causal_mask
from d2lmodels.nn.positions import LearnedPositions, SinusoidalPositions, rotary, sinusoidal_positions
from d2lmodels.nn.transformer import (
    DecoderLayer,
    Embedding,
    EncoderLayer,
    FeedForward,
    Residual,
    Transformer,
)

SMALL = {"dim": 8, "num_heads": 2, "num_layers": 2, "ffn_dim": 16, "max_length": 20}


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def whole(*shape, below, seed=0):
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(seed))


def assert_equal(got, wanted):
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


def small(seed=0, **options):
    torch.manual_seed(seed)
    return Transformer(11, 13, **SMALL, **options).double().eval()


def test_waves_by_formula():
    P = sinusoidal_positions(300, 6)
    for t in (0, 1, 299):
        for i in range(3):
            angle = t / 10_000 ** (2 * i / 6)
            wanted = torch.tensor([math.sin(angle), math.cos(angle)])
            torch.testing.assert_close(P[t, 2 * i : 2 * i + 2], wanted, rtol=0, atol=1e-7)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_a_step_turns_the_waves_by_the_same_angles_everywhere(step, start, other):
    P = sinusoidal_positions(1001, 6).double()
    assert abs(P[start] @ P[start + step] - P[other] @ P[other + step]) < 1e-5


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 1000), st.integers(0, 99))
def test_rotary_products_depend_on_the_distance_only(i, j, shift, seed):
    q, k = random(1, 8, seed=seed), random(1, 8, seed=seed + 1)

    def product(i, j):
        return (rotary(q, torch.tensor([i])) * rotary(k, torch.tensor([j]))).sum()

    torch.testing.assert_close(product(i + shift, j + shift), product(i, j), rtol=0, atol=1e-9)
    assert_equal(rotary(q, torch.tensor([i])).norm(), q.norm())
    assert i == j or abs(product(i, j) - (q * k).sum()) > 1e-9


def test_rotary_by_hand_and_by_rows():
    X = random(2, 3, 5, 4)
    turned = rotary(X)
    assert torch.equal(turned[..., 0, :], X[..., 0, :])
    for t in range(5):
        for pair, angle in ((0, t), (1, t / 100)):
            x, y = X[..., t, 2 * pair], X[..., t, 2 * pair + 1]
            assert_equal(turned[..., t, 2 * pair], x * math.cos(angle) - y * math.sin(angle))
            assert_equal(turned[..., t, 2 * pair + 1], x * math.sin(angle) + y * math.cos(angle))
    assert_equal(rotary(X[..., 2:, :], torch.arange(2, 5)), turned[..., 2:, :])
    assert rotary(X.float()).dtype == torch.float32


@pytest.mark.parametrize("kind", [SinusoidalPositions, LearnedPositions])
def test_positions_are_added_from_the_start_that_is_given(kind):
    layer, X = kind(9, 4), torch.randn(2, 5, 4)
    assert torch.equal(layer(X), X + layer.weight[:5]) and torch.equal(layer(X, 4), X + layer.weight[4:])
    assert list(layer.state_dict()) == (["weight"] if kind is LearnedPositions else [])
    assert len(list(layer.parameters())) == (kind is LearnedPositions)


def test_an_embedding_is_a_row_times_the_root_of_dim_and_a_position():
    layer = Embedding(7, 16, dropout=0.5).eval()
    ids = torch.tensor([[3, 6, 3]])
    wanted = 4 * layer.tokens.weight[ids] + sinusoidal_positions(3, 16)
    torch.testing.assert_close(layer(ids), wanted)
    assert not torch.equal(layer.train()(ids), layer(ids))


def test_where_the_norm_stands():
    X = 5 + 3 * random(4, 6)
    after, before = (Residual(6, norm_first=first, dropout=0.0).double() for first in (False, True))
    Y = after(X, lambda Z: Z)
    assert_equal(Y.mean(-1), torch.zeros(4).double())
    torch.testing.assert_close(Y.var(-1, correction=0), torch.ones(4).double(), rtol=1e-5, atol=0)
    assert_equal(before(X, lambda Z: 0 * Z), X)
    assert_equal(before(X, lambda Z: Z), X + F.layer_norm(X, (6,)))


@pytest.mark.parametrize("norm_first", [False, True])
def test_dropout_falls_on_what_is_added(norm_first):
    X, shaken = random(4, 6), Residual(6, norm_first=norm_first, dropout=0.5)
    shaken.norm = torch.nn.Identity()
    added = shaken(X, torch.ones_like) - X
    assert set(added.round(decimals=6).flatten().tolist()) == {0.0, 2.0}
    assert_equal(shaken.eval()(X, torch.ones_like), X + 1)


def test_options_reach_every_part():
    model = small(dropout=0.25, activation="gelu", norm_first=True)
    parts = list(model.modules())
    assert {part.p for part in parts if isinstance(part, torch.nn.Dropout)} == {0.25}
    assert [part.dropout for part in parts if isinstance(part, MultiHeadAttention)] == [0.25] * 6
    assert {part.activation for part in parts if isinstance(part, FeedForward)} == {F.gelu}
    assert [part.norm_first for part in parts if isinstance(part, Residual)] == [True] * 10


@pytest.mark.parametrize("norm_first", [False, True])
def test_without_positions_an_encoder_s_layer_does_not_know_the_order(norm_first):
    layer, X = EncoderLayer(8, 2, 16, norm_first=norm_first).double().eval(), random(2, 5, 8)
    order = torch.tensor([3, 1, 4, 0, 2])
    assert_equal(layer(X[:, order]), layer(X)[:, order])


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [False, True])
def test_every_element_of_the_gradients(norm_first, activation):
    torch.manual_seed(0)
    options = {"norm_first": norm_first, "activation": activation, "dropout": 0.0}
    encoder, decoder = EncoderLayer(4, 2, 6, **options).double(), DecoderLayer(4, 2, 6, **options).double()
    X, Z = random(2, 3, 4).requires_grad_(), random(2, 2, 4, seed=1).requires_grad_()
    keep = torch.tensor([[1, 1, 0], [0, 0, 0]]).bool()[:, None]

    def function(X, Z):
        return decoder(Z, encoder(X, keep), memory_mask=keep)

    assert torch.autograd.gradcheck(function, (X, Z), eps=1e-6, atol=1e-6, rtol=1e-6)


def test_a_network_for_each_position_by_hand():
    layer = FeedForward(2, 3)
    with torch.no_grad():
        layer.up.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
        layer.down.weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]]))
        for linear in (layer.up, layer.down):
            linear.bias.zero_()
    assert layer(torch.tensor([[1.0, -1.0], [-2.0, 5.0]])).tolist() == [[1.0, 0.0], [16.0, 2.0]]


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_decoder_sees_no_later_position_and_all_of_the_source(norm_first):
    model = small(norm_first=norm_first)
    source, target = whole(2, 6, below=11), whole(2, 5, below=13, seed=1)
    logits = model(source, target)
    for t in range(5):
        changed = target.clone()
        changed[:, t] = (changed[:, t] + 1) % 13
        differs = (model(source, changed) - logits).abs().amax((0, 2)) > 1e-9
        assert differs.tolist() == [s >= t for s in range(5)]
    for t in range(6):
        changed = source.clone()
        changed[:, t] = (changed[:, t] + 1) % 11
        assert ((model(changed, target) - logits).abs().amax(2) > 1e-9).all()


def test_a_mask_of_one_s_own_takes_the_place_of_the_causal_one():
    layer, X, Z = DecoderLayer(8, 2, 16).double().eval(), random(2, 5, 8), random(2, 3, 8, seed=1)
    assert_equal(layer(X, Z), layer(X, Z, mask=causal_mask(5)))
    everything = torch.ones(5, 5, dtype=torch.bool)
    assert (layer(X, Z) - layer(X, Z, mask=everything)).abs().amax(2)[:, :4].min() > 1e-6


@settings(max_examples=20)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_padding_changes_nothing(lengths, seed):
    model = small(seed)
    source, target = whole(len(lengths), 6, below=11, seed=seed), whole(len(lengths), 4, below=13, seed=seed)
    mask = torch.arange(6) < torch.tensor(lengths)[:, None]
    logits = model(source, target, mask)
    for k, length in enumerate(lengths):
        assert_equal(logits[k : k + 1], model(source[k : k + 1, :length], target[k : k + 1]))


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_source_that_is_all_padding_gives_numbers(norm_first):
    model = small(norm_first=norm_first)
    mask = torch.tensor([[True] * 3, [False] * 3])
    logits = model(whole(2, 3, below=11), whole(2, 4, below=13), mask)
    logits.sum().backward()
    assert logits.isfinite().all() and all(p.grad.isfinite().all() for p in model.parameters())


@settings(max_examples=20)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["sinusoidal", "learned"]),
)
def test_a_decoder_with_a_cache_gives_what_the_whole_gives(pieces, norm_first, positions):
    model = small(norm_first=norm_first, positions=positions)
    source, target = whole(2, 5, below=11), whole(2, sum(pieces), below=13)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]]).bool()
    memory, cache = model.encoder(source, mask), model.decoder.new_cache()
    parts = [model.decoder(piece, memory, mask, cache=cache) for piece in target.split(pieces, dim=1)]
    assert_equal(torch.cat(parts, dim=1), model(source, target, mask))


@settings(max_examples=20)
@given(st.integers(0, 99), st.integers(1, 12), st.integers(0, 12))
def test_generated_ids_are_the_likeliest_one_after_the_other(seed, max_length, end):
    model = small(seed)
    source, mask = whole(4, 5, below=11, seed=seed), whole(4, 5, below=2, seed=seed).bool()
    options = {"start": 1, "end": end, "max_length": max_length}
    ids = model.generate(source, mask, **options)
    assert torch.equal(ids, model.generate(source, mask, cached=False, **options))
    target = torch.cat([torch.ones(4, 1, dtype=torch.long), ids], dim=1)
    likeliest = model(source, target, mask).argmax(-1)[:, :-1]
    ended = (ids == end).cumsum(1) - (ids == end).long() > 0  # an end lies before
    assert torch.equal(ids[~ended], likeliest[~ended]) and (ids[ended] == end).all()
    assert ids.shape[1] == max_length or (ids[:, -1] == end).all()
    assert not (ids[:, :-1] == end).any(1).all()  # no id after all rows ended


def test_the_transformer_learns_one_batch_by_heart_and_writes_it():
    torch.manual_seed(0)
    model = Transformer(10, 10, dim=32, num_heads=4, num_layers=1, ffn_dim=64, dropout=0.0)
    source = torch.randint(3, 10, (8, 5))
    start, end = torch.full((8, 1), 1), torch.full((8, 1), 2)
    target = torch.cat([start, source.flip(1), end], dim=1)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(100):
        logits = model(source, target[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), target[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.05
    ids = model.eval().generate(source, start=1, end=2, max_length=9)
    assert torch.equal(ids, target[:, 1:])


def test_the_size_of_the_base_model():
    with torch.device("meta"):
        model = Transformer(37_000, 37_000)
    embeddings = 2 * 37_000 * 512
    layers = 6 * (4 * (512**2 + 512) + 2 * 512 * 2048 + 2048 + 512 + 2 * 2 * 512)
    layers += 6 * (8 * (512**2 + 512) + 2 * 512 * 2048 + 2048 + 512 + 3 * 2 * 512)
    head = 513 * 37_000
    assert sum(p.numel() for p in model.parameters()) == embeddings + layers + head


def test_an_untrained_model_s_tokens_are_of_variance_1_and_its_biases_0():
    model = Transformer(1000, 1000, dim=64, num_heads=4, num_layers=1, ffn_dim=256)
    assert 0.98 < (model.encoder.embedding.tokens.weight * 8).std() < 1.02
    bound = (6 / (64 + 256)) ** 0.5
    up = model.decoder.layers[0].feed_forward.up
    assert 0.95 * bound < up.weight.abs().max() <= bound and (up.bias == 0).all()
    assert 0 < model.decoder.head.weight.abs().max() <= (6 / 1064) ** 0.5
