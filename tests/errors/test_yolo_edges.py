"""What a detector is given by mistake, or at the edge of what it takes: nothing is passed over in silence."""

import pytest
import torch

from d2lmodels.vision.anchors import fit_anchors, shape_iou
from d2lmodels.vision.darknet import Darknet
from d2lmodels.vision.yolo import YOLO, decode, detect
from d2lmodels.vision.yolo_loss import yolo_loss

ANCHORS = torch.tensor([[8.0, 8.0]])
GUESSES = torch.zeros(1, 1, 2, 2, 7)
BOX, NONE = torch.tensor([[[0.0, 0.0, 8.0, 8.0]]]), torch.tensor([[-1]])


def loss(guesses=GUESSES, boxes=BOX, labels=NONE):
    return yolo_loss(guesses, boxes, labels, anchors=ANCHORS, stride=8)


def test_a_row_without_an_object_counts_for_nothing_whatever_its_box():
    assert loss()[0] == loss(boxes=BOX * 0)[0]


def test_nan_guesses_without_objects_are_no_loss_of_0():
    assert loss(GUESSES * torch.nan, BOX * 0)[0].isnan()


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.int8, torch.uint8])
def test_whole_numbers_of_any_kind_are_labels(dtype):
    labels = torch.tensor([[1]])
    assert loss(labels=labels.to(dtype))[0] == loss(labels=labels)[0]


def test_what_is_no_tensor():
    with pytest.raises(TypeError, match="labels must be"):
        loss(labels=[[1]])
    with pytest.raises(TypeError, match="guesses must be"):
        loss(guesses=GUESSES.tolist())
    with pytest.raises(TypeError, match="guesses must be"):
        loss(guesses=GUESSES.long())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_decoding_half_precision_does_not_round_to_whole_pixels(dtype):
    guesses = torch.randn(1, 1, 76, 76, 7, generator=torch.Generator().manual_seed(0)).to(dtype)  # 608 pixels
    boxes, exact = (decode(g, ANCHORS, stride=8) for g in (guesses, guesses.float()))
    assert (boxes - exact).abs().max() < 1e-3


def test_darknets_that_are_none():
    for groups in ((), [()], [8, 16], 5):
        with pytest.raises((ValueError, TypeError), match="groups"):
            Darknet(groups)
    with pytest.raises(ValueError, match="X must"):
        Darknet([(8,), (8,), (8,)])(torch.zeros(1, 3, 3, 8))


def test_a_backbone_that_is_none():
    with pytest.raises(TypeError, match="backbone must"):
        YOLO(torch.nn.Linear(2, 2), ANCHORS, num_classes=3)


def test_scores_that_are_nan():
    model = YOLO(Darknet([(1,)]), ANCHORS, num_classes=2)
    guesses = GUESSES.clone()
    guesses[0, 0, 0, 0, 4:6] = torch.tensor([5.0, torch.inf])  # whose softmax is NaN
    model.stride, model.forward = 8, lambda X: guesses
    with pytest.raises(ValueError):
        detect(model, torch.zeros(1, 3, 16, 16))
    with pytest.raises(ValueError):
        detect(model, torch.zeros(1, 3, 16, 16), min_score=float("nan"))


def test_every_anchor_gets_boxes_where_there_are_as_many_shapes():
    for seed in range(200):
        sizes = torch.tensor([[1.0, 1.0]] * 4 + [[1.0, 2.0]] * 4 + [[2.0, 1.0], [2.0, 2.0]])
        anchors = fit_anchors(sizes, 3, seed=seed)
        assert len(shape_iou(sizes, anchors).argmax(1).unique()) == 3, (seed, anchors)


def test_areas_in_float16():
    anchors = fit_anchors(torch.tensor([[400.0, 400.0], [300.0, 300.0]]).half(), 2)
    assert anchors[0, 0] == 300
