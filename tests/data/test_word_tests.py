"""The word tests are the published ones, whole."""

import pytest

from d2lmodels.data.word_tests import load_analogies, load_word_similarity


def test_analogies_by_section():
    sections = load_analogies()
    assert {name: len(questions) for name, questions in sections.items()} == {
        "capital-common-countries": 506, "capital-world": 4524, "currency": 866, "city-in-state": 2467,
        "family": 506, "gram1-adjective-to-adverb": 992, "gram2-opposite": 812, "gram3-comparative": 1332,
        "gram4-superlative": 1122, "gram5-present-participle": 1056, "gram6-nationality-adjective": 1599,
        "gram7-past-tense": 1560, "gram8-plural": 1332, "gram9-plural-verbs": 870,
    }  # fmt: skip
    assert sections["capital-common-countries"][0] == ("athens", "greece", "baghdad", "iraq")
    assert sections["gram9-plural-verbs"][-1] == ("write", "writes", "work", "works")
    words = [word for questions in sections.values() for question in questions for word in question]
    assert all(word == word.lower() and word.split() == [word] for word in words)


@pytest.mark.parametrize(
    "name, count, first, marks",
    [
        ("wordsim353", 353, ("love", "sex", 6.77), (0.23, 10.0)),
        ("simlex999", 999, ("old", "new", 1.58), (0.23, 9.8)),
    ],
)
def test_similarity(name, count, first, marks):
    pairs = load_word_similarity(name)
    assert len(pairs) == count and pairs[0] == first
    assert (min(mark for *_, mark in pairs), max(mark for *_, mark in pairs)) == marks
    assert all(word == word.lower() for *two, _ in pairs for word in two)
