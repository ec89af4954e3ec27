"""Attention by hand, by its invariants and leaks, its gradient by differences; heads and the cache."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.nn.attention import Cache, MultiHeadAttention, attention, causal_mask, set_fused


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_equal(got, wanted):
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


def layer_of(dim, num_heads, *, seed=0, **options):
    torch.manual_seed(seed)
    return MultiHeadAttention(dim, num_heads, **options).double()


def test_three_tokens_by_hand():
    a, b = math.log(2), math.log(3)
    Q = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]]).double()
    K = torch.tensor([[0, 0, 0, 0], [2 * a, 0, 0, 0], [2 * b, b, 0, 0]], dtype=torch.float64)
    V = torch.tensor([[6.0], [12.0], [-6.0]]).double()
    values, weights = attention(Q, K, V)  # √4 = 2: scores (0, log 2, log 3) and (0, 0, log 3)
    assert_equal(weights, torch.tensor([[1, 2, 3], [1.2, 1.2, 3.6]], dtype=torch.float64) / 6)
    assert_equal(values, torch.tensor([[2.0], [0.0]]).double())
    values, weights = attention(Q, K, V, torch.tensor([True, True, False]))
    assert_equal(weights, torch.tensor([[2, 4, 0], [3, 3, 0]], dtype=torch.float64) / 6)
    assert_equal(values, torch.tensor([[10.0], [9.0]]).double())


@given(st.integers(1, 4), st.integers(1, 5), st.floats(0, 1e4), st.integers(0, 99))
def test_weights_are_shares_and_the_order_of_keys_is_nothing(T, S, scale, seed):
    Q, K, V = (
        scale * random(2, T, 3, seed=seed),
        random(2, S, 3, seed=seed + 1),
        random(2, S, 2, seed=seed + 2),
    )
    mask = random(2, T, S, seed=seed + 3) > 0
    values, weights = attention(Q, K, V, mask)
    assert (weights >= 0).all() and (weights[~mask] == 0).all()
    assert_equal(weights.sum(-1), mask.any(-1).double())
    assert_equal(values, weights @ V)
    order = torch.randperm(S, generator=torch.Generator().manual_seed(seed))
    assert_equal(attention(Q, K[:, order], V[:, order], mask[:, :, order])[0], values)


@pytest.mark.parametrize("fused", [False, True])
def test_what_a_masked_key_holds_is_nothing(fused):
    Q, K, V, mask = random(3, 4), random(5, 4, seed=1), random(5, 2, seed=2), torch.arange(5) < 3
    values, _ = attention(Q, K, V, mask, fused=fused)
    K[3:], V[3:] = 1e6, -1e6
    assert_equal(attention(Q, K, V, mask, fused=fused)[0], values)
    assert_equal(values, attention(Q, K[:3], V[:3])[0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(5, 4), (2, 5, 4), (2, 3, 5, 4)])
@pytest.mark.parametrize("fused", [False, True])
def test_a_query_that_may_look_nowhere_gets_zeros_and_no_gradient(fused, shape, dtype):
    Q, K, V = (random(*shape, seed=seed).to(dtype).requires_grad_() for seed in range(3))
    mask = torch.ones(5, 5, dtype=torch.bool)
    mask[1], mask[3] = False, torch.arange(5) == 2  # nothing; one key alone
    values, weights = attention(Q, K, V, mask, fused=fused)
    assert values.dtype == dtype
    assert (values[..., 1, :] == 0).all() and (values[..., [0, 2, 3, 4], :] != 0).all()
    torch.testing.assert_close(values[..., 3, :], V[..., 2, :])
    values.sum().backward()
    assert all(X.grad.isfinite().all() for X in (Q, K, V))
    assert (Q.grad[..., [1, 3], :].abs() < 1e-6).all()
    assert weights is None if fused else (weights[..., 1, :] == 0).all()
    nothing = torch.zeros(5, dtype=torch.bool)
    assert (attention(Q, K, V, nothing, fused=fused)[0] == 0).all()


@pytest.mark.parametrize("fused", [False, True])
def test_every_element_of_the_gradients(fused):
    mask = torch.tensor([[1, 1, 1], [0, 0, 0], [0, 1, 0], [1, 0, 1]]).bool()
    leaves = [random(2, n, 3, seed=n + k).requires_grad_() for k, n in enumerate((4, 3, 3))]

    def function(Q, K, V):
        return attention(Q, K, V, mask, fused=fused)[0]

    assert torch.autograd.gradcheck(function, leaves, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_scores_beyond_exp_s_range():
    Q = torch.tensor([[1e3, 0.0]], requires_grad=True)
    values, weights = attention(Q, torch.tensor([[1e3, 0.0], [-1e3, 0.0]]), torch.tensor([[1.0], [2.0]]))
    values.sum().backward()
    assert weights.tolist() == [[1.0, 0.0]] and values.item() == 1 and Q.grad.isfinite().all()


@given(st.integers(1, 5), st.integers(0, 3))
def test_a_causal_mask_shows_each_position_the_keys_before_it_and_itself(length, earlier):
    mask = causal_mask(length, length + earlier)
    assert mask.dtype == torch.bool and mask[-1].all()
    assert mask.sum(-1).tolist() == [earlier + t + 1 for t in range(length)]
    assert (mask.int().diff(dim=-1) <= 0).all()  # what is seen comes first
    assert torch.equal(causal_mask(length), mask[:, earlier:])


@pytest.mark.parametrize("fused", [False, True])
def test_nothing_leaks_from_later_positions(fused):
    layer, X = layer_of(8, 2, fused=fused), random(1, 6, 8).requires_grad_()
    Y = layer(X, mask=causal_mask(6))
    for t in range(6):
        (grad,) = torch.autograd.grad(Y[0, t].sum(), X, retain_graph=True)
        assert (grad[0, : t + 1] != 0).any(-1).all() and (grad[0, t + 1 :] == 0).all()


def test_heads_are_attentions_side_by_side():
    layer, X = layer_of(6, 3, fused=False), random(2, 5, 6)
    heads = []
    for part in torch.arange(6).split(2):
        Q, K, V = (
            X @ part_of.weight[part].T + part_of.bias[part]
            for part_of in (layer.query, layer.key, layer.value)
        )
        heads.append(attention(Q, K, V))
    assert_equal(layer(X), layer.out(torch.cat([values for values, _ in heads], dim=-1)))
    assert_equal(layer.weights, torch.stack([weights for _, weights in heads], dim=1))


def test_values_are_the_keys_and_keys_the_queries_unless_given():
    layer, X, Z = layer_of(4, 2), random(2, 3, 4), random(2, 5, 4, seed=1)
    assert_equal(layer(X), layer(X, X, X))
    assert_equal(layer(X, Z), layer(X, Z, Z))
    assert not torch.allclose(layer(X, Z), layer(X, Z, -Z))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.booleans(), st.integers(0, 99))
def test_a_cache_gives_what_the_whole_gives(pieces, fused, seed):
    layer, X, cache, parts = layer_of(4, 2, seed=seed, fused=fused), random(2, sum(pieces), 4), Cache(), []
    for piece in X.split(pieces, dim=1):
        T = piece.shape[1]
        parts.append(layer(piece, mask=causal_mask(T, len(cache) + T), cache=cache))
    assert len(cache) == sum(pieces)
    assert_equal(torch.cat(parts, dim=1), layer(X, mask=causal_mask(len(X[0]))))


def test_keys_that_are_given_are_read_once():
    layer, X, Z, cache = layer_of(4, 2), random(2, 3, 4), random(2, 5, 4, seed=1), Cache()
    keep = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]).bool()
    calls = []
    layer.key.register_forward_hook(lambda *_: calls.append(1))
    parts = [layer(x, Z, mask=keep[:, None], cache=cache) for x in X.split(1, dim=1)]
    assert len(calls) == 1 and len(cache) == 5
    assert_equal(torch.cat(parts, dim=1), layer(X, Z, mask=keep[:, None]))


def test_weights_are_kept_by_the_explicit_path_only():
    model = torch.nn.Sequential(layer_of(4, 2), layer_of(4, 1)).double()
    X = random(3, 5, 4)
    fused = model(X)
    assert [layer.weights for layer in model] == [None, None]
    set_fused(model, False)
    assert_equal(model(X), fused)
    assert [tuple(layer.weights.shape) for layer in model] == [(3, 2, 5, 5), (3, 1, 5, 5)]
    assert not any(layer.weights.requires_grad for layer in model)
    set_fused(model, True)
    model(X)
    assert [layer.weights for layer in model] == [None, None]


@pytest.mark.parametrize("fused", [False, True])
def test_dropout_is_at_work_in_training_only(fused):
    X = random(1, 40, 4)
    layer = layer_of(4, 2, dropout=0.3, fused=fused)
    assert not torch.equal(layer(X), layer(X))
    layer.eval()
    assert torch.equal(layer(X), layer(X))
    assert_equal(layer(X), layer_of(4, 2, fused=fused)(X))
    torch.manual_seed(0)
    Q, S = torch.zeros(1, 2, dtype=torch.float64), 10_000
    mean, weights = attention(
        Q.expand(50, 2), Q.expand(S, 2), torch.ones(S, 1).double(), dropout=0.3, fused=fused
    )
    assert 0.99 < mean.mean() < 1.01 and mean.std() > 1e-3
    assert fused or (weights == 1 / S).all()  # those before


def test_the_state_dict_s_names():
    names = [f"{part}.{kind}" for part in ("query", "key", "value", "out") for kind in ("weight", "bias")]
    assert list(MultiHeadAttention(4, 2).state_dict()) == names
    assert list(MultiHeadAttention(4, 2, bias=False).state_dict()) == names[::2]
