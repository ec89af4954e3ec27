"""YOLO's loss by itself: by hand, where its gradients go, who answers for what, and four scenes by heart."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import grad, gradcheck

from d2lmodels.data.scenes import make_scenes
from d2lmodels.metrics.detection import mean_average_precision
from d2lmodels.nn.boxes import to_cxcywh
from d2lmodels.vision.anchors import fit_anchors, shape_iou
from d2lmodels.vision.darknet import Darknet
from d2lmodels.vision.yolo import YOLO, decode, detect
from d2lmodels.vision.yolo_loss import assign, yolo_loss

ANCHORS = torch.tensor([[6.0, 9.0], [20.0, 12.0], [8.0, 30.0]], dtype=torch.float64)
STRIDE, ROWS, COLUMNS, K = 8, 4, 5, 3
TERMS = ("box", "object", "background", "class")


def random_guesses(batch, seed=0, *, spread=1.0):
    generator = torch.Generator().manual_seed(seed)
    shape = batch, len(ANCHORS), ROWS, COLUMNS, 5 + K
    return spread * torch.randn(shape, dtype=torch.float64, generator=generator)


def random_truths(batch, items, seed=0):
    """Boxes with their centres in the image, and labels, of which some say that there is none."""
    generator = torch.Generator().manual_seed(seed)
    share = torch.rand(batch, items, 4, dtype=torch.float64, generator=generator)
    centres = share[..., :2] * torch.tensor([STRIDE * COLUMNS, STRIDE * ROWS])
    sides = 1 + 40 * share[..., 2:]
    labels = torch.randint(-1, K, (batch, items), generator=generator)
    boxes = torch.cat([centres - sides / 2, centres + sides / 2], -1) * (labels >= 0)[..., None]
    return boxes, labels


def measured(guesses, boxes, labels, **options):
    return yolo_loss(guesses, boxes, labels, anchors=ANCHORS, stride=STRIDE, **options)


def only(name, **options):
    """The weights that leave one term."""
    return {f"{term}_weight": float(term == name) for term in TERMS} | options


def gradient(name, guesses, boxes, labels, **options):
    """The gradient of one term with respect to the guesses."""
    guesses = guesses.clone().requires_grad_()
    return grad(measured(guesses, boxes, labels, **only(name, **options))[0], guesses)[0]


def assert_close(got, wanted):
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)


def test_one_object_by_hand():
    guesses = torch.zeros(1, 1, 2, 2, 5 + 3)
    guesses[0, 0, 1, 0] = torch.tensor([0.0, 0.0, 0.0, math.log(2), 1.0, 2.0, 0.0, 0.0])  # an 8 × 16 box
    boxes, labels = torch.tensor([[[0.0, 8.0, 8.0, 16.0]]]), torch.tensor([[1]])
    options = {"anchors": torch.tensor([[8.0, 8.0]]), "stride": 8}
    loss, terms = yolo_loss(guesses.requires_grad_(), boxes, labels, **options)
    wanted = {
        "box": 1 - 0.5,  # the hull is the guess itself
        "object": math.log(1 + math.exp(-1)),
        "background": 3 * math.log(2),  # the three other cells are as likely as not
        "class": math.log(math.exp(2) + 2),
    }
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(wanted)
    assert loss.item() == pytest.approx(sum(wanted.values()) + wanted["box"])  # whose weight is 2
    assert loss.shape == () and loss.requires_grad
    assert not any(term.requires_grad for term in terms.values())  # they are for curves


def test_the_mean_over_images_of_sums_over_guesses():
    guesses, (boxes, labels) = random_guesses(4), random_truths(4, 3)
    loss, terms = measured(guesses, boxes, labels)
    alone = [measured(guesses[k : k + 1], boxes[k : k + 1], labels[k : k + 1]) for k in range(4)]
    assert_close(loss, sum(one for one, _ in alone) / 4)
    for name in TERMS:
        assert_close(terms[name], sum(parts[name] for _, parts in alone) / 4)


@given(st.integers(0, 10**6), st.sampled_from(TERMS), st.floats(0, 5))
def test_each_weight_is_linear(seed, name, weight):
    guesses, (boxes, labels) = random_guesses(2, seed), random_truths(2, 3, seed)
    _, terms = measured(guesses, boxes, labels)
    loss, same = measured(guesses, boxes, labels, **only(name, **{f"{name}_weight": weight}))
    assert_close(loss, weight * terms[name])
    assert same == terms and all(term >= 0 for term in terms.values())


@pytest.mark.parametrize("items", [0, 1, 4])
def test_gradients_of_every_number(items):
    guesses, (boxes, labels) = random_guesses(2, 3)[:, :2, :2, :2], random_truths(2, items, 4)
    boxes = boxes / 2.5  # so that the centres lie in the 2 × 2 cells
    options = {"box_weight": 0.9, "object_weight": 1.7, "background_weight": 0.6, "class_weight": 1.3}

    def loss(guesses):
        return yolo_loss(guesses, boxes, labels, anchors=ANCHORS[:2], stride=STRIDE, **options)[0]

    assert gradcheck(loss, guesses.requires_grad_(), eps=1e-6, atol=1e-6, rtol=1e-6)


def test_where_the_gradient_of_each_term_goes():
    guesses, (boxes, labels) = random_guesses(3, 5), random_truths(3, 4, 6)
    answers = torch.zeros(guesses.shape[:4], dtype=torch.bool)
    answers[assign(boxes, labels, ANCHORS, stride=STRIDE)] = True
    parts = {"box": slice(0, 4), "object": 4, "background": 4, "class": slice(5, None)}
    for name, part in parts.items():
        g = gradient(name, guesses, boxes, labels, ignore=2.0)  # none is left out
        reached = g[..., part].reshape(*answers.shape, -1).any(-1)
        assert torch.equal(reached, ~answers if name == "background" else answers), name
        g[..., part] = 0
        assert not g.any()
    assert (gradient("object", guesses, boxes, labels) <= 0).all()  # downhill is: more likely an object
    assert (gradient("background", guesses, boxes, labels) >= 0).all()


@pytest.mark.parametrize(
    "options, taller, counted",
    [
        ({}, 0.0, [False, True]),
        ({}, 0.01, [True, True]),
        ({"ignore": 0.51}, 0.0, [True, True]),
        ({"ignore": 0.3}, 0.0, [False, False]),
    ],
)
def test_a_guess_close_to_an_object_is_left_out(options, taller, counted):
    """Two cells and two anchors; one guess answers, two overlap the object by 1/2 and 1/3, one not at all."""
    guesses, anchors = torch.zeros(1, 2, 1, 2, 7), torch.tensor([[8.0, 8.0], [8.0, 16.0]])
    guesses[0, 1, 0, 0, 3] = taller  # or by a little less than 1/2
    guesses[0, 0, 0, 1, 0] = -20.0  # centred on x = 8 instead of 12, so that a third is shared
    boxes, labels = torch.tensor([[[0.0, 0.0, 8.0, 8.0]]]), torch.tensor([[1]])
    options = only("background", anchors=anchors, stride=8, **options)
    loss, _ = yolo_loss(guesses.requires_grad_(), boxes, labels, **options)
    reached = grad(loss, guesses)[0][0, :, 0, :, 4] != 0
    assert reached.tolist() == [[False, counted[1]], [counted[0], True]]


def test_a_perfect_guess_still_answers_and_costs_nothing():
    two = torch.tensor([[3.0, 3.0, 9.0, 12.0], [12.0, 12.0, 34.0, 25.0]], dtype=torch.float64)
    boxes, labels = two.expand(2, 2, 4), torch.tensor([[0, 2], [1, 1]])
    places = assign(boxes, labels, ANCHORS, stride=STRIDE)
    guesses = torch.zeros(2, len(ANCHORS), ROWS, COLUMNS, 5 + K, dtype=torch.float64)
    guesses[..., 4] = -40
    centres, sides = to_cxcywh(boxes.flatten(0, 1)).split(2, dim=-1)
    guesses[places] = torch.cat(
        [
            (centres / STRIDE % 1).logit(),
            (sides / ANCHORS[places.anchor]).log(),
            torch.full((4, 1), 40.0),
            80.0 * torch.nn.functional.one_hot(labels.flatten(), K),
        ],
        -1,
    )
    assert_close(decode(guesses, ANCHORS, stride=STRIDE)[places], boxes.flatten(0, 1))
    loss, terms = measured(guesses, boxes, labels)
    assert loss < 1e-12 and terms["object"] < 1e-12
    guesses[..., 4] *= -1
    assert measured(guesses, boxes, labels)[1]["object"].item() == pytest.approx(2 * 40)


def test_two_objects_share_a_guess():
    box = [2.0, 2.0, 8.0, 11.0]
    boxes, labels = torch.tensor([[box, box]], dtype=torch.float64), torch.tensor([[0, 2]])
    guesses = random_guesses(1, 10)
    places = assign(boxes, labels, ANCHORS, stride=STRIDE)
    assert [(p[0] == p[1]).item() for p in places] == [True] * 4
    _, both = measured(guesses, boxes, labels)
    ones = [measured(guesses, boxes[:, :1], labels[:, k : k + 1])[1] for k in range(2)]
    for name in ("box", "object", "class"):
        assert_close(both[name], ones[0][name] + ones[1][name])
    assert_close(both["background"], ones[0]["background"])


@pytest.mark.parametrize("items", [0, 3])
def test_images_without_objects(items):
    guesses = random_guesses(2, 11)
    boxes, labels = torch.zeros(2, items, 4).double(), torch.full((2, items), -1)
    loss, terms = measured(guesses, boxes, labels)
    background = torch.nn.functional.softplus(guesses[..., 4]).sum() / 2
    assert_close(terms["background"], background)
    assert_close(loss, background)
    assert not any(terms[name] for name in ("box", "object", "class"))
    assert_close(gradient("background", guesses, boxes, labels)[..., 4], guesses[..., 4].sigmoid() / 2)


@given(st.integers(0, 10**6), st.integers(0, 5), st.integers(1, 3))
def test_places_lie_in_the_grid_and_follow_their_objects(seed, items, batch):
    boxes, labels = random_truths(batch, items, seed)
    places = assign(boxes, labels, ANCHORS, stride=STRIDE)
    image, item = (labels >= 0).nonzero(as_tuple=True)
    assert torch.equal(places.image, image) and all(len(place) == len(image) for place in places)
    assert ((places.row >= 0) & (places.row < ROWS) & (places.column >= 0) & (places.column < COLUMNS)).all()
    centres, sides = to_cxcywh(boxes[image, item]).split(2, dim=-1)
    corners = STRIDE * torch.stack([places.column, places.row], -1)
    assert ((corners <= centres) & (centres < corners + STRIDE)).all()
    overlap = shape_iou(sides, ANCHORS)
    assert torch.equal(overlap.gather(1, places.anchor[:, None])[:, 0], overlap.amax(1))

    table = torch.full((batch, items, 3), -1)
    table[image, item] = torch.stack(places[1:], -1)
    order = torch.randperm(items, generator=torch.Generator().manual_seed(seed))
    moved = torch.full((batch, items, 3), -1)
    moved[(labels[:, order] >= 0).nonzero(as_tuple=True)] = torch.stack(
        assign(boxes[:, order], labels[:, order], ANCHORS, stride=STRIDE)[1:], -1
    )
    assert torch.equal(moved, table[:, order])
    guesses = random_guesses(batch, seed)
    terms, same = (measured(guesses, boxes[:, o], labels[:, o])[1] for o in (slice(None), order))
    for name in TERMS:
        assert_close(same[name], terms[name])


def test_places_by_hand():
    boxes = torch.tensor(
        [[[0, 0, 16, 16], [8, 0, 24, 31.9], [0, 0, 0, 0]], [[39, 31, 40, 32]] + [[0] * 4] * 2]
    )
    labels = torch.tensor([[0, 2, -1], [1, -1, -1]])
    places = assign(boxes, labels, ANCHORS.float(), stride=STRIDE)
    assert [p.tolist() for p in places] == [
        [0, 0, 1],
        [1, 2, 0],
        [1, 1, 3],
        [1, 2, 4],
    ]  # on a line: beyond it


@pytest.mark.parametrize("dtype, tolerance", [(torch.bfloat16, 0.02), (torch.float16, 0.003)])
def test_half_precision(dtype, tolerance):
    guesses, (boxes, labels) = random_guesses(3, 12).to(dtype).requires_grad_(), random_truths(3, 4, 13)
    options = {"anchors": ANCHORS.float(), "stride": STRIDE}
    loss, _ = yolo_loss(guesses, boxes.float(), labels, **options)
    full = guesses.detach().double().requires_grad_()
    wanted, _ = measured(full, boxes, labels)
    torch.testing.assert_close(loss.double(), wanted, rtol=tolerance, atol=0)
    got, right = grad(loss, guesses)[0].double(), grad(wanted, full)[0]
    assert (got - right).norm() < 5 * tolerance * right.norm()


def by_heart(scenes, model, *, num_steps, dtype=torch.bfloat16, enabled=False):
    """Train on one batch; return the losses."""
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.01), []
    for _ in range(num_steps):
        with torch.autocast("cpu", dtype, enabled=enabled):
            loss, _ = yolo_loss(
                model(scenes.images), scenes.boxes, scenes.labels, anchors=model.anchors, stride=model.stride
            )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def tiny(scenes):
    torch.manual_seed(0)
    sizes = to_cxcywh(scenes.boxes[scenes.labels >= 0])[:, 2:]
    return YOLO(Darknet([(8,), (16,), (16,), (32,)]), fit_anchors(sizes, 2), num_classes=10)


def test_four_scenes_are_learnt_by_heart():
    scenes = make_scenes(4, seed=3)
    model = tiny(scenes)
    losses = by_heart(scenes, model, num_steps=120)
    assert losses[0] > 10 and losses[-1] < 0.5
    truths = [
        {"boxes": boxes[labels >= 0], "labels": labels[labels >= 0]}
        for boxes, labels in zip(scenes.boxes, scenes.labels)
    ]
    found = detect(model.eval(), scenes.images)
    assert mean_average_precision(found, truths) == 1.0
    assert mean_average_precision(found, truths, thresholds=(0.75,)) > 0.9


def test_mixed_precision_learns_too():
    scenes = make_scenes(4, seed=3)
    losses = by_heart(scenes, tiny(scenes), num_steps=25, enabled=True)
    assert all(math.isfinite(loss) for loss in losses) and losses[-1] < 0.5 * losses[0]


def test_backgrounds_are_learnt():
    scenes = make_scenes(4, seed=3, num_items=(0, 0))
    model = YOLO(Darknet([(4,), (8,), (8,)]), ANCHORS.float(), num_classes=10)
    losses = by_heart(scenes, model, num_steps=25)
    assert losses[-1] < 0.3 * losses[0]
