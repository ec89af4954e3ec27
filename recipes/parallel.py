"""One row of a recipe trained by several processes at once, which hold the same model. No recipe itself.

Each process takes its share of every batch, and the gradients are averaged before each step, so that all
take the step that one process would take with the whole batch. Alone, or without `torchrun`, nothing here
does anything. `torchrun --nproc-per-node=4 recipes/bert.py`; on two machines, on each of them
`torchrun --nnodes=2 --node-rank=0 --master-addr=… --nproc-per-node=4 recipes/bert.py`, with ranks 0 and 1.
Not here: models that do not fit on one device, sums of gradients that overlap with their computation.
"""

import contextlib
import os

import rows
import torch
import torch.distributed as dist


def run(name, configurations, train_one, **options) -> None:
    """Do what `rows.run` does, each row in all processes together; the first keeps the rows and leads."""
    if "RANK" not in os.environ:
        rows.run(name, configurations, train_one, **options)
        return
    start()
    if place()[0] == 0:

        def train_together(config, seed):
            dist.broadcast_object_list([(config, seed)])
            return train_one(config, seed)

        os.environ |= {"RANK": "0", "WORLD_SIZE": "1"}  # rows.run would share the rows out
        rows.run(name, configurations, train_together, **options)
        dist.broadcast_object_list([None])
    else:
        while (row := from_first(None)) is not None:
            train_one(*row)
    dist.destroy_process_group()


def start() -> None:
    """Join the processes that torchrun has started, each with the GPU of its number if there are any."""
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def place() -> tuple[int, int]:
    """Return the number of this process, from 0, and how many there are."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def from_first(value):
    """Return what the first process has given."""
    holder = [value]
    if dist.is_initialized():
        dist.broadcast_object_list(holder)
    return holder[0]


def share(batch: dict) -> dict:
    """Return this process's rows of every tensor of a batch: all, if it is alone."""
    rank, world = place()
    return {name: tensor[rank::world] for name, tensor in batch.items()}


@contextlib.contextmanager
def average_gradients(model):
    """Inside, replace every gradient by its mean over all processes as soon as it is there."""

    def average(parameter):
        dist.all_reduce(parameter.grad)
        parameter.grad /= dist.get_world_size()

    several = model.parameters() if place()[1] > 1 else ()
    hooks = [parameter.register_post_accumulate_grad_hook(average) for parameter in several]
    yield
    for hook in hooks:
        hook.remove()


def averaged(loss):
    """Return the loss with its mean over all processes as its value, and its own gradient."""
    if place()[1] == 1:
        return loss
    mean = loss.detach().clone()
    dist.all_reduce(mean)
    return loss + (mean / place()[1] - loss.detach())


def checkpoint_path(path):
    """Return the path of this process's checkpoint, after giving it the first one's contents, or none.

    A kill may fall between two processes' writes, and then they would not go on from the same step.
    """
    path = path.with_name(f"{path.name}_{place()[0]}")
    contents = from_first(path.read_bytes() if path.exists() else None)
    if contents is None:
        path.unlink(missing_ok=True)
    elif place()[0]:
        path.write_bytes(contents)
    return path
