"""How every benchmark measures: a peer and ours in turn, with the peer against itself as control.

A topic is one file and one process. It builds a `Measurement` for each comparison and hands a function that
yields them to `run`. Not here: what is measured, and any claim about it.
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
from pathlib import Path

CONTROL = (0.95, 1.05)
SETTLE = 0.1  # seconds: the threads of one library go to sleep before the other library is timed
THREAD_VARIABLES = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]


@dataclass(kw_only=True)
class Measurement:
    """One comparison.

    what: what is done in a call, in words: sizes, dtype, what is left out.
    peer, ours: functions without arguments that do it once.
    assert_equal: runs both once and raises AssertionError where their results differ.
    per_peer, per_ours: how much work one call does, in a common unit; times are divided by it.
    repeats: calls in a round.
    """

    what: str
    peer_name: str
    peer: Callable
    ours: Callable
    assert_equal: Callable
    per_peer: float = 1.0
    per_ours: float = 1.0
    repeats: int = 10


def seconds(function, repeats):
    """The mean time of a call, after a pause and, where calls are short, one that does not count."""
    time.sleep(SETTLE)
    if repeats > 1:
        function()
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


def paired_rounds(first, second, *, repeats, rounds):
    """Time two functions in turn, the one that starts a round changing; two warm-ups go before."""
    for _ in range(2):
        first(), second()
    times = []
    for k in range(rounds):
        order = (first, second) if k % 2 == 0 else (second, first)
        pair = [seconds(function, repeats) for function in order]
        times.append(pair if k % 2 == 0 else pair[::-1])
    return times


def quartiles(numbers):
    low, median, high = statistics.quantiles(numbers, n=4, method="inclusive")
    return {"median": median, "quartiles": [low, high]}


def measure(m: Measurement, *, rounds, attempts=3):
    """Compare as the protocol says; a control outside 0.95–1.05 rejects the run, which is then repeated."""
    m.assert_equal()
    for attempt in range(1, attempts + 1):
        control = paired_rounds(m.peer, lambda: m.peer(), repeats=m.repeats, rounds=rounds)
        times = paired_rounds(m.peer, m.ours, repeats=m.repeats, rounds=rounds)
        control = quartiles([first / second for first, second in control])
        if CONTROL[0] <= control["median"] <= CONTROL[1]:
            break
        print(
            f"attempt {attempt} rejected: the peer against itself gave {control['median']:.3f}",
            file=sys.stderr,
        )
    else:
        raise SystemExit(f"{m.what}: no quiet run in {attempts} attempts; nothing is claimed")
    peer, ours = ([t / work for t in side] for side, work in zip(zip(*times), (m.per_peer, m.per_ours)))
    return {
        "what": m.what,
        "peer": m.peer_name,
        "peer_seconds": statistics.median(peer),
        "ours_seconds": statistics.median(ours),
        "times_as_fast": quartiles([p / o for p, o in zip(peer, ours)]),
        "control": control,
        "rounds": rounds,
        "calls_per_round": m.repeats,
        "attempts": attempt,
    }


def circumstances(packages, threads):
    info = Path("/proc/cpuinfo")  # where there is none, Python's own answer has to do
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    return {
        "processor": names[0].split(":")[1].strip() if names else platform.processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages},
    }


def run(topic, measurements, *, packages):
    """The command line of a topic: measure all it yields, print them as JSON or write them to `--output`.

    measurements: a function of the number of threads that yields each `Measurement`.
    packages: whose versions are reported.
    """
    parser = argparse.ArgumentParser(description=f"Benchmark of {topic}.")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for every library")
    parser.add_argument("--rounds", type=int, default=11, help="at least 11 for a claim")
    parser.add_argument("--output", type=Path, help="a JSON file; standard output if not given")
    options = parser.parse_args()
    wanted = dict.fromkeys(THREAD_VARIABLES, str(options.threads))
    if not wanted.items() <= os.environ.items():  # libraries read these when they are loaded: start again
        os.environ.update(wanted)
        os.execv(sys.executable, sys.orig_argv)
    report = {"topic": topic, **circumstances(packages, options.threads)}
    report["measurements"] = [measure(m, rounds=options.rounds) for m in measurements(options.threads)]
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
