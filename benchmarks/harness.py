"""How every benchmark measures: a peer and ours in turn, with the peer against itself as control.

A topic is a file beside this one, and runs in a process of its own: it builds a `Measurement` for each
comparison and hands a function that yields them to `run`. `python benchmarks` runs the topics. Not here:
what is measured, and any claim about it.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from itertools import permutations
from pathlib import Path

ROUNDS = 11  # the fewest that a claim may rest on
ATTEMPTS = 5
CONTROL = (0.95, 1.05)
SETTLE = 0.1  # seconds: the threads of one library go to sleep before the other library is timed
STRETCH = 0.15  # seconds that one timing lasts, where a call is shorter


@dataclass(kw_only=True)
class Measurement:
    """One comparison.

    what: what is done, in at most 40 letters; it labels the plot.
    detail: sizes, dtype, what is left out.
    peer_name: at most 40 letters, with the dtype where it is another than ours.
    peer, ours: functions without arguments that do it once.
    assert_equal: runs both and raises AssertionError where their results differ.
    per_peer, per_ours: how much work one call does, in a common unit; times are divided by it.
    goal: the ratio that we aim for, where there is one.
    """

    what: str
    detail: str
    peer_name: str
    peer: Callable
    ours: Callable
    assert_equal: Callable
    per_peer: float = 1.0
    per_ours: float = 1.0
    goal: float | None = None


def seconds(function, repeats):
    """The mean time of a call, after a pause and, where calls are short, one that does not count."""
    time.sleep(SETTLE)
    if repeats > 1:
        function()
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


def warmed_up(function):
    """Call twice; return how many calls make a timing of about `STRETCH` seconds."""
    function()
    start = time.perf_counter()
    function()
    return max(1, round(STRETCH / max(time.perf_counter() - start, 1e-9)))


def timed_in_turn(functions, *, rounds, progress):
    """Time each function once a round, in every order in turn; return a list of times for each function."""
    repeats = [warmed_up(function) for function in functions]
    orders = list(permutations(range(len(functions))))
    times = [[] for _ in functions]
    for k in range(rounds):
        progress(f"round {k + 1} of {rounds}")
        for index in orders[k % len(orders)]:
            times[index].append(seconds(functions[index], repeats[index]))
    return times


def quartiles(numbers):
    """The first quartile, the median and the third quartile."""
    return statistics.quantiles(numbers, n=4, method="inclusive")


def measure(m: Measurement, *, rounds=ROUNDS, progress=lambda line: None):
    """Compare as the protocol says and return a row; a control outside 0.95–1.05 rejects a run.

    A rejected run is repeated. The control is the peer a second time in each round, so that it sees what the
    comparison sees.
    """
    m.assert_equal()
    for attempt in range(1, ATTEMPTS + 1):
        peer, ours, again = timed_in_turn([m.peer, m.ours, m.peer], rounds=rounds, progress=progress)
        control = statistics.median(p / a for p, a in zip(peer, again))
        if CONTROL[0] <= control <= CONTROL[1]:
            break
        progress(f"{m.what}: run {attempt} rejected, the peer against itself gave {control:.3f}")
    else:
        raise SystemExit(f"error: {m.what}: no quiet run in {ATTEMPTS}; nothing is claimed")
    peer, ours = [p / m.per_peer for p in peer], [o / m.per_ours for o in ours]
    low, ratio, high = quartiles([p / o for p, o in zip(peer, ours)])
    numbers = {
        "ratio": ratio,
        "quartiles": [low, high],
        "control": control,
        "peer_seconds": statistics.median(peer),
        "ours_seconds": statistics.median(ours),
    }
    row = {"what": m.what, "detail": m.detail, "peer": m.peer_name, **rounded(numbers)}
    return {**row, "rounds": rounds, "runs": attempt} | ({"goal": m.goal} if m.goal else {})


def rounded(thing):
    """Numbers, also in lists and dictionaries, with four significant digits: more would be noise."""
    if isinstance(thing, dict):
        return {key: rounded(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [rounded(value) for value in thing]
    return float(f"{thing:.4g}")


def threads():
    """How many threads each library may use: `OMP_NUM_THREADS`, which they read too, or every core."""
    return int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count())


def circumstances(packages):
    """The machine and the versions, for a row."""
    info = Path("/proc/cpuinfo")  # where there is none, Python's own answer has to do
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    return {
        "processor": names[0].split(":")[1].strip() if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads": threads(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages},
    }


def run(topic, measurements, *, packages):
    """The command line of a topic: measure all it yields, and print the rows as JSON.

    measurements: a function that yields each `Measurement`.
    packages: whose versions are reported.
    """
    parser = argparse.ArgumentParser(description=f"Benchmark of {topic}.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least {ROUNDS} for a claim")
    rounds = parser.parse_args().rounds

    def progress(line):
        print(line, file=sys.stderr, flush=True)

    rows = []
    for m in measurements():
        progress(f"{m.what}, against {m.peer_name}")
        row = {"topic": topic, **measure(m, rounds=rounds, progress=progress), **circumstances(packages)}
        low, high = row["quartiles"]
        progress(f"  {row['ratio']:,}× (quartiles {low:,}–{high:,}), control {row['control']}")
        rows.append(row)
    print(json.dumps(rows, indent=2, ensure_ascii=False))
