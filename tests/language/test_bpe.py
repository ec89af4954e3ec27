"""Byte-pair encoding by itself: words, merges learned by hand and by counting anew, round trips, files."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.language.bpe import BYTES, CHARACTERS, BPETokenizer, learn_merges, word_pattern

LOW = " ".join(["low"] * 5 + ["lower"] * 2 + ["newest"] * 6 + ["widest"] * 3)  # the paper's example
TEXT = (
    "The cat sat on the mat; the cats' cathedral, naïve “façade” — 你好，世界 🙂🙂 12 345 x² ½\t\n\n  end  "
)
TRAINED = {style: BPETokenizer.train((TEXT + LOW) * 3, 600, style=style) for style in ("gpt2", "clip")}
WORDS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=9), min_size=1, max_size=8)


def merged(word, pair, new):
    """A word with each pair, from the left, replaced by a new token."""
    out, k = [], 0
    while k < len(word):
        if tuple(word[k : k + 2]) == pair:
            out.append(new)
            k += 2
        else:
            out.append(word[k])
            k += 1
    return out


def learned_slowly(words, counts, *, num_merges, first_id):
    """The pairs of `learn_merges`, with all pairs counted anew for each; ties by the smaller ids."""
    pairs = []
    while len(pairs) < num_merges:
        frequency = Counter()
        for word, count in zip(words, counts):
            for pair in pairwise(word):
                frequency[pair] += count
        best = min(frequency, key=lambda pair: (-frequency[pair], pair), default=None)
        if best is None or frequency[best] < 2:
            break
        words = [merged(word, best, first_id + len(pairs)) for word in words]
        pairs.append(best)
    return pairs


def encoded_slowly(tokenizer, word):
    """The ids of a word by walking through all merges in their order."""
    ids = tokenizer.byte_ids(word)
    for pair, new in tokenizer.ids.items():
        ids = merged(ids, pair, new)
    return ids


def names(tokenizer, ids):
    return [tokenizer.tokens[number] for number in ids]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'll don't HE'LL ’s", ["I", "'ll", " don", "'t", " HE", "'", "LL", " ’", "s"]),
        ("he'd we've they're I'm", ["he", "'d", " we", "'ve", " they", "'re", " I", "'m"]),
        ("三人一九", ["三人一九"]),  # Chinese numerals are letters, too
        ("a  b\n\n c\n", ["a", " ", " b", "\n\n", " c", "\n"]),
        ("a \u3000b\xa0c", ["a", " ", "\u3000", "b", "\xa0", "c"]),  # only the plain space joins a word
        ("a\x1cb\x85c", ["a", "\x1c", "b", "\x85", "c"]),
        ("\x1c\x1d !", ["\x1c\x1d", " !"]),  # Python calls these spaces, Unicode does not
        ("12.5 x² ½Ⅳ٣", ["12", ".", "5", " x", "²", " ½Ⅳ٣"]),
        ("snake_case __init__", ["snake", "_", "case", " __", "init", "__"]),
        ("हिन्दी", ["ह", "ि", "न", "्", "द", "ी"]),  # GPT-2 takes vowel signs for no letters
        ("你好，世界", ["你好", "，", "世界"]),
        ("", []),
    ],
)
def test_words_of_gpt2(text, words):
    assert word_pattern("gpt2").findall(text) == words


def test_words_of_clip():
    assert TRAINED["clip"].words("It'S  2024, ÇA va? ΣΑΣ Cafe\u0301 İ") == [
        "it", "'s", "2", "0", "2", "4", ",", "ça", "va", "?", "σασ", "café", "i", "̇"
    ]  # fmt: skip


def test_merges_by_hand():
    tokenizer = BPETokenizer.train(LOW, 512 + 5, style="clip")
    assert tokenizer.tokens[512:] == ["es", "est</w>", "lo", "ew", "new"]
    assert names(tokenizer, tokenizer.encode("lowest newer")) == [
        "lo", "w", "est</w>", "new", "e", "r</w>"
    ]  # fmt: skip
    merges = learn_merges([[0, 1, 0, 1, 0], [1, 0, 2]], [1, 3], num_merges=9, first_id=3)
    assert merges == [(1, 0), (3, 2)]  # 1,0 five times; then 3,2 three times; the rest once


def test_runs_of_one_letter():
    """In aaaa the pair aa occurs three times and can be merged twice."""
    assert learn_merges([[0] * 4], [5], num_merges=9, first_id=1) == [(0, 0), (1, 1)]
    assert learn_merges([[0] * 3, [0, 1]], [2, 3], num_merges=2, first_id=2) == [(0, 0), (0, 1)]
    tokenizer = BPETokenizer.train("aaaaa " * 9, 258)
    assert names(tokenizer, tokenizer.encode("aaaaaaa")) == ["aa", "aa", "aaa"]  # of two pairs the smaller


@given(WORDS, st.data())
def test_merges_are_those_of_counting_anew(words, data):
    counts = data.draw(st.lists(st.integers(1, 4), min_size=len(words), max_size=len(words)))
    options = {"num_merges": data.draw(st.integers(0, 12)), "first_id": 4}
    before = [list(word) for word in words]
    assert learn_merges(words, counts, **options) == learned_slowly(words, counts, **options)
    assert words == before


@given(st.text("ab cé", max_size=60), st.text("ab cé", max_size=60), st.sampled_from(["gpt2", "clip"]))
def test_a_word_is_encoded_as_by_all_merges_in_their_order(text, other, style):
    tokenizer = BPETokenizer.train(text * 2, 600, style=style)
    wanted = [number for word in tokenizer.words(other) for number in encoded_slowly(tokenizer, word)]
    assert tokenizer.encode(other) == wanted


@settings(max_examples=500)
@given(st.text())
def test_every_text_comes_back(text):
    tokenizer = TRAINED["gpt2"]
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert "".join(tokenizer.words(text)) == text
    assert len(ids) <= len(text.encode())
    assert TRAINED["clip"].decode(TRAINED["clip"].encode(text)) == " ".join(TRAINED["clip"].words(text))


def test_every_character_comes_back():
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x30000), *range(0xE0000, 0xE0200)]))
    assert TRAINED["gpt2"].decode(TRAINED["gpt2"].encode(text)) == text


def test_size_and_numbers():
    tokenizer = TRAINED["gpt2"]
    assert len(tokenizer) == len(tokenizer.tokens) < 600  # no pair occurs twice any more
    assert len(BPETokenizer.train(TEXT * 2, 270)) == 270
    assert len(BPETokenizer.train("", 1000)) == 256
    assert sorted(BYTES) == list(range(256))
    assert len(set(CHARACTERS)) == 256
    assert tokenizer.tokens[220] == "Ġ"  # the space, as in GPT-2's table
    assert BPETokenizer([]).encode("!A a") == [0, 32, 220, 64]
    assert BPETokenizer([], style="clip").encode("!Ab a") == [256, 64, 65 + 256, 64 + 256]


def test_pieces_of_a_character_decode_to_a_mark():
    tokenizer = BPETokenizer([])
    assert tokenizer.decode(tokenizer.encode("é")[:1]) == "�"
    assert tokenizer.decode([]) == ""


def test_results_belong_to_the_caller():
    tokenizer = BPETokenizer.train("ab ab", 258)
    tokenizer.encode("ab").append(7)
    assert tokenizer.encode("ab") == [256]


def test_a_long_word():
    tokenizer = TRAINED["gpt2"]
    word = "cathedral" * 2000
    assert tokenizer.encode(word) == encoded_slowly(tokenizer, word)
    assert word not in tokenizer.cache


@pytest.mark.parametrize("style", ["gpt2", "clip"])
def test_saved_and_loaded(tmp_path, style):
    tokenizer = TRAINED[style]
    tokenizer.save(tmp_path / "tokens.json")
    loaded = BPETokenizer.load(tmp_path / "tokens.json")
    assert (loaded.style, loaded.tokens, loaded.ids) == (style, tokenizer.tokens, tokenizer.ids)
    assert loaded.encode(TEXT) == tokenizer.encode(TEXT)
    saved = json.loads((tmp_path / "tokens.json").read_text("utf-8"))
    assert saved["merges"][0] == list(map(tokenizer.tokens.__getitem__, next(iter(tokenizer.ids))))


def test_published_merges():
    merges = [("l", "o"), ("Ġ", "lo"), ("Ã", "©")]
    tokenizer = BPETokenizer.from_merges(merges)
    assert names(tokenizer, tokenizer.encode("lo lo é")) == ["lo", "Ġlo", "Ġ", "Ã©"]
    assert tokenizer.decode(tokenizer.encode("lo lo é")) == "lo lo é"
    clip = BPETokenizer.from_merges([("l", "o"), ("lo", "w</w>")], style="clip")
    assert names(clip, clip.encode("Low lows")) == ["low</w>", "lo", "w", "s</w>"]
    assert clip.decode(clip.encode("Low  lows")) == "low lows"
