"""Kill training again and again, and compare where it ends: python tests/train/kill_and_resume.py [ROUNDS]

Every round kills one run three times with SIGKILL, lets it finish, and compares all that it ends with
(parameters, optimizer, curves, random generators) with the run that was never killed, bit for bit. A kill
falls at a random time, or into the writing of the checkpoint: with half of the file written, with all of
it written but not moved, or just after the move. POSIX only, since it forks.
"""

import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

import d2lmodels.checkpoint
from d2lmodels.train import fit

NUM_EPOCHS = 6
MOMENTS = ("time", "half written", "before the move", "after the move")


class Augmented(Dataset):
    """Rows to which three random generators add their noise."""

    X = torch.linspace(-1, 1, 64 * 8).reshape(64, 8)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, index):
        noise = random.random() + np.random.rand() + torch.rand(8)  # noqa: NPY002 (the global generator)
        return {"X": self.X[index] + 0.1 * noise.float(), "y": index % 2}


def loss_fn(model, batch):
    logits = model(batch["X"])
    loss = nn.functional.cross_entropy(logits, batch["y"])
    return loss, {"accuracy": (logits.argmax(1) == batch["y"]).float().mean()}


def evaluate(model):
    """Score noisy data, so that evaluation draws random numbers too."""
    logits = model(Augmented.X + 0.1 * torch.randn(64, 8))
    return {"loss": nn.functional.cross_entropy(logits, torch.arange(64) % 2).item()}


def train(path) -> str:
    """Train from the start or from the checkpoint, and return a hash of everything at the end."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.Dropout(0.3), nn.Linear(32, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=8 * NUM_EPOCHS)
    loader = DataLoader(Augmented(), batch_size=8, shuffle=True, generator=torch.Generator())
    history = fit(
        model, loss_fn, loader, optimizer=optimizer, num_epochs=NUM_EPOCHS, evaluate=evaluate,
        scheduler=scheduler, checkpoint=path, best="-loss", seed=1, device="cpu", progress=False,
    )  # fmt: skip
    tensors = [*model.state_dict().values(), torch.get_rng_state(), loader.generator.get_state()]
    for state in optimizer.state.values():
        tensors += state.values()
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().numpy().tobytes())
    digest.update(repr((history.steps, history.epochs, history.epoch_ends)).encode())
    digest.update(repr((random.getstate(), np.random.get_state()[1].tolist())).encode())  # noqa: NPY002
    return digest.hexdigest()


def kill_at(moment, write) -> None:
    """Let this process kill itself at a moment of its `write`-th checkpoint."""
    written, real_save, real_replace = 0, d2lmodels.checkpoint.safetensors.torch.save_file, Path.replace

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def save_file(tensors, path, metadata):
        nonlocal written
        written += 1
        real_save(tensors, path, metadata)
        if written == write and moment == "half written":
            os.truncate(path, Path(path).stat().st_size // 2)
            die()

    def replace(path, target):
        if written == write and moment == "before the move":
            die()
        real_replace(path, target)
        if written == write and moment == "after the move":
            die()

    d2lmodels.checkpoint.safetensors.torch.save_file = save_file
    Path.replace = replace


def run_killed(path, dice, seconds) -> str:
    """Train in a process of its own and kill it; return at which moment."""
    moment = dice.choice(MOMENTS)
    write, delay = dice.randint(1, 2), dice.uniform(0, seconds)
    if child := os.fork():
        if moment == "time":
            time.sleep(delay)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return moment if os.WIFSIGNALED(status) else "never"
    try:
        kill_at(moment, write)
        train(path)
    finally:
        os._exit(0)


def finish(path) -> str:
    """Train to the end in a process of its own, and return the hash."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader) as file:
            digest = file.read()
        os.wait()
        return digest
    try:
        os.write(writer, train(path).encode())
    finally:
        os._exit(0)


def main(rounds) -> int:
    """Return how many rounds ended with other bits."""
    torch.set_num_threads(1)
    dice, failures, kills = random.Random(0), 0, dict.fromkeys((*MOMENTS, "never"), 0)
    wanted, start = train(None), time.perf_counter()  # in this process: the children inherit its imports
    if finish(None) != wanted:
        sys.exit("two runs without a kill differ already")
    seconds = time.perf_counter() - start
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.safetensors"
            for _ in range(3):
                kills[run_killed(path, dice, seconds)] += 1
            ends = finish(path), finish(path)  # the second call finds a finished run
            failures += ends != (wanted, wanted) or [*path.parent.iterdir()] != [path]
    print(f"{rounds} rounds, {failures} failures; kills: {kills}")
    return failures


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100) > 0)
