"""A small BERT, pre-trained on 96 articles of Wikipedia: two layers of 128 numbers, a vocabulary of 4,000.

Writes the checkpoint that the chapter on BERT loads, in float16, and scores it as loaded: hidden tokens and
next sentences of 10 other articles, beside guesses by counting. A killed run goes on from its last 250 steps.
`python recipes/bert.py`; several processes share each batch: `torchrun --nproc-per-node=4 recipes/bert.py`.
"""

import zlib
from pathlib import Path
from tempfile import gettempdir

import parallel
import rows
import torch
from bert_texts import PairLoader, Texts, held_out, interval, overlap_baselines, token_baselines

from d2lmodels import checkpoint, train
from d2lmodels.language.bert import BertConfig
from d2lmodels.language.mlm import IGNORED, BertForPreTraining, look_for_alike
from d2lmodels.optim import AdamW, Schedule
from d2lmodels.optim.schedules import cosine

SIZES = ("vocab_size", "dim", "num_heads", "num_layers", "max_length", "std")
EVERY = 250  # steps in an epoch, after which a run that is killed can go on
USUAL = {
    "vocab_size": 4_000,
    "dim": 128,
    "num_heads": 4,
    "num_layers": 2,
    "max_length": 64,
    "std": 0.08,
    "articles": 106,
    "batch_size": 64,
    "alike": True,  # tokens look at their like from the start
    "phases": [
        # exchanged: how many pairs of a batch come once more with their tokens exchanged
        {"steps": 5_000, "lr": 2e-3, "warmup": 0.4, "exchanged": 32},
        {"steps": 3_500, "lr": 1.5e-3, "warmup": 0.1, "exchanged": 0},
    ],
}
PLAIN = {"alike": False, "phases": [{"steps": 6_000, "lr": 2e-3, "warmup": 0.1, "exchanged": 0}]}
CONFIGURATIONS = [USUAL, USUAL | PLAIN]
SMALL = {"vocab_size": 800, "dim": 32, "articles": 20, "batch_size": 16}
SMOKE = USUAL | SMALL | {"phases": [phase | {"steps": 15, "exchanged": 8} for phase in USUAL["phases"]]}
WEIGHTS = rows.RESULTS.parent / "checkpoints"
PARTS = Path(gettempdir())


def network(config, *, dropout=0.0):
    """Return the model of a configuration."""
    dim = config["dim"]
    sizes = {name: config[name] for name in SIZES}
    return BertForPreTraining(BertConfig(**sizes, ffn_dim=4 * dim, dropout=dropout))


def loss_of(model, batch):
    """Return BERT's loss of a batch, of which this process computes its share."""
    mine = parallel.share(batch)
    hidden, pooled = model.bert(mine["ids"], mine["segments"], mine["mask"])
    of_tokens, of_next = model.losses(hidden, pooled, mine["labels"], mine["is_next"])
    chosen, all_chosen = ((part["labels"] != IGNORED).sum() for part in (mine, batch))
    world = parallel.place()[1]  # the mean over the processes is then the mean over the whole batch
    of_tokens = parallel.averaged(of_tokens * world * chosen / all_chosen.clamp(min=1))
    of_next = parallel.averaged(of_next * world * len(pooled) / len(batch["ids"]))
    return of_tokens + of_next, {"tokens": of_tokens.detach(), "next": of_next.detach()}


def fit(model, texts, config, phase, seed, **options):
    """Train with AdamW at a rate that rises and then falls as a cosine; options: of `train.fit`."""
    steps = phase["steps"]
    epochs = max(1, steps // EVERY)
    if steps % epochs:
        raise ValueError(f"steps must be at most {EVERY}, or a multiple of it, got {steps}")
    optimizer = AdamW(model.parameters(), lr=phase["lr"], weight_decay=0.01)
    sizes = (steps // epochs, config["batch_size"], config["max_length"])
    with parallel.average_gradients(model):
        return train.fit(
            model,
            loss_of,
            PairLoader(texts, *sizes, exchanged=phase["exchanged"]),
            optimizer=optimizer,
            num_epochs=epochs,
            scheduler=Schedule(optimizer, cosine(steps, warmup=round(phase["warmup"] * steps))),
            max_norm=1.0,
            seed=seed,
            progress=False,
            **options,
        )


@torch.no_grad()
def told(model, batches):
    """Return which hidden tokens ("masked") and which pairs ("next") the model tells rightly.

    Of pairs it reads all tokens, as the guesses do that it is compared with.
    """
    model.eval()
    right = {"masked": [], "next": []}
    for batch in batches:
        names = ("ids", "true_ids", "segments", "mask")
        ids, true_ids, *inputs = (batch[name].to(model.bias.device) for name in names)
        token_logits, next_logits = model(ids, *inputs)[0].cpu(), model(true_ids, *inputs)[1].cpu()
        chosen = batch["labels"] != IGNORED
        right["masked"].append(token_logits[chosen].argmax(-1) == batch["labels"][chosen])
        right["next"].append((next_logits.argmax(-1) == 0) == batch["is_next"])
    return {name: torch.cat(parts).double() for name, parts in right.items()}


def scores(model, texts, config, losses):
    """Return which shares of test tokens and pairs are told rightly, by the model and by baselines.

    With 95 % intervals, also of the lead over the better count of shared words, on the same pairs; and the
    last losses.
    """
    batches = held_out(texts, config["max_length"])
    right = told(model, batches)
    numbers = token_baselines(texts, batches)
    for name, hits in right.items():
        low, high = interval(hits.mean().item(), len(hits))
        numbers |= {name: hits.mean(), f"num_{name}": len(hits), f"{name}_low": low, f"{name}_high": high}
    numbers["always_next"] = torch.cat([batch["is_next"] for batch in batches]).double().mean()
    overlaps = overlap_baselines(texts, config["max_length"], batches)
    numbers |= {name: hits.mean() for name, hits in overlaps.items()}
    lead = right["next"] - overlaps["weighted_overlap"]
    error = 1.96 * lead.std() / len(lead) ** 0.5
    numbers |= {"lead_low": lead.mean() - error, "lead_high": lead.mean() + error}
    last = {name: values[-max(1, len(values) // 10) :] for name, values in losses.items()}
    numbers |= {f"loss_{name}": sum(values) / len(values) for name, values in last.items()}
    return {name: round(float(number), 6) for name, number in numbers.items()}


def train_one(config, seed):
    """Return what `scores` says of the weights as they are stored."""
    torch.manual_seed(seed)
    texts = Texts(config["vocab_size"], config["articles"])
    model = network(config)
    if config["alike"]:
        look_for_alike(model.bert)
    name = f"bert_{zlib.crc32(rows.key(config, seed, smoke=False).encode()):08x}"
    parts = []
    for number, phase in enumerate(config["phases"]):
        parts.append(parallel.checkpoint_path(PARTS / f"{name}_{number}"))
        history = fit(model, texts, config, phase, seed + number, checkpoint=parts[-1])
    for part in parts:
        part.unlink()
    if parallel.place()[0] == 0:
        kept = config == USUAL and seed == 0
        path = (WEIGHTS if kept else PARTS) / "bert.safetensors"
        pairs = torch.tensor(list(texts.tokenizer.ids), dtype=torch.int16)
        tree = {"config": config, "pairs": pairs, "model": model.state_dict()}
        checkpoint.save(path, tree, dtype=torch.float16)
        model.load_state_dict(checkpoint.load(path)["model"])
    return scores(model, texts, config, history.steps)


if __name__ == "__main__":
    parallel.run("bert", CONFIGURATIONS, train_one, smoke=SMOKE)
