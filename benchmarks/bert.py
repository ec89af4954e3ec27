"""A training step of BERT at the base width: padded, packed, in bfloat16, against Hugging Face's.

Two of the twelve layers, with the whole table of tokens; all layers are alike. The texts are sentences of
Wikipedia, the second one of each of 32 articles, as long as they are. A step is forward, backward and SGD
with momentum; its loss is the mean square of what comes out at the places of tokens, so that no time goes
into a head. Dropout is .1 in both while timing and off for the comparison of numbers. bfloat16 is measured
only where the processor has instructions for it: elsewhere its matrix products are a hundred times slower.
"""

import torch
import transformers
from harness import Measurement, run, threads
from networks import stepper

from d2lmodels.convert.huggingface import bert_state_dict
from d2lmodels.data.vocabularies import load_bert_vocabulary
from d2lmodels.data.wikipedia import load_wikipedia, split_sentences
from d2lmodels.language.bert import Bert, BertConfig, pad_rows
from d2lmodels.language.packed import pack_rows, packed
from d2lmodels.language.wordpiece import WordPiece

ROWS, LAYERS = 32, 2
PEER = "Hugging Face, sdpa"


def rows_of_text():
    """Token numbers of one sentence of each of `ROWS` articles."""
    tokenizer = WordPiece(load_bert_vocabulary())
    sentences = (" ".join(split_sentences(article)[1]) for article in load_wikipedia()[:ROWS])
    return [tokenizer.encode_pair(sentence)[0] for sentence in sentences]


def models():
    """Hugging Face's encoder and ours with its weights."""
    config = transformers.BertConfig(num_hidden_layers=LAYERS, attn_implementation="sdpa")  # the base width
    theirs = transformers.BertModel(config)
    ours = Bert(BertConfig(config.vocab_size, 768, 12, LAYERS, 3072, 512))
    ours.load_state_dict(bert_state_dict(theirs.state_dict()))
    return theirs, ours


def in_bfloat16(loss_fn):
    """The loss function with matrix products in bfloat16; weights stay in float32."""

    def loss(model):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return loss_fn(model)

    return loss


def assert_same_loss(theirs, their_loss, ours, our_loss, *, tolerance):
    """A function that asserts that both losses, without dropout, agree to a relative tolerance."""

    def check():
        with torch.no_grad():
            want, got = their_loss(theirs.eval()).item(), our_loss(ours.eval()).item()
        assert abs(got / want - 1) < tolerance, (want, got)

    return check


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    rows = rows_of_text()
    ids, mask = pad_rows(rows)
    row, lengths = pack_rows(rows)
    theirs, ours = models()

    def their_loss(model):
        hidden = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        return hidden[mask].float().square().mean()

    def padded_loss(model):
        return model(ids, mask=mask)[0][mask].float().square().mean()

    def packed_loss(model):
        return packed(model, row, lengths)[0].float().square().mean()

    detail = f"{LAYERS} layers of 768, {ROWS} texts, {len(row):,} tokens, {ids.numel():,} with padding, "
    arms = [
        ("training step, padded", padded_loss, their_loss, 0.97),
        ("training step, packed", packed_loss, their_loss, None),
    ]
    half = [
        ("training step, padded, bfloat16", in_bfloat16(padded_loss), their_loss, None),
        ("training step, packed, bfloat16", in_bfloat16(packed_loss), their_loss, 3.0),
        ("training step, padded, bfloat16", in_bfloat16(padded_loss), in_bfloat16(their_loss), None),
        ("training step, packed, bfloat16", in_bfloat16(packed_loss), in_bfloat16(their_loss), None),
    ]
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        arms += half
    steps = {}
    for what, our_loss, peer_loss, goal in arms:
        exact = our_loss in (padded_loss, packed_loss)
        peer_half = peer_loss is not their_loss
        steps.setdefault(peer_half, stepper(theirs, peer_loss))
        yield Measurement(
            what=what,
            detail=detail + ("float32" if exact else "ours in bfloat16 under autocast"),
            peer_name=f"{PEER}, {'bfloat16' if peer_half else 'float32'}",
            peer=steps[peer_half],
            ours=stepper(ours, our_loss),
            assert_equal=assert_same_loss(
                theirs, their_loss, ours, our_loss, tolerance=1e-4 if exact else 0.02
            ),
            goal=goal,
        )


if __name__ == "__main__":
    run("bert", measurements, packages=["torch", "transformers"])
