"""A small BERT, pre-trained on 96 articles of Wikipedia: two layers of 128 numbers, a vocabulary of 4,000.

Writes the checkpoint that the chapter on BERT loads, in float16, and scores it as loaded: hidden tokens and
next sentences of 10 other articles, beside guesses by counting. A killed run goes on from its last 250 steps.
`python recipes/bert.py`; several processes share each batch: `torchrun --nproc-per-node=4 recipes/bert.py`.
"""

import contextlib
import functools
from pathlib import Path
from tempfile import gettempdir

import parallel
import rows
import torch
from bert_texts import PairLoader, Texts, held_out, interval, overlap_baselines, token_baselines

from d2lmodels import checkpoint, train
from d2lmodels.language.bert import BertConfig
from d2lmodels.language.mlm import IGNORED, BertForPreTraining
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
    "lr": 2e-3,
    "steps": 6_000,
}
CONFIGURATIONS = [USUAL]
SMOKE = USUAL | {"vocab_size": 800, "dim": 32, "articles": 20, "batch_size": 16, "steps": 30}
WEIGHTS = rows.RESULTS.parent / "checkpoints"
PARTS = Path(gettempdir())


def network(config, *, dropout=0.0):
    """Return the model of a configuration."""
    dim = config["dim"]
    sizes = {name: config[name] for name in SIZES}
    return BertForPreTraining(BertConfig(**sizes, ffn_dim=4 * dim, dropout=dropout))


def loss_of(model, batch, *, dtype=None):
    """Return BERT's loss of a batch, of which this process computes its share; dtype: of the forward pass."""
    mine = parallel.share(batch)
    with torch.autocast(mine["ids"].device.type, dtype) if dtype else contextlib.nullcontext():
        hidden, pooled = model.bert(mine["ids"], mine["segments"], mine["mask"])
        of_tokens, of_next = model.losses(hidden, pooled, mine["labels"], mine["is_next"])
    chosen, all_chosen = ((part["labels"] != IGNORED).sum() for part in (mine, batch))
    world = parallel.place()[1]  # the mean over the processes is then the mean over the whole batch
    of_tokens = parallel.averaged(of_tokens * world * chosen / all_chosen.clamp(min=1))
    of_next = parallel.averaged(of_next * world * len(pooled) / len(batch["ids"]))
    return of_tokens + of_next, {"tokens": of_tokens.detach(), "next": of_next.detach()}


def fit(model, texts, config, seed, *, dtype=None, **options):
    """Train with AdamW at a rate that rises for a tenth of the steps and falls as a cosine.

    dtype: of the forward pass, float32 unless given. options: of `train.fit`.
    """
    epochs = max(1, config["steps"] // EVERY)
    if config["steps"] % epochs:
        raise ValueError(f"steps must be at most {EVERY}, or a multiple of it, got {config['steps']}")
    parallel.average_gradients(model)
    optimizer = AdamW(model.parameters(), lr=config["lr"], weight_decay=0.01)
    return train.fit(
        model,
        functools.partial(loss_of, dtype=dtype),
        PairLoader(texts, config["steps"] // epochs, config["batch_size"], config["max_length"]),
        optimizer=optimizer,
        num_epochs=epochs,
        scheduler=Schedule(optimizer, cosine(config["steps"], warmup=config["steps"] // 10)),
        max_norm=1.0,
        seed=seed,
        progress=False,
        **options,
    )


@torch.no_grad()
def score(model, batches):
    """Return which shares of hidden tokens and of pairs the model tells rightly, and how many there are."""
    model.eval()
    right = {"masked": 0, "next": 0}
    counts = {"num_masked": 0, "num_next": 0}
    for batch in batches:
        inputs = [batch[name].to(model.bias.device) for name in ("ids", "segments", "mask")]
        token_logits, next_logits = model(*inputs)
        right["masked"] += int((token_logits.argmax(-1).cpu() == batch["labels"]).sum())
        right["next"] += int(((next_logits.argmax(-1) == 0).cpu() == batch["is_next"]).sum())
        counts["num_masked"] += int((batch["labels"] != IGNORED).sum())
        counts["num_next"] += len(batch["ids"])
    return {name: number / counts[f"num_{name}"] for name, number in right.items()} | counts


def scores(model, texts, config, losses):
    """Return what `score` says on test pairs, with 95 % intervals, baselines, and the last losses."""
    batches = held_out(texts, config["max_length"])
    numbers = score(model, batches) | token_baselines(texts, batches)
    for name in ("masked", "next"):
        low, high = interval(float(numbers[name]), float(numbers[f"num_{name}"]))
        numbers |= {f"{name}_low": low, f"{name}_high": high}
    numbers["always_next"] = sum(batch["is_next"].sum() for batch in batches) / numbers["num_next"]
    numbers |= overlap_baselines(texts, config["max_length"], batches)
    last = {name: values[-max(1, len(values) // 10) :] for name, values in losses.items()}
    numbers |= {f"loss_{name}": sum(values) / len(values) for name, values in last.items()}
    return {name: round(float(number), 6) for name, number in numbers.items()}


def train_one(config, seed):
    """Return what `scores` says of the weights as they are stored."""
    torch.manual_seed(seed)
    texts = Texts(config["vocab_size"], config["articles"])
    model = network(config)
    part = parallel.checkpoint_path(PARTS / f"bert_{config['vocab_size']}_{config['steps']}_{seed}")
    history = fit(model, texts, config, seed, dtype=torch.bfloat16, checkpoint=part)
    part.unlink()
    if parallel.place()[0] == 0:
        kept = config in CONFIGURATIONS and seed == 0
        path = (WEIGHTS if kept else PARTS) / "bert.safetensors"
        pairs = torch.tensor(list(texts.tokenizer.ids), dtype=torch.int16)
        tree = {"config": config, "pairs": pairs, "model": model.state_dict()}
        checkpoint.save(path, tree, dtype=torch.float16)
        model.load_state_dict(checkpoint.load(path)["model"])
    return scores(model, texts, config, history.steps)


if __name__ == "__main__":
    parallel.run("bert", CONFIGURATIONS, train_one, smoke=SMOKE)
