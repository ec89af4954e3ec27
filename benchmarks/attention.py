"""Attention against torch's layer, our fused against our explicit path, and writing with a cache or without.

Writing is greedy: one id after another, no beam search. Marian is Hugging Face's translator with the same
numbers of layers, heads and parameters up to 3 %; its weights are its own, so equal means the shape of what
both write, and everywhere else the same numbers.
"""

import torch
from harness import Measurement, run, threads
from torch import nn
from transformers import MarianConfig, MarianMTModel

from d2lmodels.nn.attention import MultiHeadAttention, causal_mask
from d2lmodels.nn.transformer import Transformer

BATCH, LENGTH, DIM, HEADS = 8, 128, 768, 12
LONG = 1024
VOCAB, SOURCE, WRITTEN = 8000, 32, 128
START, END = 1, 2


def trained(layer, X, call):
    """A function that runs the layer forwards and backwards; it returns the output and X's gradient."""

    def step():
        layer.zero_grad()
        X.grad = None
        Y = call(layer, X)
        Y.square().mean().backward()
        return Y.detach(), X.grad

    return step


def assert_same(first, second):
    """A function that asserts that two functions return the same tensors, to rounding in float32."""

    def check():
        for a, b in zip(first(), second(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4 * b.abs().max().item())

    return check


def with_weights_of(torchs):
    """Our layer with the weights of torch's, which keeps three matrices in one."""
    ours = MultiHeadAttention(DIM, HEADS)
    with torch.no_grad():
        for layer, W, b in zip(
            (ours.query, ours.key, ours.value), torchs.in_proj_weight.chunk(3), torchs.in_proj_bias.chunk(3)
        ):
            layer.weight.copy_(W)
            layer.bias.copy_(b)
        ours.out.load_state_dict(torchs.out_proj.state_dict())
    return ours


def against_torch():
    torchs = nn.MultiheadAttention(DIM, HEADS, batch_first=True)
    ours = with_weights_of(torchs)
    X = torch.randn(BATCH, LENGTH, DIM, requires_grad=True)
    keep = torch.arange(LENGTH) < torch.linspace(LENGTH / 4, LENGTH, BATCH)[:, None]
    peer = trained(
        torchs, X, lambda layer, X: layer(X, X, X, key_padding_mask=~keep, need_weights=False)[0][keep]
    )
    step = trained(ours, X, lambda layer, X: layer(X, mask=keep[:, None])[keep])
    yield Measurement(
        what="forward and backward, padded batch",
        detail=f"batch {BATCH}, {LENGTH} positions, {DIM} numbers, {HEADS} heads, float32",
        peer_name="torch.nn.MultiheadAttention",
        peer=peer,
        ours=step,
        assert_equal=assert_same(peer, step),
        goal=1.0,
    )


def fused_against_explicit():
    explicit = MultiHeadAttention(DIM, HEADS, fused=False)
    fused = MultiHeadAttention(DIM, HEADS)
    fused.load_state_dict(explicit.state_dict())
    X = torch.randn(1, LONG, DIM, requires_grad=True)
    mask = causal_mask(LONG)
    peer, step = (trained(layer, X, lambda layer, X: layer(X, mask=mask)) for layer in (explicit, fused))
    yield Measurement(
        what=f"forward and backward, {LONG:,} positions",
        detail=f"one text, causal mask, {DIM} numbers, {HEADS} heads, float32",
        peer_name="ours, explicit",
        peer=peer,
        ours=step,
        assert_equal=assert_same(peer, step),
    )


def writers():
    ours = Transformer(VOCAB, VOCAB, dim=256, num_heads=4, num_layers=3, ffn_dim=1024).eval()
    config = MarianConfig(
        vocab_size=VOCAB,
        d_model=256,
        **{f"{part}_layers": 3 for part in ("encoder", "decoder")},
        **{f"{part}_attention_heads": 4 for part in ("encoder", "decoder")},
        **{f"{part}_ffn_dim": 1024 for part in ("encoder", "decoder")},
        share_encoder_decoder_embeddings=False,
        tie_word_embeddings=False,
        decoder_vocab_size=VOCAB,
        pad_token_id=0,
        decoder_start_token_id=START,
        eos_token_id=END,
        forced_eos_token_id=None,
    )
    marian = MarianMTModel(config).eval()
    millions = [
        sum(p.numel() for p in model.parameters() if p.requires_grad) / 1e6 for model in (ours, marian)
    ]
    assert abs(millions[0] / millions[1] - 1) < 0.03, millions
    with torch.no_grad():
        ours.decoder.head.bias[END] = -1e4  # so that every row has WRITTEN ids
    source = torch.randint(3, VOCAB, (BATCH, SOURCE))
    options = {"start": START, "end": END, "max_length": WRITTEN}
    detail = f"batch {BATCH}, {WRITTEN} ids, 3 + 3 layers, {millions[0]:.1f} M parameters, float32"

    def cached():
        return ours.generate(source, **options)

    def uncached():
        return ours.generate(source, cached=False, **options)

    def theirs():
        with torch.no_grad():
            written = marian.generate(
                source,
                attention_mask=torch.ones_like(source),
                do_sample=False,
                num_beams=1,
                min_new_tokens=WRITTEN,
                max_new_tokens=WRITTEN,
            )
        return written[:, 1:]

    def assert_equal():
        assert cached().shape == (BATCH, WRITTEN) and torch.equal(cached(), uncached())

    def assert_shape():
        assert cached().shape == theirs().shape

    yield Measurement(
        what="writing with a cache",
        detail=detail,
        peer_name="ours, no cache",
        peer=uncached,
        ours=cached,
        assert_equal=assert_equal,
    )
    yield Measurement(
        what="writing with a cache",
        detail=f"{detail}; Marian {millions[1]:.1f} M",
        peer_name="Hugging Face's Marian, cached",
        peer=theirs,
        ours=cached,
        assert_equal=assert_shape,
        goal=1.0,
    )


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    yield from against_torch()
    yield from fused_against_explicit()
    yield from writers()


if __name__ == "__main__":
    run("attention", measurements, packages=["torch", "transformers"])
