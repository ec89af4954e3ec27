"""What the recipes on scenes share: training for a number of steps, the loss at its end. No recipe itself."""

import contextlib

import torch

from d2lmodels import train
from d2lmodels.data.scenes import SceneLoader
from d2lmodels.optim import AdamW, Schedule
from d2lmodels.optim.schedules import cosine

MOST = 1_000  # steps in an epoch, after which a run that is killed can go on


def fit(model, loss_fn, *, steps, seed, batch_size, lr, prepare=None, dtype=None, checkpoint=None):
    """Train on new scenes with AdamW, at a rate that rises for 15 % of the steps and falls as a cosine.

    loss_fn: takes what the model gives for the images, in float32, and the scenes; returns the loss and a
    dictionary of logs. steps: up to 1,000, or a multiple of it. prepare: a function of the images, whose
    result the model takes. dtype: of the forward pass, float32 unless given. Raises ValueError for other
    numbers of steps.
    """
    epochs = max(1, steps // MOST)
    if steps > MOST and steps % MOST:
        raise ValueError(f"steps must be at most {MOST}, or a multiple of it, got {steps}")

    def loss_of(model, scenes):
        images = prepare(scenes.images) if prepare else scenes.images
        with torch.autocast(images.device.type, dtype) if dtype else contextlib.nullcontext():
            found = model(images).float()
        return loss_fn(found, scenes)

    optimizer = AdamW(model.parameters(), lr=lr, weight_decay=1e-4)
    return train.fit(
        model,
        loss_of,
        SceneLoader(steps // epochs, batch_size),
        optimizer=optimizer,
        num_epochs=epochs,
        scheduler=Schedule(optimizer, cosine(steps, warmup=steps * 3 // 20)),
        checkpoint=checkpoint,
        seed=seed,
        progress=False,
    )


def last_tenth(losses):
    """Return the mean of the last tenth of the losses."""
    last = losses[-max(1, len(losses) // 10) :]
    return sum(last) / len(last)
