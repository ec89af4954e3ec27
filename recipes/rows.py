"""What every recipe shares: a loop over configurations and seeds that keeps each finished row.

A recipe defines `train_one(config, seed) -> score`, both dicts of plain values, and ends with

    if __name__ == "__main__":
        rows.run("resnet_depth", CONFIGURATIONS, train_one, smoke=SMOKE)

`python recipes/resnet_depth.py --seeds 0 1 2 --minutes 20` goes on where it stopped: rows that are already
in d2lmodels/results/<name>.json are not run again. Under `torchrun --nproc-per-node=4 recipes/…` each
process takes every fourth row, on the GPU of its number; they add to the same file, one at a time. Not
here: one row spread over several processes (`parallel.py`), and machines that share no disk (run other
seeds on each, and join the lists).
"""

import argparse
import contextlib
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import torch

RESULTS = Path(__file__).resolve().parents[1] / "d2lmodels" / "results"


def run(name, configurations, train_one, *, smoke, folder=RESULTS, arguments=None) -> None:
    """Run the rows that are missing, print each, and write it to `<folder>/<name>.json` at once.

    Arguments: `configurations`, a list of dicts, in the order to run; `train_one(config, seed)` returns a
    dict of scores; `smoke`, a configuration of 20 seconds at most, which `--smoke` runs and `make test`
    repeats; `arguments`, the command line.

    Raises `ValueError` when D2LMODELS_STEPS or D2LMODELS_SEED is set: the row would not be what it says.
    """
    options = _options(arguments)
    for variable in ("D2LMODELS_STEPS", "D2LMODELS_SEED"):
        if os.environ.get(variable):
            raise ValueError(f"{variable} is set, which changes what a row means; unset it")
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
    path, start, longest = Path(folder) / f"{name}.json", time.monotonic(), 0.0
    wanted = [(config, seed) for seed in options.seeds for config in configurations]
    if options.smoke:
        wanted = [(smoke, options.seeds[0])]
    done = finished(path)
    missing = [row for row in wanted[rank::world] if key(*row, options.smoke) not in done]
    for count, (config, seed) in enumerate(missing):
        if count and time.monotonic() - start + longest > 60 * options.minutes:
            print(f"{name}: {count} rows done, {len(missing) - count} left; the same command goes on")
            return
        began = time.monotonic()
        score = train_one(config, seed)
        longest = max(longest, time.monotonic() - began)
        row = {"recipe": name, "config": config, "seed": seed, "smoke": options.smoke, "score": score}
        row |= {"seconds": round(time.monotonic() - began, 1)}
        row |= {"hardware": hardware(), "versions": versions()}
        add(path, row)
        print(json.dumps(row), flush=True)
    print(f"{name}: {len(missing)} rows done, none left; {path.name} has them")


def key(config, seed, smoke) -> str:
    """Return what tells rows apart, as text."""
    return json.dumps([config, seed, smoke], sort_keys=True)


def read(path) -> list:
    """Return the rows of a file, or none."""
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def finished(path) -> set:
    """Return the keys of the rows of a file."""
    return {key(row["config"], row["seed"], row["smoke"]) for row in read(path)}


def add(path, row) -> None:
    """Add a row to a file in one step, so that a kill leaves the old file or the new one."""
    with _alone_in(path.parent):
        lines = ",\n".join(json.dumps(one) for one in [*read(path), row])
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(f"[\n{lines}\n]\n", "utf-8")
        temporary.replace(path)


def hardware() -> dict:
    """Return what the figures were measured on; the processor with the instructions that torch uses."""
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    return {
        "processor": f"{processor} ({torch.backends.cpu.get_cpu_capability()})",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }


def versions() -> dict:
    """Return the versions that can change a figure."""
    packages = {name: version(name) for name in ("d2lmodels", "numpy")}
    return {"python": platform.python_version(), "torch": torch.__version__} | packages


def _options(arguments):
    parser = argparse.ArgumentParser(description="Run the rows of a recipe that are not there yet.")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="a row for each of them")
    parser.add_argument("--smoke", action="store_true", help="the short row alone")
    parser.add_argument("--minutes", type=float, default=20, help="start no row that would end later")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _alone_in(folder):
    """Let one process at a time in; the lock is on the folder itself and dies with its process."""
    try:
        import fcntl
    except ImportError:  # Windows, where one process runs a recipe
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
