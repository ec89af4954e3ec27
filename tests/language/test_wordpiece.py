"""WordPiece by itself: cleaning, words, the longest pieces, pairs, and back to text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.language.wordpiece import WordPiece, split_words

TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "##a", "##b", "a", "able", "!", "你"]


@pytest.fixture
def bert():
    return WordPiece(TOKENS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't", ["don", "'", "t"]),
        ("a$b^c_d~", ["a", "$", "b", "^", "c", "_", "d", "~"]),  # ASCII's signs, whatever Unicode says
        ("“§ª€²½", ["“", "§", "ª€²½"]),  # § is punctuation, € is a currency
        ("Cafe\u0301ÉÇÑÜŁØ", ["cafeecnułø"]),  # a stroke is no mark
        ("ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("İI", ["ii"]),
        ("a\x00b\ufffdc\u200bd\u00ade\ue000f", ["abcdef"]),
        ("a\x0bb\x85c\x1cd", ["abcd"]),  # controls, that Python takes for spaces
        ("東京は日本の首都", ["東", "京", "は", "日", "本", "の", "首", "都"]),
        ("\uf900\U0002f800㐀𠀀", ["豈", "丽", "㐀", "𠀀"]),
        (
            "x\U0002a6dfx\U0002a6e0x",
            ["x", "\U0002a6df", "x\U0002a6e0x"],
        ),  # the last of a block, and behind it
        ("STRAẞEß", ["straßeß"]),
        ("한국", ["한국"]),
        ("हिन्दी", ["हिनदी"]),  # Mn goes, Mc stays
        ("\u037e\u1fef", [";", "`"]),  # a Greek question mark decomposes to a semicolon
        ("", []),
        ("\u200b\u0301", []),
    ],
)
def test_words(text, words):
    assert split_words(text) == [unicodedata.normalize("NFD", word) for word in words]


def test_capitals_and_accents_stay_where_the_vocabulary_has_them():
    assert split_words("Crème-BRÛLÉE\x00,你", lowercase=False) == ["Crème", "-", "BRÛLÉE", ",", "你"]
    bert = WordPiece(["[UNK]", "É", "##a", "a"], lowercase=False)
    assert bert.tokenize("Éa ea A a") == ["É", "##a", "[UNK]", "[UNK]", "a"]


def test_the_longest_piece_comes_first(bert):
    assert bert.tokenize("unable unaffable ablea") == ["un", "##able", "un", "##aff", "##able", "able", "##a"]
    assert bert.tokenize("abx a") == ["[UNK]", "a"]  # not even its known beginning is kept
    assert bert.tokenize("aff") == ["[UNK]"]  # only as a continuation is it known
    assert bert.encode("UNABLE!你a") == [4, 6, 11, 12, 9]
    assert bert.tokenize("##a") == ["[UNK]", "[UNK]", "a"]


def test_greed_can_fail_where_a_cut_exists():
    assert WordPiece(["[UNK]", "ab", "a", "##bc"]).tokenize("abc") == ["[UNK]"]


def test_long_words_are_unknown():
    bert = WordPiece(TOKENS, max_chars=4)
    assert bert.tokenize("aaaa aaaaa") == ["a", "##a", "##a", "##a", "[UNK]"]
    assert WordPiece(TOKENS).tokenize("a" * 100) == ["a"] + ["##a"] * 99
    assert WordPiece(TOKENS).tokenize("a" * 101 + " a") == ["[UNK]", "a"]
    assert WordPiece(TOKENS).tokenize("a\u0301" * 100 + "!") == ["a"] + ["##a"] * 99 + ["!"]


def test_spaces_of_all_kinds(bert):
    assert bert.tokenize(" a\ta\na\ra\xa0a\u2003a\u3000a\u2028a ") == ["a"] * 8
    assert bert.tokenize("u\x0bn u\x85n u\x1cn") == ["un"] * 3  # these are controls, which BERT drops
    assert bert.tokenize("") == bert.tokenize(" \n") == bert.tokenize("\x00") == []


def test_no_text_contains_a_special_token(bert):
    assert bert.tokenize("[PAD]") == ["[UNK]"] * 3


def test_pairs(bert):
    assert bert.encode_pair("a!", "un") == ([2, 9, 11, 3, 4, 3], [0, 0, 0, 0, 1, 1])
    assert bert.encode_pair("a!") == ([2, 9, 11, 3], [0, 0, 0, 0])
    assert bert.encode_pair("", "") == ([2, 3, 3], [0, 0, 1])


def test_back_to_text(bert):
    assert bert.decode(bert.encode("Unaffable, a!")) == "unaffable [UNK] a !"
    assert bert.decode([7, 9, 8]) == "##a ab"
    assert bert.decode([]) == ""


def test_results_belong_to_the_caller(bert):
    bert.encode("a").append(7)
    assert bert.encode("a") == [9]


@given(st.text())
def test_words_hold_what_is_left_and_splitting_them_changes_nothing(text):
    words = split_words(text)
    assert [part for word in words for part in split_words(word)] == words or not text.isascii()
    assert not any(c.isspace() for word in words for c in word)
    if text.isascii():
        kept = [c.lower() for c in text if " " < c < "\x7f"]
        assert [c for word in words for c in word] == kept


@given(st.lists(st.sampled_from(["un", "aff", "able", "a", "b"]), min_size=1))
def test_pieces_join_to_the_word(pieces):
    word = "".join(pieces)
    tokens = WordPiece(TOKENS).pieces(word)
    if tokens != ["[UNK]"]:
        assert tokens[0] + "".join(token.removeprefix("##") for token in tokens[1:]) == word
        assert set(tokens) <= set(TOKENS)
        assert all(token.startswith("##") for token in tokens[1:])
