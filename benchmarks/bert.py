"""A training step of BERT at the base width: padded, packed, in bfloat16, against Hugging Face's.

Two of the twelve layers, with the whole table of tokens; all layers are alike. The texts are sentences of
Wikipedia, the second one of each of 32 articles, as long as they are. A step is forward, backward and SGD
with momentum; its loss is the mean square of what comes out at the places of tokens, so that no time goes
into a head. Dropout is .1 in both while timing and off for the comparison of numbers. Where the processor has
no instructions for bfloat16, its products of matrices take up to a hundred times as long; there two texts do.
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
FEW = 2  # texts, for bfloat16 without instructions
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


def losses(rows):
    """Hugging Face's loss of the texts and ours, padded and packed, and a line about the texts."""
    ids, mask = pad_rows(rows)
    row, lengths = pack_rows(rows)

    def their_loss(model):
        hidden = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        return hidden[mask].float().square().mean()

    def padded_loss(model):
        return model(ids, mask=mask)[0][mask].float().square().mean()

    def packed_loss(model):
        return packed(model, row, lengths)[0].float().square().mean()

    detail = f"{LAYERS} layers of 768, {len(rows)} texts, {len(row):,} tokens, {ids.numel():,} with padding, "
    return their_loss, padded_loss, packed_loss, detail


def measurements():
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    rows = rows_of_text()
    theirs, ours = models()
    their_loss, padded_loss, packed_loss, detail = losses(rows)
    for what, our_loss, goal in (("padded", padded_loss, 0.97), ("packed", packed_loss, None)):
        yield Measurement(
            what=f"training step, {what}",
            detail=detail + "float32",
            peer_name=f"{PEER}, float32",
            peer=stepper(theirs, their_loss),
            ours=stepper(ours, our_loss),
            assert_equal=assert_same_loss(theirs, their_loss, ours, our_loss, tolerance=1e-4),
            goal=goal,
        )
    instructions = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    their_loss, padded_loss, packed_loss, detail = losses(rows if instructions else rows[:FEW])
    detail += f"ours in bfloat16, {'with' if instructions else 'without'} instructions for it"
    for peer_half in (False, True):
        peer_loss = in_bfloat16(their_loss) if peer_half else their_loss
        for what, our_loss in (("padded", in_bfloat16(padded_loss)), ("packed", in_bfloat16(packed_loss))):
            yield Measurement(
                what=f"training step, {what}, bfloat16",
                detail=detail,
                peer_name=f"{PEER}, {'bfloat16' if peer_half else 'float32'}",
                peer=stepper(theirs, peer_loss),
                ours=stepper(ours, our_loss),
                assert_equal=assert_same_loss(theirs, peer_loss, ours, our_loss, tolerance=0.02),
                goal=3.0 if instructions and what == "packed" and not peer_half else None,
            )


if __name__ == "__main__":
    run("bert", measurements, packages=["torch", "transformers"])
