"""A U-Net that names each pixel's digit: 16 channels to begin with, many steps, its weights kept.

Writes the checkpoint that the chapter on U-Net loads, in float16, and scores it as loaded. On a processor
the network runs in bfloat16, which takes half the time on recent ones. A killed run goes on from its last
1,000 steps. `python recipes/unet_scenes.py`
"""

from pathlib import Path
from tempfile import gettempdir

import rows
import torch
from unet_parts import RAW, fit, network, scores

from d2lmodels import checkpoint

SMOKE = {"change": "two terms", "also": RAW, "target": "digits", "depth": 3, "width": 4, "steps": 20}
CONFIGURATIONS = [SMOKE | {"width": 16, "steps": 12_000}]
WEIGHTS = rows.RESULTS.parent / "checkpoints"
PARTS = Path(gettempdir())


def train_one(config, seed):
    """Return what `scores` says of the weights as they are stored."""
    torch.manual_seed(seed)
    model = network(config)
    part = PARTS / f"unet_scenes_{config['width']}_{config['steps']}_{seed}"
    path = (WEIGHTS if config in CONFIGURATIONS else PARTS) / "unet_scenes.safetensors"
    history = fit(model, config, seed, dtype=torch.bfloat16, checkpoint=part)
    tree = {"width": config["width"], "depth": config["depth"], "model": model.state_dict()}
    checkpoint.save(path, tree, dtype=torch.float16)
    model.load_state_dict(checkpoint.load(path)["model"])
    part.unlink()
    return scores(model, config, history.steps["loss"])


if __name__ == "__main__":
    rows.run("unet_scenes", CONFIGURATIONS, train_one, smoke=SMOKE)
