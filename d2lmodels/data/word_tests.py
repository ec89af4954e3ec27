"""What people say of words: 19,544 analogies, and how alike the words of 353 and of 999 pairs are.

Not here: how vectors do on them (`d2lmodels/metrics/words.py`).
"""

from collections.abc import Iterator

from d2lmodels.data.wheel import Source, Wheel, fetch


def _word_test(name: str, what: str, file: str, *, sha256: str, size: int, licence: str) -> Source:
    """Return the source of one file of gensim's folder of test data."""
    member = f"gensim/test/test_data/{file}"
    return Source(
        name=name,
        what=what,
        file=file,
        sha256=sha256,
        size=size,
        download=27_864_118,
        licence=licence,
        places=(
            Wheel("gensim==4.4.0", member, "cp312-cp312-manylinux_2_24_x86_64"),
            Wheel("gensim==4.3.3", member, "cp312-cp312-manylinux_2_17_x86_64"),
        ),
    )


ANALOGIES = _word_test(
    "analogies",
    "19,544 analogies such as Athens : Greece = Oslo : Norway",
    "questions-words.txt",
    sha256="8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
    size=603_955,
    licence="Apache-2.0, Google's word2vec",
)
SIMILARITIES = {
    "wordsim353": _word_test(
        "wordsim353",
        "353 pairs of words that people judged by how related they are",
        "wordsim353.tsv",
        sha256="f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
        size=7_186,
        licence="CC BY 4.0, Finkelstein et al.",
    ),
    "simlex999": _word_test(
        "simlex999",
        "999 pairs of words that people judged by how alike they are",
        "simlex999.txt",
        sha256="d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
        size=18_126,
        licence="free for research, Hill, Reichart and Korhonen",
    ),
}
WORD_TESTS = (ANALOGIES, *SIMILARITIES.values())


def _lines(source: Source) -> Iterator[str]:
    text = fetch(source, also=WORD_TESTS).read_text("utf-8")
    return (line for line in text.splitlines() if not line.startswith("#"))


def load_analogies() -> dict[str, list[tuple[str, str, str, str]]]:
    """Return the analogies `a : b = c : d` of each of 14 sections, in small letters.

    Raises `RuntimeError` when the file can be found nowhere.

    Source: Mikolov et al., "Efficient estimation of word representations in vector space" (2013), 4.1.

    >>> analogies = load_analogies()
    >>> len(analogies), sum(map(len, analogies.values())), analogies["family"][0]
    (14, 19544, ('boy', 'girl', 'brother', 'sister'))
    """
    sections = {}
    for line in _lines(ANALOGIES):
        if line.startswith(":"):
            section = sections[line[1:].strip()] = []
        else:
            a, b, c, d = line.lower().split()
            section.append((a, b, c, d))
    return sections


def load_word_similarity(name: str = "wordsim353") -> list[tuple[str, str, float]]:
    """Return pairs of words, in small letters, with the mean of people's marks from 0 to 10.

    Arguments: `name`, "wordsim353" (related, as "cup" is to "coffee") or "simlex999" (alike, as "cup" is to
    "mug").

    Raises `ValueError` for another name, `RuntimeError` when the file can be found nowhere.

    Sources: Finkelstein et al., "Placing search in context" (2002), section 4; Hill, Reichart & Korhonen,
    "SimLex-999" (2015).

    >>> load_word_similarity()[1]
    ('tiger', 'cat', 7.35)
    """
    if name not in SIMILARITIES:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(SIMILARITIES)}")
    rows = (line.lower().split() for line in _lines(SIMILARITIES[name]))
    return [(a, b, float(mark)) for a, b, mark in rows]
