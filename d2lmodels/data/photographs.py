"""Photographs of one thing each, out of scikit-image's wheel. No labels, no resizing: pixels as they are."""

import numpy as np
from jaxtyping import UInt8

from d2lmodels.data.wheel import Source, Wheel, fetch


def _photograph(file: str, what: str, *, sha256: str, size: int, licence: str) -> Source:
    """Return the source of one file of scikit-image's folder of data."""
    member = f"skimage/data/{file}"
    return Source(
        name=file.partition(".")[0],
        what=what,
        file=file,
        sha256=sha256,
        size=size,
        download=13_561_683,
        licence=licence,
        places=(
            Wheel("scikit-image==0.26.0", member, "cp312-cp312-manylinux_2_28_x86_64"),
            Wheel("scikit-image==0.25.2", member, "cp312-cp312-manylinux_2_17_x86_64"),
        ),
    )


PHOTOGRAPHS = (
    _photograph(
        "chelsea.png",
        "photograph of a cat, 451 × 300",
        sha256="596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        size=240_512,
        licence="CC0, Stefan van der Walt",
    ),
    _photograph(
        "coffee.png",
        "photograph of a cup of coffee, 600 × 400",
        sha256="cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        size=466_706,
        licence="CC0, Rachel Michetti",
    ),
    _photograph(
        "rocket.jpg",
        "photograph of a rocket's start, 640 × 427",
        sha256="c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        size=112_525,
        licence="public domain, SpaceX",
    ),
    _photograph(
        "astronaut.png",
        "photograph of the astronaut Eileen Collins, 512 × 512",
        sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        size=791_555,
        licence="public domain, NASA",
    ),
)


def load_photograph(name: str) -> UInt8[np.ndarray, "height width 3"]:
    """Return a photograph's pixels: rows from the top, red, green and blue from 0 to 255.

    Arguments: `name`, one of "chelsea" (a cat), "coffee", "rocket" and "astronaut".

    Raises `ValueError` for another name, `RuntimeError` when the file can be found nowhere.

    >>> load_photograph("chelsea").shape
    (300, 451, 3)
    """
    sources = {source.name: source for source in PHOTOGRAPHS}
    if name not in sources:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(sources)}")
    from PIL import Image  # here, so that the digits need no Pillow

    with Image.open(fetch(sources[name], also=PHOTOGRAPHS)) as image:
        return np.array(image.convert("RGB"))
