"""The photographs are those of scikit-image, upright and with their colours in order."""

import subprocess
import sys

import numpy as np
import pytest

from d2lmodels.data import load_photograph


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("chelsea", (300, 451, 3)),
        ("coffee", (400, 600, 3)),
        ("rocket", (427, 640, 3)),
        ("astronaut", (512, 512, 3)),
        ("brick", (512, 512, 3)),
        ("grass", (512, 512, 3)),
        ("gravel", (512, 512, 3)),
        ("hubble_deep_field", (872, 1000, 3)),
        ("ihc", (512, 512, 3)),
        ("coins", (303, 384, 3)),
        ("cell", (660, 550, 3)),
    ],
)
def test_shape_and_type(name, shape):
    image = load_photograph(name)
    assert image.shape == shape
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert image.min() < 75  # the brick wall has no black
    assert image.max() > 205
    assert (np.ptp(image, axis=2) == 0).all() == (name in ("brick", "grass", "gravel", "coins", "cell"))


def test_red_comes_first_and_the_top_row_first():
    np.testing.assert_array_equal(load_photograph("chelsea")[0, 0], [143, 120, 104])  # a brown carpet
    red, _, blue = load_photograph("rocket")[:50].reshape(-1, 3).mean(axis=0)
    assert blue > red  # the sky


def test_a_photograph_needs_no_torch_and_the_list_no_pillow():
    code = (
        "import sys, d2lmodels.data as data; print('PIL' in sys.modules); data.load_photograph('chelsea'); "
        "print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "False"]
