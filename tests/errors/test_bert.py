"""Mistakes with BERT end in errors that say what was wrong, got and wanted."""

import dataclasses

import pytest
import torch

from d2lmodels.convert.huggingface import (
    bert_state_dict,
    pretraining_state_dict,
    sentence_vectors,
    to_bert_state_dict,
    to_pretraining_state_dict,
)
from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.language.mlm import BertForPreTraining, mask_tokens, sentence_pairs
from d2lmodels.language.packed import pack_rows, packed
from d2lmodels.language.wordpiece import WordPiece
from d2lmodels.vision.lenet import LeNet

CONFIG = BertConfig(vocab_size=20, dim=12, num_heads=3, num_layers=2, ffn_dim=16, max_length=6)
BERT = Bert(CONFIG).eval()
MODEL = BertForPreTraining(CONFIG).eval()
IDS = torch.tensor([[1, 5, 2], [1, 2, 0]])
ROW = torch.tensor([1, 5, 2, 1, 2])
STATE = to_bert_state_dict(BERT.state_dict())
PRE_STATE = to_pretraining_state_dict(MODEL.state_dict())


def config(**changes):
    return dataclasses.replace(CONFIG, **changes)


def mask(ids=IDS, **changes):
    options = {"vocab_size": 20, "mask_id": 3, "special_ids": [0, 1, 2]} | changes
    return mask_tokens(ids, **options)


def pairs(documents, max_length=10):
    return list(
        sentence_pairs(documents, max_length=max_length, cls_id=1, sep_id=2, generator=torch.Generator())
    )


def losses(labels=IDS, is_next=(True, False)):
    is_next = torch.tensor(is_next) if isinstance(is_next, tuple) else is_next
    return MODEL.losses(*MODEL.bert(IDS), labels, is_next)


def without(name):
    return {key: tensor for key, tensor in STATE.items() if key != name}


BAD = [
    # sizes
    (lambda: config(vocab_size=0), ValueError, "vocab_size must be a whole number from 1 up, got 0"),
    (lambda: config(num_layers=2.0), ValueError, r"num_layers must be a whole number .* got 2\.0"),
    (lambda: config(max_length=True), ValueError, "max_length must be a whole number .* got True"),
    (lambda: config(num_segments=-1), ValueError, "num_segments must be a whole number .* got -1"),
    (lambda: config(num_heads=5), ValueError, "dim must be a multiple of num_heads, 5, got 12"),
    (lambda: Bert(config(activation="tanh")), ValueError, "activation must be 'relu' or 'gelu', got 'tanh'"),
    (lambda: Bert(config(dropout=1.5)), ValueError, "1.5"),
    # ids
    (lambda: BERT(IDS + 18), ValueError, r"ids must lie in 0…19, got 23$"),
    (lambda: BERT(IDS - 1), ValueError, r"ids must lie in 0…19, got -1$"),
    (lambda: BERT(IDS.float()), TypeError, "ids must be a tensor of whole numbers, .* got torch.float32"),
    (lambda: BERT(IDS > 0), TypeError, "ids must be a tensor of whole numbers, .* got torch.bool"),
    (lambda: BERT([[1, 2]]), TypeError, "ids must be a tensor of whole numbers, .* got list"),
    (lambda: BERT(IDS[0]), ValueError, r"ids must be \(batch, seq\), .* got shape \(3,\)"),
    (lambda: BERT(IDS[:, :0]), ValueError, r"neither of them 0, got shape \(2, 0\)"),
    (lambda: BERT(IDS.repeat(1, 3)), ValueError, "ids must be at most max_length=6 tokens long, got 9"),
    # segments
    (lambda: BERT(IDS, IDS), ValueError, r"segments must lie in 0…1, got 5$"),
    (
        lambda: BERT(IDS, IDS[:1] * 0),
        ValueError,
        r"segments must have the shape of ids, \(2, 3\), got \(1, 3\)",
    ),
    (lambda: BERT(IDS, IDS > 0), TypeError, "segments must be a tensor of whole numbers, .* got torch.bool"),
    (lambda: packed(BERT, ROW, [3, 2], ROW * 0 + 2), ValueError, "segments must lie in 0…1, got 2"),
    (
        lambda: packed(BERT, ROW, [3, 2], ROW[:3] * 0),
        ValueError,
        r"segments must have shape \(5,\), got \(3,\)",
    ),
    # masks
    (lambda: BERT(IDS, mask=IDS), TypeError, "mask must be a boolean tensor, True for tokens .* torch.int64"),
    (lambda: BERT(IDS, mask=IDS.float()), TypeError, "mask must be a boolean tensor, .* got torch.float32"),
    (lambda: BERT(IDS, mask=[[True] * 3] * 2), TypeError, "mask must be a boolean tensor, .* got list"),
    (lambda: BERT(IDS, mask=IDS[:, :2] > 0), ValueError, r"mask must have .* \(2, 3\), got \(2, 2\)"),
    (lambda: BERT(IDS, mask=(IDS > 0)[:, None]), ValueError, r"mask must have .* got \(2, 1, 3\)"),
    (lambda: MODEL(IDS, mask=IDS), TypeError, "mask must be a boolean tensor"),
    # rows
    (lambda: pad_rows([]), ValueError, "rows must hold at least one number, got 0 empty rows"),
    (lambda: pad_rows([[], []]), ValueError, "rows must hold at least one number, got 2 empty rows"),
    (lambda: pack_rows([[1], []]), ValueError, r"rows must be .* none of them empty, got lengths \[1, 0\]"),
    (lambda: pack_rows([]), ValueError, "rows must be one or more"),
    (lambda: packed(BERT, ROW, [3, 3]), ValueError, r"lengths must .* add up to 5, got \[3, 3\]"),
    (lambda: packed(BERT, ROW, [5, 0]), ValueError, r"lengths must be 1 or more .* got \[5, 0\]"),
    (lambda: packed(BERT, IDS, [3, 3]), ValueError, r"ids must be one row of tokens, got shape \(2, 3\)"),
    (lambda: packed(BERT, [1, 2], [2]), ValueError, "ids must be one row of tokens, got list"),
    (lambda: packed(BERT, ROW + 18, [3, 2]), ValueError, "ids must lie in 0…19, got 23"),
    (lambda: packed(BERT, ROW.float(), [3, 2]), TypeError, "ids must be a tensor of whole numbers"),
    (lambda: packed(BERT, ROW.repeat(2), [7, 3]), ValueError, "lengths must be at most max_length=6, got 7"),
    # pre-training
    (lambda: mask(IDS + 15), ValueError, "ids must lie in 0…19, got 20"),
    (lambda: mask(IDS.float()), TypeError, "ids must be a tensor of whole numbers"),
    (lambda: mask(mask_id=20), ValueError, "mask_id must lie in 0…19, got 20"),
    (lambda: mask(probability=1.5), ValueError, "probability must lie in 0…1, got 1.5"),
    (lambda: mask(probability=-0.1), ValueError, "probability must lie in 0…1, got -0.1"),
    (lambda: pairs([[[5], [6]]]), ValueError, r"documents must be two or more, .* got \[2\] sentences"),
    (lambda: pairs([[[5], [6]], []]), ValueError, r"none of them empty, got \[2, 0\] sentences"),
    (lambda: pairs([[[5], [6]], [[], []]]), ValueError, r"none of them empty, got \[2, 0\] sentences"),
    (lambda: pairs([[[5], [6]], [[7]]], 4), ValueError, "max_length must be 5 or more: .* got 4"),
    (lambda: pairs([[[5], [6]], [[7]]], 9.0), ValueError, r"max_length must be 5 or more: .* got 9\.0"),
    (
        lambda: losses(labels=IDS[:1]),
        ValueError,
        r"labels must have the shape of ids, \(2, 3\), got \(1, 3\)",
    ),
    (lambda: losses(labels=IDS + 18), ValueError, "labels other than -100 must lie in 0…19, got 23"),
    (lambda: losses(labels=IDS - 2), ValueError, "labels other than -100 must lie in 0…19, got -1"),
    (lambda: losses(labels=IDS.float()), TypeError, "labels other than -100 must be .* whole numbers"),
    (lambda: losses(labels=[1]), ValueError, "labels must have the shape of ids, .* got list"),
    (lambda: losses(is_next=(1, 0)), TypeError, "is_next must be a boolean tensor, .* got torch.int64"),
    (lambda: losses(is_next=[True, False]), TypeError, "is_next must be a boolean tensor, .* got list"),
    (lambda: losses(is_next=(True,)), ValueError, r"is_next must have shape \(2,\), got \(1,\)"),
    # state dicts
    (lambda: bert_state_dict(BERT), TypeError, "state_dict must be a dictionary of tensors, got Bert"),
    (lambda: to_bert_state_dict(None), TypeError, "state_dict must be a dictionary .* got NoneType"),
    (lambda: pretraining_state_dict(MODEL), TypeError, "must be a dictionary .* got BertForPreTraining"),
    (
        lambda: bert_state_dict(without("encoder.layer.0.attention.self.key.bias")),
        ValueError,
        r"1 missing \['encoder.layer.0.attention.self.key.bias'\] and 0 unknown \[\]",
    ),
    (
        lambda: bert_state_dict(without("pooler.dense.weight") | {"head.weight": torch.zeros(1)}),
        ValueError,
        r"of a BertModel .* 1 missing \['pooler.dense.weight'\] and 1 unknown \['head.weight'\]",
    ),
    (
        lambda: bert_state_dict(LeNet().state_dict()),
        ValueError,
        r"23 missing \['embeddings.word_emb.* and 10 unknown \['features.0.w",
    ),
    (lambda: bert_state_dict(BERT.state_dict()), ValueError, r"unknown \['embeddings.tokens.weight'"),
    (
        lambda: bert_state_dict(PRE_STATE),
        ValueError,
        r"48 unknown \[.*'bert.embeddings.word_embeddings.weight'",
    ),
    (
        lambda: pretraining_state_dict(STATE),
        ValueError,
        r"missing \['bert.embeddings.word_embeddings.weight'",
    ),
    (lambda: to_bert_state_dict(STATE), ValueError, r"missing \['embeddings.tokens.weight'"),
    (
        lambda: pretraining_state_dict(PRE_STATE | {"cls.predictions.decoder.weight": torch.ones(20, 12)}),
        ValueError,
        "same numbers as bert.embeddings.word_.* and cls.predictions.decoder.weight, got others",
    ),
    # sentences
    (
        lambda: sentence_vectors(BERT, WordPiece(["[UNK]"]), "text"),
        TypeError,
        "texts must be a list of .*'text'",
    ),
    (
        lambda: sentence_vectors(BERT, WordPiece(["[UNK]"]), ["a"]),
        ValueError,
        r"must hold \[CLS\] and \[SEP\]",
    ),
]


@pytest.mark.parametrize(("mistake", "error", "message"), BAD)
def test_a_mistake_is_named(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()


def test_another_depth_is_named_by_load_state_dict():
    deep = Bert(config(num_layers=3))
    with pytest.raises(
        RuntimeError, match=r'Missing key\(s\) in state_dict: "layers.2.attention.query.weight"'
    ):
        deep.load_state_dict(bert_state_dict(STATE))
