"""Mistakes with tokenizers and vocabularies end in errors that say what was wrong, got and wanted."""

import pytest

from d2lmodels.language.bpe import BPETokenizer
from d2lmodels.language.vocab import Vocabulary
from d2lmodels.language.wordpiece import WordPiece

TOKENIZERS = [BPETokenizer([]), BPETokenizer([], style="clip"), WordPiece(["[UNK]", "a"])]


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (b"bytes", TypeError, "text must be a string, got bytes"),
        (["a", "b"], TypeError, "text must be a string, got list"),
        (None, TypeError, "text must be a string, got NoneType"),
        ("ab\ud83d", ValueError, r"text must be whole characters, got .* '\\ud83d' at position 2"),
        ("\udc00" + "a" * 50, ValueError, r"the lone surrogate '\\udc00' at position 0"),
    ],
)
def test_texts(tokenizer, text, error, message):
    with pytest.raises(error, match=message):
        tokenizer.encode(text)


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_ids(tokenizer):
    last = len(tokenizer) - 1
    for ids, got in ([[0, -1], "-1"], [[last + 1, 0], f"{last + 1}"], [[0, 10**9], "1000000000"]):
        with pytest.raises(ValueError, match=rf"ids must lie in 0…{last}, got {got}$"):
            tokenizer.decode(ids)


def test_training():
    for size in (255, -1, 300.0, "300", None):
        with pytest.raises(ValueError, match=f"vocab_size must be 256, the bytes, or more, got {size!r}"):
            BPETokenizer.train("text", size)
    with pytest.raises(ValueError, match="vocab_size must be 512, the bytes, or more, got 300"):
        BPETokenizer.train("text", 300, style="clip")
    with pytest.raises(ValueError, match="style must be one of gpt2, clip, got 'bert'"):
        BPETokenizer.train("text", 300, style="bert")
    with pytest.raises(TypeError, match="text must be a string, got list"):
        BPETokenizer.train(["a text"], 300)
    with pytest.raises(ValueError, match="the lone surrogate"):
        BPETokenizer.train("\ud800", 300)


def test_merges():
    with pytest.raises(ValueError, match=r"merges\[1\] joins 'xy', which is neither a byte nor made"):
        BPETokenizer.from_merges([("x", "z"), ("a", "xy")])
    with pytest.raises(ValueError, match=r"merges\[0\] joins ' ', which is neither a byte"):
        BPETokenizer.from_merges([(" ", "t")])
    with pytest.raises(ValueError, match=r"merges\[0\] joins 't</w>'"):
        BPETokenizer.from_merges([("s", "t</w>")])
    with pytest.raises(ValueError, match=r"merges\[3\] makes 'abc', which is a token already"):
        BPETokenizer.from_merges([("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc")])


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[1, 2]", '{"merges": []}', '{"style": "gpt2", "merges": [["a"]]}', "\x00"]
)
def test_files(tmp_path, content):
    path = tmp_path / "tokens.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=r"tokens\.json is no file that BPETokenizer\.save wrote"):
        BPETokenizer.load(path)
    with pytest.raises(FileNotFoundError):
        BPETokenizer.load(tmp_path / "nothing.json")


def test_files_in_another_encoding(tmp_path):
    (tmp_path / "tokens.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"is no file that BPETokenizer\.save wrote"):
        BPETokenizer.load(tmp_path / "tokens.json")


def test_word_pieces():
    with pytest.raises(ValueError, match=r"unknown must be in the vocabulary, got '\[UNK\]'"):
        WordPiece(["a", "b"])
    with pytest.raises(ValueError, match="vocabulary must hold a token once, got 'b' twice"):
        WordPiece(["[UNK]", "a", "b", "b", "b"])
    with pytest.raises(ValueError, match=r"the vocabulary must hold \[CLS\] and \[SEP\], it has no \[SEP\]"):
        WordPiece(["[UNK]", "[CLS]"]).encode_pair("a", "b")


def test_vocabularies():
    with pytest.raises(TypeError, match="words must be a list of words, got the string 'the cat'; split it"):
        Vocabulary("the cat")
    with pytest.raises(ValueError, match="no word is met min_count=3 times, the most frequent one 2 times"):
        Vocabulary(["a", "a", "b"], min_count=3)
    with pytest.raises(ValueError, match="no word is met min_count=1 times, the most frequent one 0 times"):
        Vocabulary([])
    with pytest.raises(ValueError, match=r"unknown must be one of specials, got '<unk>', not in \['<pad>'\]"):
        Vocabulary(["a"], specials=["<pad>"], unknown="<unk>")
    for wrong in (-1, 1):
        with pytest.raises(ValueError, match=f"ids must lie in 0…0, got {wrong}"):
            Vocabulary(["a"]).decode([wrong])
