"""How items are turned, tinted and painted, number by number and against loops."""

from math import cos, floor, radians, sin

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.data import load_digits, paste


def slow_stamp(glyph, scale, angle, side):
    """Look up each pixel of a stamp by itself: the reference for `stamp`."""
    stamp = np.zeros((side, side))
    pixel = lambda i, j: glyph[i, j] if 0 <= i < 28 and 0 <= j < 28 else 0.0  # noqa: E731
    for row, column in np.ndindex(side, side):
        x, y = column - (side - 1) / 2, row - (side - 1) / 2
        u = (cos(angle) * x + sin(angle) * y) / scale + 13.5
        v = (cos(angle) * y - sin(angle) * x) / scale + 13.5
        j, i = floor(u), floor(v)
        above = pixel(i, j) * (j + 1 - u) + pixel(i, j + 1) * (u - j)
        below = pixel(i + 1, j) * (j + 1 - u) + pixel(i + 1, j + 1) * (u - j)
        stamp[row, column] = above * (i + 1 - v) + below * (v - i)
    return (0.5 + (stamp - 0.5) * max(scale, 1)).clip(0, 1)


def test_a_stamp_looked_up_pixel_by_pixel():
    glyphs = torch.from_numpy(load_digits()[0][:4]).view(-1, 28, 28)
    scale, angle = torch.tensor([0.7, 1.0, 1.3, 2.0]), torch.tensor([0.5, 0.0, -0.3, 1.2])
    stamps = paste.stamp(glyphs, scale, angle, 40)
    for k in range(4):
        wanted = slow_stamp(glyphs[k].double().numpy(), scale[k].item(), angle[k].item(), 40)
        np.testing.assert_allclose(stamps[k], wanted, atol=2e-5)


def test_a_stamp_of_scale_1_is_the_glyph_and_turns_clockwise():
    glyphs = torch.rand(3, 28, 28, generator=torch.Generator().manual_seed(0))
    angle = torch.tensor([0, 90, -90]).deg2rad()
    stamps = paste.stamp(glyphs, torch.ones(3), angle, 30)[:, 1:-1, 1:-1]
    for stamp, glyph, turns in zip(stamps, glyphs, (0, -1, 1)):  # rot90 turns anticlockwise
        torch.testing.assert_close(stamp, glyph.rot90(turns), atol=1e-5, rtol=0)


def test_turning_keeps_the_ink():
    glyphs = torch.from_numpy(load_digits()[0][:200]).view(-1, 28, 28)
    ink = [
        paste.stamp(glyphs, torch.full((200,), 1.5), torch.full((200,), radians(a)), 56).sum((1, 2))
        for a in (0, 30)
    ]
    torch.testing.assert_close(ink[0], ink[1], rtol=0.03, atol=0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_bounds_hold_every_pixel_and_touch_all_four_sides(seed, height, width):
    shape = torch.rand(height, width, generator=torch.Generator().manual_seed(seed)) < 0.3
    shape.view(-1)[seed % shape.numel()] = True
    y, x = np.nonzero(shape.numpy())
    assert paste.bounds(shape[None]).tolist() == [[x.min(), y.min(), x.max() + 1, y.max() + 1]]


def test_a_tint_by_hand():
    ground = torch.tensor([[0.5, 0.5, 0.5], [1.0, 0.0, 0.0]])
    candidates = torch.tensor([[[0.5, 0.5, 0.9], [0.1, 0.5, 0.0]], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    colours = paste.tint(ground, candidates, torch.tensor([[0.5], [0.25]]))
    torch.testing.assert_close(colours, torch.tensor([[0.3, 0.5, 0.25], [0.75, 0.25, 0.0]]))


def test_paint_by_hand():
    canvas = torch.zeros(2, 3, 3, 4)
    alphas, colours = torch.tensor([[[1.0, 0.5], [0.0, 0.25]]]), torch.tensor([[1.0, 0.5, 0.0]])
    paste.paint(canvas, alphas, colours, torch.tensor([1]), torch.tensor([[1, 2]]))
    wanted = torch.zeros(2, 3, 3, 4)
    wanted[1, 0, 1:, 2:] = alphas[0]
    wanted[1, 1, 1:, 2:] = alphas[0] / 2
    torch.testing.assert_close(canvas, wanted)
