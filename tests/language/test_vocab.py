"""A vocabulary counts, sorts and numbers words; the cache of words stays small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.language.vocab import Vocabulary, WordCache

TEXT = ["b", "a", "c", "a", "b", "d", "a"]


def test_a_worked_example():
    vocabulary = Vocabulary(TEXT)
    assert vocabulary.words == ["a", "b", "c", "d"]  # c was met before d
    assert vocabulary.counts == [3, 2, 1, 1]
    assert vocabulary.ids == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert len(vocabulary) == 4
    assert "d" in vocabulary
    assert "e" not in vocabulary
    assert vocabulary.encode(TEXT) == [1, 0, 2, 0, 1, 3, 0]
    assert vocabulary.decode([3, 0]) == ["d", "a"]


def test_rare_words_and_specials():
    vocabulary = Vocabulary(TEXT, min_count=2, specials=["<pad>", "b", "<unk>"], unknown="<unk>")
    assert vocabulary.words == ["<pad>", "b", "<unk>", "a"]
    assert vocabulary.counts == [0, 2, 0, 3]
    assert vocabulary.encode(["a", "d", "e", "<pad>"]) == [3, 2, 2, 0]
    assert Vocabulary([], specials=["<pad>"]).words == ["<pad>"]


def test_words_may_come_from_an_iterator():
    assert Vocabulary(iter(TEXT)).decode(iter([0])) == ["a"]


@given(st.lists(st.sampled_from("abcdefg"), min_size=1), st.integers(1, 3))
def test_invariants(text, min_count):
    if max(map(text.count, text)) < min_count:
        return
    vocabulary = Vocabulary(text, min_count=min_count)
    assert vocabulary.counts == [text.count(word) for word in vocabulary.words]
    assert vocabulary.counts == sorted(vocabulary.counts, reverse=True)
    assert set(vocabulary.words) == {word for word in text if text.count(word) >= min_count}
    known = [word for word in text if word in vocabulary]
    assert vocabulary.decode(vocabulary.encode(known)) == known


def test_the_cache_asks_once_and_stays_small(monkeypatch):
    monkeypatch.setattr(WordCache, "MOST", 3)
    monkeypatch.setattr(WordCache, "LONGEST", 2)
    asked = []
    cache = WordCache(lambda word: asked.append(word) or list(word))
    for word in ["ab", "ab", "cc", "ddd", "ddd", "e", "ab"]:
        assert cache[word] == list(word)
    assert asked == ["ab", "cc", "ddd", "ddd", "e"]
    for k in range(10):
        assert cache[f"{k}"] == [f"{k}"]
        assert len(cache) <= 3
    assert cache["9"] == ["9"]
    assert asked[-1] == "9"
    assert len(asked) == 15


def test_an_unknown_word_is_an_error_with_near_spellings():
    vocabulary = Vocabulary(["language", "anarchism", "water", "languages"])
    with pytest.raises(KeyError, match="'langage' is not in the vocabulary; near it are language, languages"):
        vocabulary["langage"]
    with pytest.raises(KeyError, match="'qqq' is not in the vocabulary\""):
        vocabulary["qqq"]
