"""Scenes are what their truth says: boxes, classes and pixels, by seed; the splits share nothing."""

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_dilation

from d2lmodels.data import load_digits, load_photograph, paste, scenes
from d2lmodels.data.scenes import SceneLoader, Scenes, make_scenes
from d2lmodels.train import fit, to_device


def held(batch):
    """Yield (scene, row) of each item."""
    yield from (batch.labels >= 0).nonzero().tolist()


@pytest.mark.parametrize("num_items", [(0, 0), (0, 1), (1, 4), (3, 3)])
@pytest.mark.parametrize("image_size", [96, 131])
def test_shapes_types_and_ranges(num_items, image_size):
    batch = make_scenes(40, seed=2, num_items=num_items, image_size=image_size)
    most = num_items[1]
    assert [field.dtype for field in batch] == [torch.float32, torch.float32, torch.int64, torch.uint8]
    assert batch.images.shape == (40, 3, image_size, image_size)
    assert (batch.boxes.shape, batch.labels.shape) == ((40, most, 4), (40, most))
    assert batch.instances.shape == (40, image_size, image_size)
    assert batch.images.min() >= 0 and batch.images.max() <= 1
    counts = (batch.labels >= 0).sum(1)
    assert num_items[0] <= counts.min() and counts.max() <= most
    assert num_items[0] == counts.min() and counts.max() == most
    torch.testing.assert_close(batch.labels >= 0, torch.arange(most) < counts[:, None])  # the empty rows last
    assert (batch.boxes[batch.labels < 0] == 0).all()
    x1, y1, x2, y2 = batch.boxes[batch.labels >= 0].T
    assert ((x1 >= 0) & (x1 < x2) & (x2 <= image_size) & (y1 >= 0) & (y1 < y2) & (y2 <= image_size)).all()


def test_a_seed_gives_the_same_scenes_however_many_are_drawn():
    first, again, other = make_scenes(70, seed=3), make_scenes(41, seed=3), make_scenes(41, seed=4)
    for field, same, different in zip(first, again, other):
        assert torch.equal(field[:41], same)
        assert not torch.equal(same, different)
    assert len({image.numpy().tobytes() for image in first.images}) == 70
    torch.manual_seed(0)
    torch.rand(7)  # no other generator has a say
    assert torch.equal(make_scenes(41, seed=3).images, again.images)


def test_the_classes_of_a_seed_are_the_same_for_ever():
    train, test = make_scenes(4, seed=0), make_scenes(4, seed=0, split="test")
    assert train.labels.tolist() == [[0, 9, 7, -1], [4, -1, -1, -1], [7, 4, 4, 6], [0, 2, 9, 8]]
    assert test.labels.tolist() == [[1, 5, 3, -1], [3, -1, -1, -1], [0, 5, 3, 1], [5, 9, 1, 3]]


def test_counts_and_classes_are_even():
    batch = make_scenes(2000, seed=5, image_size=64, item_size=(14, 20), num_items=(0, 3))
    counts = (batch.labels >= 0).sum(1).bincount()
    assert (counts > 430).all() and (counts < 570).all()  # 500 of each, ± 3.6 standard deviations
    classes = batch.labels[batch.labels >= 0].bincount()
    assert (classes > 240).all() and (classes < 360).all()  # 300 of each


def test_a_box_is_the_bounds_of_what_is_seen_where_nothing_is_hidden():
    batch = make_scenes(60, seed=6, num_items=(3, 3), max_hidden=0)
    masks = batch.masks().numpy()
    for scene, row in held(batch):
        y, x = masks[scene, row].nonzero()
        assert batch.boxes[scene, row].tolist() == [x.min(), y.min(), x.max() + 1, y.max() + 1]


@pytest.fixture
def calls(monkeypatch):
    """Collect what the parts of the renderer are given and what they return."""
    seen = {"crop": [], "place": [], "paint": []}

    def spy(name, function):
        def called(*arguments):
            returned = function(*arguments)
            seen[name].append((*arguments, returned))
            return returned

        monkeypatch.setattr(scenes, name, called)

    for name in seen:
        spy(name, getattr(scenes, name))
    return seen


@pytest.mark.parametrize("max_hidden", [0.0, 0.3, 0.6])
def test_items_pasted_one_by_one(calls, max_hidden):
    """Paste the items anew, each by itself, on large sheets in NumPy: all must be where the scenes say."""
    size, margin, side = 96, 60, 56
    batch = make_scenes(32, seed=7, num_items=(2, 6), max_hidden=max_hidden)
    ((*_, background),) = calls["crop"]
    ((_, shapes, scene, row, _, _, (corner, placed)),) = calls["place"]
    looks = {}
    for _, alphas, colours, of_scene, of_corner, _ in calls["paint"]:
        for alpha, colour, *key in zip(alphas, colours, of_scene.tolist(), of_corner.tolist()):
            looks[str(key)] = alpha.numpy(), colour.numpy()
    owners = np.zeros((32, size + 2 * margin, size + 2 * margin), int)
    sheets = np.pad(background.double().numpy(), [(0, 0), (0, 0), (margin, margin), (margin, margin)])
    whole = {}
    for i in sorted(placed.nonzero()[:, 0].tolist(), key=lambda i: -row[i].item()):
        alpha, colour = looks[str([scene[i].item(), corner[i].tolist()])]
        shape, (top, left) = shapes[i].numpy(), (corner[i] - side // 2 + margin).tolist()
        square = scene[i].item(), ..., slice(top, top + side), slice(left, left + side)
        owners[square][shape] = row[i] + 1
        sheets[square] += alpha * (colour[:, None, None] - sheets[square])
        y, x = np.nonzero(shape)
        box = [left + x.min(), top + y.min(), left + x.max() + 1, top + y.max() + 1]
        clipped = np.clip(np.subtract(box, margin), 0, size).tolist()
        whole[scene[i].item(), row[i].item()] = shape.sum(), clipped
    inside = slice(margin, -margin)
    np.testing.assert_array_equal(batch.instances, owners[:, inside, inside])
    np.testing.assert_allclose(batch.images, sheets[:, :, inside, inside], atol=1e-6)
    assert sorted(whole) == [tuple(pair) for pair in held(batch)]
    shares = []
    for (s, k), (pixels, box) in whole.items():
        assert batch.boxes[s, k].tolist() == box
        shares.append((batch.instances[s] == k + 1).sum().item() / pixels)
    assert 1 - max_hidden - 1e-6 <= min(shares) < 1 - max_hidden + 0.1  # the limit is kept, and made use of


def test_only_the_items_change_the_background():
    for seed in range(20):  # the first scene of a seed has the same background whatever is pasted on it
        ground, scene = make_scenes(1, seed=seed, num_items=(0, 0)), make_scenes(1, seed=seed)
        item = binary_dilation(scene.instances[0] > 0, iterations=2)
        changed = (scene.images - ground.images)[0].abs().amax(0).numpy()
        assert (changed[~item] > 0).mean() < 0.003  # ink so faint that it covers no pixel by half
        assert changed[scene.instances[0] > 0].mean() > 0.05


def test_masks_and_classes_number_by_number():
    batch = make_scenes(6, seed=8, num_items=(0, 4), image_size=40)
    masks, classes = batch.masks(), batch.classes()
    assert masks.shape == (6, 4, 40, 40) and classes.dtype == torch.int64
    for b, y, x in np.ndindex(6, 40, 40):
        k = batch.instances[b, y, x].item() - 1
        assert masks[b, :, y, x].tolist() == [row == k for row in range(4)]
        assert classes[b, y, x] == (0 if k < 0 else batch.labels[b, k] + 1)
    assert make_scenes(2, num_items=(0, 0)).classes().max() == 0


def test_labels_are_the_classes_of_the_glyphs_drawn(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        scenes, "stamp", lambda glyphs, *look: drawn.append(glyphs) or paste.stamp(glyphs, *look)
    )
    batch = make_scenes(32, seed=4, image_size=48, num_items=(3, 5), max_hidden=0.1)
    glyphs, classes, _ = scenes._glyphs("digits", "train")
    class_of = {glyph.numpy().tobytes(): number for glyph, number in zip(glyphs, classes.tolist())}
    labels = [class_of[glyph.numpy().tobytes()] for glyph in drawn[0]]
    asked = make_scenes(32, seed=4, num_items=(3, 5), max_hidden=0.9, item_size=(16, 16)).labels >= 0
    assert asked.sum() == len(labels)  # with so much room all were placed
    wanted = torch.full((32, 5), -1).masked_scatter(asked, torch.tensor(labels))
    assert (batch.labels < 0).sum() > (~asked).sum()  # here some were not
    torch.testing.assert_close(batch.labels, wanted.where(batch.labels >= 0, -1))


def test_larger_items_come_in_larger_boxes():
    longer = []
    for size in (16, 24, 32, 48):
        look = {"item_size": (size, size), "max_rotation": 0, "max_hidden": 0, "num_items": (1, 1)}
        boxes = make_scenes(200, seed=9, **look).boxes[:, 0]
        longer.append((boxes[:, 2:] - boxes[:, :2]).amax(1).median().item() / size)
    assert longer == pytest.approx([1] * 4, abs=0.1)


def test_a_crop_is_a_part_of_its_piece_in_the_colour_of_the_light():
    first = torch.arange(3 * 8 * 5, dtype=torch.uint8).view(3, 8, 5)
    second = torch.arange(100, 100 + 3 * 6 * 7, dtype=torch.uint8).view(3, 6, 7)
    random = torch.tensor(
        [[0.0, 0.99, 0.99, 0, 0, 0, 0], [0.6, 0.99, 0.99, 1, 0.2, 0.4, 0.6]], dtype=torch.double
    )
    dark, light = scenes.crop(random, [first, second], 4)
    torch.testing.assert_close(dark, first[:, 4:8, 1:5] / 255)
    colour = torch.tensor([0.2, 0.4, 0.6])[:, None, None]
    torch.testing.assert_close(light, (second[:, 2:6, 3:7] / 255 + colour) / 2)


def test_no_digit_and_no_photograph_is_in_both_splits(monkeypatch):
    pools = {split: scenes._glyphs("digits", split) for split in ("train", "test")}
    rows = {split: {glyph.numpy().tobytes() for glyph in pool[0]} for split, pool in pools.items()}
    assert len(rows["train"]) == 4000 and len(rows["test"]) == 1000
    assert not rows["train"] & rows["test"]
    X_train, y_train, X_test, y_test = load_digits()
    for split, X, y in (("train", X_train, y_train), ("test", X_test, y_test)):
        np.testing.assert_array_equal(pools[split][0].flatten(1), X)
        np.testing.assert_array_equal(pools[split][1], y)
    asked = []
    monkeypatch.setattr(scenes, "load_photograph", lambda name: asked.append(name) or load_photograph(name))
    for split, photographs in scenes.PHOTOGRAPHS_OF.items():
        asked.clear()
        scenes._backgrounds.__wrapped__(split, 96)
        assert asked == list(photographs)
    assert not set(scenes.PHOTOGRAPHS_OF["train"]) & set(scenes.PHOTOGRAPHS_OF["test"])


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_pieces_hold_each_photograph_whole_and_mirrored(split):
    pieces, names = scenes._backgrounds(split, 96), scenes.PHOTOGRAPHS_OF[split]
    assert len(pieces) == len(names) * 3 * 2
    for k, name in enumerate(names):
        photograph = load_photograph(name)
        for piece, wanted in zip(pieces[6 * k :], (photograph, photograph[:, ::-1])):
            np.testing.assert_array_equal(piece.permute(1, 2, 0), wanted)


def test_a_loader_feeds_fit_new_scenes_by_seed():
    loader, seen = SceneLoader(3, 4, image_size=32, item_size=(14, 20)), []

    def loss_fn(model, batch):
        assert isinstance(batch, Scenes)
        seen.append(batch.images)
        return model(batch.images.flatten(1)).square().mean(), {}

    for _ in range(2):
        model = torch.nn.Linear(3 * 32 * 32, 1)
        sgd = torch.optim.SGD(model.parameters(), lr=1e-4)
        fit(model, loss_fn, loader, optimizer=sgd, num_epochs=2, seed=5, device="cpu", progress=False)
    assert len({images.numpy().tobytes() for images in seen[:6]}) == 6
    assert all(torch.equal(one, two) for one, two in zip(seen[:6], seen[6:]))
    assert len(loader) == 3


def test_a_loader_has_numbers_of_its_own():
    look = {"image_size": 32, "item_size": (14, 20)}
    first = [batch.images for batch in SceneLoader(2, 4, seed=1, **look)]
    torch.manual_seed(3)
    again = [batch.images for batch in SceneLoader(2, 4, seed=1, **look)]
    assert all(torch.equal(one, two) for one, two in zip(first, again))
    assert not torch.equal(first[0], next(iter(SceneLoader(2, 4, seed=2, **look))).images)


def test_scenes_go_through_torch_s_loader_and_to_a_device():
    batch = make_scenes(10, seed=1)
    shuffled = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*batch), batch_size=5)
    first = Scenes(*next(iter(shuffled)))
    assert all(torch.equal(one, two[:5]) for one, two in zip(first, batch))
    moved = to_device(batch, "meta")
    assert isinstance(moved, Scenes) and moved.masks().shape == (10, 4, 96, 96)


def test_a_crowded_scene_keeps_those_that_found_a_place():
    batch = make_scenes(30, seed=3, image_size=64, item_size=(24, 40), num_items=(20, 20), max_hidden=0.1)
    counts = (batch.labels >= 0).sum(1)
    assert counts.min() >= 1 and counts.max() < 20
    torch.testing.assert_close(batch.labels >= 0, torch.arange(20) < counts[:, None])
    assert batch.instances.flatten(1).amax(1).tolist() == counts.tolist()
    assert (batch.boxes[batch.labels < 0] == 0).all()
