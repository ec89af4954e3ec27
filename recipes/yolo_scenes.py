"""A YOLO that is good at scenes of digits: 24 channels to begin with, many steps, its weights kept.

Writes the checkpoint that the chapter on YOLO loads, in float16, and scores it as loaded; beside it, for
comparison, the chapter's small network after as many steps, whose weights are not kept. On a processor
the network runs in bfloat16, which takes half the time on recent ones. A killed run goes on from its
last 1,000 steps. `python recipes/yolo_scenes.py`
"""

from pathlib import Path
from tempfile import gettempdir

import rows
import torch
from yolo_terms import anchors_for, fit, network, scores

from d2lmodels import checkpoint

CONFIGURATIONS = [{"change": "none", "width": width, "steps": 8_000} for width in (24, 8)]
SMOKE = {"change": "none", "width": 8, "steps": 30}
WEIGHTS = rows.RESULTS.parent / "checkpoints"
PARTS = Path(gettempdir())


def train_one(config, seed):
    """Return what `scores` says of the weights as they are stored."""
    torch.manual_seed(seed)
    model = network(config["width"], anchors_for("none"))
    part = PARTS / f"yolo_scenes_{config['width']}_{config['steps']}_{seed}"
    path = (WEIGHTS if config == CONFIGURATIONS[0] else PARTS) / "yolo_scenes.safetensors"
    history = fit(model, config, seed, dtype=torch.bfloat16, checkpoint=part)
    checkpoint.save(path, {"width": config["width"], "model": model.state_dict()}, dtype=torch.float16)
    model.load_state_dict(checkpoint.load(path)["model"])
    part.unlink()
    return scores(model, history.steps["loss"])


if __name__ == "__main__":
    rows.run("yolo_scenes", CONFIGURATIONS, train_one, smoke=SMOKE)
