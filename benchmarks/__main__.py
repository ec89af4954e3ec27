"""Run the benchmarks and keep their rows: python benchmarks [topic …]

A topic is a file in this folder; without a name all of them run, each in a process of its own. The rows go
to d2lmodels/results/benchmarks.json, where they take the place of the same topics' older rows; a topic that
fails keeps its older rows. Nothing is measured here.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import ROUNDS, threads

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "d2lmodels" / "results" / "benchmarks.json"
SHARED = ("__main__", "harness", "networks")
TOPICS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in SHARED)


def merged(old, new, topics):
    """Rows `new` and those of `old` whose topic still exists and is not among the new; sorted by topic."""
    measured = {row["topic"] for row in new}
    kept = [row for row in old if row["topic"] in topics and row["topic"] not in measured]
    return sorted(kept + new, key=lambda row: row["topic"])


def store(path, rows, topics):
    """Merge rows into a file of rows, which need not be there yet."""
    old = json.loads(path.read_text("utf-8")) if path.exists() else []
    text = json.dumps(merged(old, rows, topics), indent=2, ensure_ascii=False) + "\n"
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def measured(command, show):
    """Run a topic's command and hand each line of its progress to `show`; return its rows, or None."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads())}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as rows:
        child = subprocess.Popen(
            command, stdout=rows, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )
        for line in child.stderr:
            show(line.rstrip("\n"))
        if child.wait():
            return None
        rows.seek(0)
        return json.load(rows)


def main():
    """Run what was asked for; exit with 1 where a topic failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topics", nargs="*", metavar="topic", help=f"among {', '.join(TOPICS)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least {ROUNDS}")
    parser.add_argument("--output", type=Path, default=RESULTS, help="another file of rows")
    options = parser.parse_args()
    wanted = options.topics or TOPICS
    if unknown := set(wanted) - set(TOPICS):
        parser.error(f"no topic {', '.join(sorted(unknown))}; there are {', '.join(TOPICS)}")
    if options.rounds < ROUNDS and options.output == RESULTS:
        parser.error(f"{RESULTS.name} takes no row of fewer than {ROUNDS} rounds; name another --output")
    started, failed, terminal = time.monotonic(), [], sys.stderr.isatty()

    for number, topic in enumerate(wanted, start=1):

        def show(line, number=number, topic=topic):
            minutes = f"{(time.monotonic() - started) / 60:.1f} min"
            passing = line.startswith("round ")  # on a terminal the next line takes its place
            line = f"[{minutes}, topic {number} of {len(wanted)}, {topic}] {line}"
            if terminal:
                print(f"\r\x1b[K{line}", end="" if passing else "\n", file=sys.stderr, flush=True)
            elif not passing:
                print(line, file=sys.stderr, flush=True)

        rows = measured([sys.executable, HERE / f"{topic}.py", "--rounds", str(options.rounds)], show)
        if rows is None:
            failed.append(topic)
        else:
            store(options.output, rows, TOPICS)
    if failed:
        sys.exit(
            f"error: failed: {', '.join(failed)}; their older rows stay. Try: make bench T={failed[0]!r}"
        )
    print(f"{options.output}: {len(wanted)} topics in {(time.monotonic() - started) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
