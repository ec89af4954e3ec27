"""Anchors: the IoU of shapes, and k-means by worked examples, at its end, and on the boxes of scenes."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from d2lmodels.data.scenes import make_scenes
from d2lmodels.nn.boxes import iou, to_cxcywh, to_xyxy
from d2lmodels.vision.anchors import fit_anchors, shape_iou


def random_sizes(n, seed, *, least=1.0, most=60.0):
    generator = torch.Generator().manual_seed(seed)
    return least + (most - least) * torch.rand(n, 2, dtype=torch.float64, generator=generator)


@pytest.fixture(scope="module")
def scene_sizes():
    scenes = make_scenes(300, seed=5)
    return to_cxcywh(scenes.boxes[scenes.labels >= 0])[:, 2:]


def best_iou(sizes, anchors):
    """How well the boxes fit their anchors, on average."""
    return shape_iou(sizes, anchors).amax(1).mean().item()


def assert_settled(sizes, anchors):
    """Each anchor is the mean of the boxes that are nearest to it."""
    nearest = shape_iou(sizes, anchors).argmax(1)
    for k in nearest.unique():
        torch.testing.assert_close(anchors[k], sizes[nearest == k].mean(0), rtol=1e-5, atol=1e-5)


def test_shapes_by_hand():
    a, b = torch.tensor([[4.0, 2.0], [3.0, 3.0]]), torch.tensor([[2.0, 4.0], [4.0, 2.0], [1.0, 1.0]])
    wanted = torch.tensor([[4 / 12, 1.0, 1 / 8], [6 / 11, 6 / 11, 1 / 9]])
    torch.testing.assert_close(shape_iou(a, b), wanted)


@pytest.mark.parametrize("n, m", [(40, 30), (1, 5), (0, 3), (3, 0)])
def test_shapes_are_boxes_on_one_centre(n, m):
    a, b = random_sizes(n, 0), random_sizes(m, 1)
    boxes = [to_xyxy(torch.cat([torch.full_like(sizes, 7.0), sizes], 1)) for sizes in (a, b)]
    torch.testing.assert_close(shape_iou(a, b), iou(*boxes), rtol=1e-9, atol=1e-12)
    assert shape_iou(a, b).shape == (n, m)


def test_gradients_of_every_number():
    leaves = random_sizes(4, 2).requires_grad_(), random_sizes(3, 3).requires_grad_()
    assert gradcheck(shape_iou, leaves, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_a_worked_example():
    """Three clouds; whichever boxes it starts from, these seeds end with their means."""
    clouds = torch.tensor([[[10, 12], [12, 10], [11, 11]], [[40, 10], [44, 12], [42, 11]], [[9, 50]] * 3])
    sizes = clouds.flatten(0, 1).float()
    wanted = torch.tensor([[11.0, 11.0], [9.0, 50.0], [42.0, 11.0]])  # areas 121, 450, 462
    ends = [fit_anchors(sizes, 3, seed=seed) for seed in range(10)]
    assert sum(torch.equal(end, wanted) for end in ends) >= 7
    assert max(best_iou(sizes, end) for end in ends) == pytest.approx(best_iou(sizes, wanted))


def test_rounds_one_by_one():
    """A round gives each box to its nearest anchor, and each anchor the mean of its boxes."""
    sizes, anchors = random_sizes(50, 4), None
    for num_rounds in range(6):
        last, anchors = anchors, fit_anchors(sizes, 4, num_rounds=num_rounds)
        if last is None:
            assert all((sizes == anchor).all(1).any() for anchor in anchors)  # it starts from boxes
            continue
        nearest = [
            max(range(4), key=lambda k, size=size: shape_iou(size[None], last)[0, k]) for size in sizes
        ]
        means = [sizes[[n == k for n in nearest]].mean(0) for k in range(4)]
        wanted = torch.stack(sorted(means, key=lambda mean: mean.prod()))
        torch.testing.assert_close(anchors, wanted, rtol=1e-9, atol=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 40), st.data())
def test_the_end_is_a_fixed_point(seed, n, data):
    num_anchors = data.draw(st.integers(1, n))
    sizes = random_sizes(n, seed).round()  # whole numbers, as in scenes: some are equal
    given_sizes = sizes.clone()
    anchors = fit_anchors(sizes, num_anchors, seed=seed)
    assert anchors.shape == (num_anchors, 2) and anchors.dtype == sizes.dtype
    assert (anchors.prod(1).diff() >= 0).all()
    assert (anchors >= sizes.amin(0)).all() and (anchors <= sizes.amax(0)).all()
    assert_settled(sizes, anchors)
    assert torch.equal(sizes, given_sizes)


@given(st.integers(0, 10**6))
def test_the_order_of_boxes_does_not_count_where_clouds_are_clear(seed):
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.cat([random_sizes(9, seed, most=1.2) * torch.tensor(c) for c in [[10, 10], [80, 20]]])
    order = torch.randperm(18, generator=generator)
    a, b = fit_anchors(sizes, 2), fit_anchors(sizes[order], 2)
    assume(min(best_iou(sizes, a), best_iou(sizes, b)) > 0.6)  # neither began with two of one cloud for good
    torch.testing.assert_close(a, b)
    torch.testing.assert_close(a, torch.stack([sizes[:9].mean(0), sizes[9:].mean(0)]))


def test_scale_does_not_count():
    sizes = random_sizes(60, 6)
    torch.testing.assert_close(fit_anchors(sizes * 8, 5), fit_anchors(sizes, 5) * 8)


def test_more_anchors_fit_scenes_better(scene_sizes):
    fits = [best_iou(scene_sizes, fit_anchors(scene_sizes, k)) for k in (1, 2, 3, 5, 9)]
    assert fits == sorted(fits) and fits[0] > 0.5 and fits[-1] > 0.8
    for k in (1, 3, 9):
        assert_settled(scene_sizes, fit_anchors(scene_sizes, k))
    random = torch.stack([scene_sizes[k : k + 3] for k in range(0, 300, 3)])  # as good as any three boxes?
    assert fits[2] > sum(best_iou(scene_sizes, three) for three in random) / 100 + 0.05


def test_one_anchor_and_as_many_as_boxes(scene_sizes):
    assert torch.equal(fit_anchors(scene_sizes, 1), scene_sizes.mean(0, keepdim=True))
    sizes = random_sizes(7, 7)
    assert torch.equal(fit_anchors(sizes, 7), sizes[sizes.prod(1).argsort()])
    assert torch.equal(fit_anchors(sizes[:1], 1), sizes[:1])


def test_equal_boxes():
    same = torch.tensor([[10.0, 20.0]]).repeat(5, 1)
    assert torch.equal(fit_anchors(same, 3), same[:3])  # two of the three get no box, and stay
    sizes = torch.cat([same, torch.tensor([[30.0, 10.0]])])
    for seed in range(20):  # mostly it starts from two equal ones
        assert torch.equal(fit_anchors(sizes, 2, seed=seed), sizes[-2:])


def test_the_seed_counts_and_nothing_else():
    sizes = random_sizes(60, 8)
    ends = [fit_anchors(sizes, 6, seed=seed) for seed in range(6)]
    assert not all(torch.equal(end, ends[0]) for end in ends)
    torch.manual_seed(3)
    state = torch.get_rng_state()
    assert torch.equal(fit_anchors(sizes, 6, seed=2), ends[2])
    assert torch.equal(torch.get_rng_state(), state)
