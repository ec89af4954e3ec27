"""Attention and the transformer against torch's, Hugging Face's and d2l's, in float64 to a relative 1e-9."""

import re

import pytest
import torch
import torch.nn.functional as F
from d2l import torch as d2l
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb

from d2lmodels.nn.attention import MultiHeadAttention, attention, causal_mask, set_fused
from d2lmodels.nn.positions import rotary, sinusoidal_positions
from d2lmodels.nn.transformer import DecoderLayer, EncoderLayer, Transformer

B, S, T, DIM, HEADS, FFN = 3, 6, 4, 8, 2, 20
KEEP = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 1]]).bool()  # no, right, left
OUR_NAMES = [  # of torch's; the first that fits
    (r"decoder(.*)self_attn", r"decoder\1self_attention"),
    (r"decoder(.*)multihead_attn", r"decoder\1cross_attention"),
    (r"decoder(.*)norm1", r"decoder\1around_self_attention.norm"),
    (r"decoder(.*)norm2", r"decoder\1around_cross_attention.norm"),
    (r"norm3", r"around_feed_forward.norm"),
    (r"self_attn", r"attention"),
    (r"norm1", r"around_attention.norm"),
    (r"norm2", r"around_feed_forward.norm"),
    (r"linear1", r"feed_forward.up"),
    (r"linear2", r"feed_forward.down"),
]


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def masks(T, S):
    """Return one mask of each kind for self-attention over S positions, two with queries that see nothing."""
    scattered = random(B, T, S, seed=9) > 0.5
    scattered[1, 2], scattered[2, 0] = False, False
    kinds = {"none": None, "padding": KEEP[:, None], "scattered": scattered}
    if T == S:
        kinds |= {"causal": causal_mask(S), "causal and padding": causal_mask(S) & KEEP[:, None]}
    return kinds


def forbidden(mask, T, S):
    """Return a mask as torch's modules want it: True where not to look, for each head by itself."""
    return None if mask is None else ~mask.expand(B, T, S).repeat_interleave(HEADS, dim=0)


def assert_equal(ours, theirs):
    assert ours.shape == theirs.shape and ours.isfinite().all() and theirs.isfinite().all()
    scale = max(1.0, theirs.abs().max().item())
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 * scale)


def draw_parameters(module):
    """Give every parameter, biases and norms too, random numbers."""
    with torch.no_grad():
        for k, parameter in enumerate(module.parameters()):
            parameter.copy_(random(*parameter.shape, seed=100 + k) / parameter.shape[-1] ** 0.5)
    return module


def in_our_names(tensors, prefix=""):
    """Return torch's tensors, weights or gradients, under our names, the three stacked matrices apart."""
    ours = {}
    for name, tensor in tensors.items():
        name = prefix + name
        for pattern, replacement in OUR_NAMES:
            name = re.sub(pattern, replacement, name)
        name = name.removeprefix(prefix).replace("out_proj", "out")
        if "in_proj_" in name:
            parts = zip(("query.", "key.", "value."), tensor.chunk(3))
            ours |= {name.replace("in_proj_", part): third for part, third in parts}
        else:
            ours[name] = tensor
    return ours


def assert_same_module(ours, theirs, our_call, their_call, inputs, *, prefix=""):
    """Compare outputs, and the gradients of a random mix of them by inputs and parameters."""
    draw_parameters(theirs)
    ours.load_state_dict(in_our_names(theirs.state_dict(), prefix))
    results = []
    for module, call in ((ours, our_call), (theirs, their_call)):
        leaves = [X.clone().requires_grad_() for X in inputs]
        Y = call(module, *leaves)
        (Y * random(*Y.shape, seed=50)).sum().backward()
        grads = {name: parameter.grad for name, parameter in module.named_parameters()}
        grads = grads if module is ours else in_our_names(grads, prefix)
        results.append({"output": Y.detach(), **dict(enumerate(leaf.grad for leaf in leaves)), **grads})
    assert results[0].keys() == results[1].keys()
    for name, mine in results[0].items():
        assert_equal(mine, results[1][name])


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(*[st.integers(1, 5)] * 4),
    kept=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    seed=st.integers(0, 99),
)
def test_attention_with_any_mask_in_value_and_gradient(batch, sizes, kept, seed):
    T, S, size, out = sizes
    mask = torch.rand(*batch, T, S, generator=torch.Generator().manual_seed(seed)) < kept
    results = []
    for function in (
        lambda *leaves: attention(*leaves, mask)[0],
        lambda *leaves: F.scaled_dot_product_attention(*leaves, mask),
    ):
        shapes = [(*batch, T, size), (*batch, S, size), (*batch, S, out)]
        leaves = [(3 * random(*shape, seed=seed + k)).requires_grad_() for k, shape in enumerate(shapes)]
        Y = function(*leaves)
        Y.backward(random(*Y.shape, seed=seed + 3))
        results.append([Y.detach(), *(leaf.grad for leaf in leaves)])
    for ours, theirs in zip(*results):
        assert_equal(ours, theirs)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("kind", masks(S, S))
def test_self_attention_is_torch_s(kind, fused):
    mask = masks(S, S)[kind]
    theirs = nn.MultiheadAttention(DIM, HEADS, batch_first=True, dtype=torch.float64)
    assert_same_module(
        MultiHeadAttention(DIM, HEADS, fused=fused).double(),
        theirs,
        lambda layer, X: layer(X, mask=mask),
        lambda layer, X: layer(X, X, X, need_weights=False, attn_mask=forbidden(mask, S, S))[0],
        [random(B, S, DIM)],
    )


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", masks(T, S))
def test_attention_to_keys_and_values_is_torch_s(kind, bias):
    mask = masks(T, S)[kind]
    theirs = nn.MultiheadAttention(DIM, HEADS, bias=bias, batch_first=True, dtype=torch.float64)
    assert_same_module(
        MultiHeadAttention(DIM, HEADS, bias=bias).double(),
        theirs,
        lambda layer, *inputs: layer(*inputs, mask=mask),
        lambda layer, *inputs: layer(*inputs, need_weights=False, attn_mask=forbidden(mask, T, S))[0],
        [random(B, T, DIM), random(B, S, DIM, seed=1), random(B, S, DIM, seed=2)],
    )


def test_the_weights_to_look_at_are_torch_s():
    theirs = draw_parameters(nn.MultiheadAttention(DIM, HEADS, batch_first=True, dtype=torch.float64))
    ours = MultiHeadAttention(DIM, HEADS, fused=False).double()
    ours.load_state_dict(in_our_names(theirs.state_dict()))
    X = random(B, S, DIM)
    ours(X, mask=KEEP[:, None])
    _, weights = theirs(X, X, X, key_padding_mask=~KEEP, average_attn_weights=False)
    assert_equal(ours.weights, weights.detach())


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("kind", masks(S, S))
def test_an_encoder_s_layer_is_torch_s(kind, activation, norm_first):
    mask = masks(S, S)[kind]
    options = {"dropout": 0.0, "norm_first": norm_first, "activation": activation}
    theirs = nn.TransformerEncoderLayer(
        DIM, HEADS, FFN, layer_norm_eps=1e-3, batch_first=True, dtype=torch.float64, **options
    )
    assert_same_module(
        EncoderLayer(DIM, HEADS, FFN, eps=1e-3, **options).double(),
        theirs,
        lambda layer, X: layer(X, mask),
        lambda layer, X: layer(X, src_mask=forbidden(mask, S, S)),
        [random(B, S, DIM)],
        prefix="encoder.",
    )


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("kind", masks(T, S))
def test_a_decoder_s_layer_is_torch_s(kind, activation, norm_first):
    mask = masks(T, S)[kind]
    options = {"dropout": 0.0, "norm_first": norm_first, "activation": activation}
    theirs = nn.TransformerDecoderLayer(
        DIM, HEADS, FFN, layer_norm_eps=1e-3, batch_first=True, dtype=torch.float64, **options
    )
    assert_same_module(
        DecoderLayer(DIM, HEADS, FFN, eps=1e-3, **options).double(),
        theirs,
        lambda layer, X, memory: layer(X, memory, memory_mask=mask),
        lambda layer, X, memory: layer(
            X, memory, tgt_mask=~causal_mask(T), memory_mask=forbidden(mask, T, S)
        ),
        [random(B, T, DIM), random(B, S, DIM, seed=1)],
        prefix="decoder.",
    )


def torch_transformer(*, norm_first):
    """Return torch's model; after the last layer it normalizes once more, which a post-norm one need not."""
    theirs = nn.Transformer(
        DIM, HEADS, 2, 2, FFN, dropout=0.0, norm_first=norm_first, batch_first=True, dtype=torch.float64
    )
    if not norm_first:
        theirs.encoder.norm = theirs.decoder.norm = None
    return draw_parameters(theirs)


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("padded", ["nowhere", "right and left", "a whole text"])
@pytest.mark.parametrize("positions", ["sinusoidal", "learned"])
def test_the_transformer_is_torch_s_between_embedding_and_logits(positions, padded, norm_first):
    options = {"dim": DIM, "num_heads": HEADS, "num_layers": 2, "ffn_dim": FFN, "dropout": 0.0}
    ours = Transformer(11, 13, norm_first=norm_first, positions=positions, max_length=S, **options).double()
    theirs = torch_transformer(norm_first=norm_first)
    missing, left_over = ours.load_state_dict(in_our_names(theirs.state_dict()), strict=False)
    assert not left_over and all("embedding" in name or "head" in name for name in missing)
    source, target = random(B, S).abs().mul(5).long() % 11, random(B, T, seed=1).abs().mul(5).long() % 13
    keep = KEEP.clone()
    keep[2] &= padded != "a whole text"
    keep = None if padded == "nowhere" else keep
    no = None if keep is None else ~keep

    def reference():
        vectors = ours.encoder.embedding(source), ours.decoder.embedding(target)
        options = {"tgt_mask": ~causal_mask(T), "src_key_padding_mask": no, "memory_key_padding_mask": no}
        return ours.decoder.head(theirs(*vectors, **options))

    logits, wanted = ours(source, target, keep), reference()
    assert_equal(logits, wanted)
    wish = random(*logits.shape, seed=3)
    (logits * wish).sum().backward()
    grads = {name: parameter.grad.clone() for name, parameter in ours.named_parameters()}
    ours.zero_grad()
    (wanted * wish).sum().backward()
    shared = {name: p.grad for name, p in ours.named_parameters() if p.grad is not None}
    their_grads = in_our_names({name: p.grad for name, p in theirs.named_parameters()})
    assert grads.keys() == {**shared, **their_grads}.keys()
    for name, grad in {**shared, **their_grads}.items():
        assert_equal(grads[name], grad)


@pytest.mark.parametrize("lengths", [None, [6, 3, 1]])
def test_d2l_s_attention(lengths):
    theirs = d2l.MultiHeadAttention(DIM, HEADS, 0.0, bias=True).double()
    queries, keys, values = random(B, T, DIM), random(B, S, DIM, seed=1), random(B, S, DIM, seed=2)
    lengths = None if lengths is None else torch.tensor(lengths)
    theirs(queries, keys, values, lengths)  # its layers are made at the first call
    names = {"W_q": "query", "W_k": "key", "W_v": "value", "W_o": "out"}
    ours = MultiHeadAttention(DIM, HEADS, fused=False).double()
    ours.load_state_dict(
        {names[name[:3]] + name[3:]: v for name, v in draw_parameters(theirs).state_dict().items()}
    )
    mask = None if lengths is None else (torch.arange(S) < lengths[:, None])[:, None]
    assert_equal(ours(queries, keys, values, mask=mask), theirs(queries, keys, values, lengths))
    assert_equal(ours.weights.flatten(0, 1), theirs.attention.attention_weights)


def test_d2l_s_positions_and_hugging_face_s_rotary():
    ours = sinusoidal_positions(50, 12)
    torch.testing.assert_close(ours, d2l.PositionalEncoding(12, 0.0).P[0, :50], rtol=1e-5, atol=1e-5)
    X = random(2, 7, 3, 8)  # (batch, seq, heads, size), as it wants them
    phases = torch.arange(7)[:, None] * 10_000 ** -(torch.arange(0, 8, 2).double() / 8)  # (7, 4)
    theirs = apply_rotary_pos_emb(X, phases.sin()[None], phases.cos()[None])
    assert_equal(rotary(X.transpose(1, 2)).transpose(1, 2), theirs)


def test_fused_and_explicit_transformers_are_equal():
    model = draw_parameters(Transformer(11, 13, dim=8, num_heads=2, num_layers=2, ffn_dim=20)).double().eval()
    source, target, keep = torch.arange(6).expand(3, 6), torch.arange(4).expand(3, 4), KEEP
    fused = model(source, target, keep)
    set_fused(model, False)
    assert_equal(model(source, target, keep), fused)
