"""Photographs out of scikit-image's wheel. No labels, no resizing: pixels as they are."""

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
    _photograph(
        "brick.png",
        "grey photograph of a brick wall, 512 × 512",
        sha256="7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
        size=106_634,
        licence="CC0, cc0textures.com",
    ),
    _photograph(
        "grass.png",
        "grey photograph of grass, 512 × 512",
        sha256="b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
        size=217_893,
        licence="CC0, Linolafett",
    ),
    _photograph(
        "gravel.png",
        "grey photograph of gravel, 512 × 512",
        sha256="c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
        size=194_247,
        licence="CC0, cc0textures.com",
    ),
    _photograph(
        "hubble_deep_field.jpg",
        "photograph of galaxies by the Hubble telescope, 1000 × 872",
        sha256="3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
        size=527_940,
        licence="public domain, NASA",
    ),
    _photograph(
        "ihc.png",
        "photograph of stained tissue under a microscope, 512 × 512",
        sha256="f8dd1aa387ddd1f49d8ad13b50921b237df8e9b262606d258770687b0ef93cef",
        size=477_916,
        licence="no known restrictions, Center for Microscopy and Molecular Imaging",
    ),
    _photograph(
        "coins.png",
        "grey photograph of 24 coins from Pompeii, 384 × 303",
        sha256="f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba",
        size=75_825,
        licence="no known restrictions, Brooklyn Museum",
    ),
    _photograph(
        "cell.png",
        "grey image of a cell in saline, from a hologram, 550 × 660",
        sha256="8d23a7fb81f7cc877cd09f330357fc7f595651306e84e17252f6e0a1b3f61515",
        size=74_183,
        licence="CC0, Paul Müller et al.",
    ),
)


def load_photograph(name: str) -> UInt8[np.ndarray, "height width 3"]:
    """Return a photograph's pixels: rows from the top, red, green and blue from 0 to 255.

    Arguments: `name`, one of "chelsea" (a cat), "coffee", "rocket", "astronaut", "hubble_deep_field", "ihc"
    (tissue), and of the grey "brick", "grass", "gravel", "coins" and "cell".

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
