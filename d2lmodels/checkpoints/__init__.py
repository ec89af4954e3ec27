"""Our own trained weights, which recipes write beside this file; `d2lmodels.checkpoint.load` reads them.

Stored in float16, to be small, and scored as loaded. Not here: other people's weights, which `convert` loads.
"""

from importlib.resources import files
from pathlib import Path


def path(name: str) -> Path:
    """Return where `<name>.safetensors` lies.

    Raises `ValueError`, with the names there are, when there is none of that name.
    """
    paths = [Path(str(entry)) for entry in files(__name__).iterdir()]
    known = {entry.stem: entry for entry in sorted(paths) if entry.suffix == ".safetensors"}
    if name not in known:
        raise ValueError(f"name is {name!r}; there are checkpoints of {', '.join(known) or 'nothing yet'}")
    return known[name]
