"""Results of runs longer than a chapter's, as rows that recipes and benchmarks write beside this file.

A row says what was run, on which hardware, with which versions and seed. Not here: how it was run, which is
in `recipes/`.
"""

import json
from importlib.resources import files


def read(name: str) -> list[dict]:
    """Return the rows of `d2lmodels/results/<name>.json`.

    Raises `ValueError`, with the names there are, when there is none of that name.
    """
    entries = {entry.name: entry for entry in files(__name__).iterdir()}
    if f"{name}.json" not in entries:
        known = ", ".join(sorted(entry.removesuffix(".json") for entry in entries if entry.endswith(".json")))
        raise ValueError(f"name is {name!r}; there are results of {known or 'nothing yet'}")
    return json.loads(entries[f"{name}.json"].read_text("utf-8"))
