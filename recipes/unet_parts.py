"""What each part of a small U-Net is worth: its skips, its loss, weights at the borders, centred colours.

The tables of the chapter on U-Net: 500 steps on scenes of digits, scored on 500 test scenes, whose digits
and photographs are in no training scene. `python recipes/unet_parts.py --seeds 0 1 2`
"""

import numpy as np
import on_scenes
import rows
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import nn

from d2lmodels.data.scenes import make_scenes
from d2lmodels.metrics.segmentation import boundary_score, pixel_dice, pixel_iou
from d2lmodels.vision.unet import UNet, centred
from d2lmodels.vision.unet_loss import border_weights, dice_loss, pixel_loss, separated

SKIPS = {  # the finest level first
    "no skips": (False, False, False),
    "finest skip alone": (True, False, False),
    "middle skip alone": (False, True, False),
    "coarsest skip alone": (False, False, True),
    "no finest skip": (False, True, True),
}
LOSSES = {  # the weights of cross-entropy and of Dice, and how much more an item's pixel counts
    "none": (1.0, 0.0, 1.0),
    "Dice": (0.0, 1.0, 1.0),
    "cross-entropy and Dice": (1.0, 1.0, 1.0),
    "items count 10 times": (1.0, 0.0, 10.0),
}
RAW = "colours as they are"  # instead of each image less its mean colour
CLASS_WEIGHT = 0.3  # of which digit it is, beside whether it is one, where these are two terms
TARGETS = ("items", "apart", "apart, border weights", "digits")  # what is to be told from the background
CONFIGURATIONS = [
    {"change": change, "target": "items", "depth": 3, "width": 8, "steps": 500}
    for change in (*LOSSES, *SKIPS, RAW)
]
CONFIGURATIONS += [
    {"change": "none", "target": target, "depth": 3, "width": 8, "steps": 500} for target in TARGETS[1:3]
]
CONFIGURATIONS += [
    {"change": change, "target": "digits", "depth": 3, "width": 8, "steps": 500}
    for change in (*LOSSES, "two terms")
]
SMOKE = {
    "change": "cross-entropy and Dice",
    "target": "apart, border weights",
    "depth": 2,
    "width": 4,
    "steps": 20,
}


def network(config):
    """Return a U-Net with as many classes as the target has."""
    return UNet(
        3,
        11 if config["target"] == "digits" else 2,
        base_channels=config["width"],
        depth=config["depth"],
        skips=SKIPS.get(config["change"]),
        norm=nn.BatchNorm2d,
    )


def prepare(config):
    """Return what is done to the images before the network sees them."""
    return None if RAW in (config["change"], config.get("also")) else centred


def target(scenes, kind):
    """Return the class of each pixel, and weights of pixels or None."""
    if kind == "digits":
        return scenes.classes(), None
    instances = scenes.instances if kind == "items" else separated(scenes.instances)
    weights = 1 + border_weights(instances) if kind == "apart, border weights" else None
    return (instances > 0).long(), weights


def two_terms(logits, y):
    """Return cross-entropy of item or background for all pixels, and of the classes for those of items."""
    of_item = logits[:, 1:].logsumexp(1) - logits[:, 0]
    whether = F.binary_cross_entropy_with_logits(of_item, (y > 0).to(of_item.dtype))
    classes = logits[:, 1:].movedim(1, -1)[y > 0]
    which = F.cross_entropy(classes, y[y > 0] - 1, reduction="sum") / max(1, len(classes))
    return whether + CLASS_WEIGHT * which


def fit(model, config, seed, **options):
    """Train on new scenes; options: of `on_scenes.fit`."""
    entropy, dice, count = LOSSES.get(config["change"], LOSSES["none"])

    def loss_fn(logits, scenes):
        y, weights = target(scenes, config["target"])
        if config["change"] == "two terms":
            return two_terms(logits, y), {}
        loss = 0.0
        if entropy:
            counts = torch.full((logits.shape[1],), count, device=logits.device)
            counts[0] = 1.0
            loss = entropy * pixel_loss(logits, y, class_weights=counts, pixel_weights=weights)
        return (loss + dice * dice_loss(logits, y) if dice else loss), {}

    options |= {"steps": config["steps"], "prepare": prepare(config)}
    return on_scenes.fit(model, loss_fn, seed=seed, batch_size=8, lr=1e-2, **options)


@torch.no_grad()
def predicted(model, config, images):
    """Return the most probable digit where an item is more probable than none, and the most probable class.

    They differ where no single digit is as probable as the background, though all together are.
    """
    model.eval()
    device = next(model.parameters()).device
    images = centred(images) if prepare(config) else images
    logits = torch.cat([model(part.to(device)).float().cpu() for part in images.split(50)])
    is_item = logits[:, 1:].logsumexp(1) > logits[:, 0]
    return torch.where(is_item, 1 + logits[:, 1:].argmax(1), 0), logits.argmax(1)


def score(model, config, split, *, num_scenes=500):
    """Return scores of masks, of boundaries and of borders between items, on scenes of seed 0."""
    scenes = make_scenes(num_scenes, split=split)
    y, _ = target(scenes, config["target"])
    y_hat, likeliest = predicted(model, config, scenes.images)
    iou, dice = pixel_iou(y > 0, y_hat > 0, num_classes=2), pixel_dice(y > 0, y_hat > 0, num_classes=2)
    numbers = {"iou": iou[1], "dice": dice[1], "background_iou": iou[0]}
    numbers |= {"boundary": boundary_score(y > 0, y_hat > 0), "accuracy": (y == y_hat).double().mean()}
    if config["target"] == "digits":
        numbers["digits_iou"] = np.nanmean(pixel_iou(y, y_hat, num_classes=11)[1:])
        on_items = (y > 0) & (y_hat > 0)
        numbers["right_digit"] = (y == y_hat)[on_items].double().mean() if on_items.any() else 0.0
        numbers["iou_of_likeliest"] = pixel_iou(y > 0, likeliest > 0, num_classes=2)[1]
    return numbers | {"split": split_pairs(scenes, y_hat > 0)}


def split_pairs(scenes, found):
    """Return the share of touching items, both found in part, that no path of found pixels connects."""
    apart = pairs = 0
    for instances, mask in zip(scenes.instances.numpy(), found.numpy()):
        pieces, _ = ndimage.label(mask)
        for one, other in touching(instances):
            first, second = (set(np.unique(pieces[instances == k]).tolist()) - {0} for k in (one, other))
            pairs += bool(first and second)
            apart += bool(first and second and not first & second)
    return apart / pairs if pairs else float("nan")


def touching(instances):
    """Return the pairs of items of an image that have neighbouring pixels, across corners too."""
    pairs = set()
    shifts = [(instances[:-1], instances[1:]), (instances[:, :-1], instances[:, 1:])]
    shifts += [(instances[:-1, :-1], instances[1:, 1:]), (instances[:-1, 1:], instances[1:, :-1])]
    for here, there in shifts:
        both = (here > 0) & (there > 0) & (here != there)
        pairs |= {tuple(sorted(pair)) for pair in zip(here[both].tolist(), there[both].tolist())}
    return sorted(pairs)


def scores(model, config, losses):
    """Return the loss of the last tenth of the steps and the scores on test and training scenes."""
    numbers = {"loss": on_scenes.last_tenth(losses)} | score(model, config, "test")
    train_numbers = score(model, config, "train")
    numbers |= {f"{name}_train": train_numbers[name] for name in ("iou", "boundary")}
    return {name: round(float(number), 6) for name, number in numbers.items()}


def train_one(config, seed):
    """Return what `scores` says of one training run."""
    torch.manual_seed(seed)
    model = network(config)
    return scores(model, config, fit(model, config, seed).steps["loss"])


if __name__ == "__main__":
    rows.run("unet_parts", CONFIGURATIONS, train_one, smoke=SMOKE)
