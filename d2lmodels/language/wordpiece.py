"""WordPiece as BERT uses it: words are cut, from the left, into the longest pieces that a vocabulary holds.

Not here: learning the vocabulary, which is published with the weights; where in the text a token was. No text
contains a special token: "[MASK]" is cut into `[`, `mask` and `]`.
"""

import re
import string
import unicodedata
from collections.abc import Iterable
from itertools import chain

from d2lmodels.language.vocab import WordCache, check_ids, check_text

WORD = re.compile(r"[^\t\n\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
CHINESE = [  # the blocks that BERT's authors named: the first and the last code point
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0x2F800, 0x2FA1F),
]


def is_invisible(character: str) -> bool:
    """Return whether BERT drops a character: control, format, private use, or `�` for what was unreadable."""
    return unicodedata.category(character) in ("Cc", "Cf", "Co") or character == "\ufffd"


def is_word(character: str) -> bool:
    """Return whether a character is a word by itself: ASCII's signs, all punctuation, Chinese characters."""
    return (
        character in string.punctuation
        or unicodedata.category(character).startswith("P")
        or any(first <= ord(character) <= last for first, last in CHINESE)
    )


def split_words(text: str, *, lowercase: bool = True) -> list[str]:
    """Return the words of a text without spaces: cleaned, and cut at punctuation and Chinese characters.

    With lowercase, letters become small and lose their accents: characters are decomposed (NFD), and marks
    that take no room of their own (Mn) are dropped. A small Σ is σ, also at a word's end.

    >>> split_words("Crème-brûlée,你好!")
    ['creme', '-', 'brulee', ',', '你', '好', '!']
    """
    text = "".join(c for c in text if not is_invisible(c))
    if lowercase:
        marked = unicodedata.normalize("NFD", text)
        text = "".join(c for c in marked if unicodedata.category(c) != "Mn").replace("Σ", "σ").lower()
    return "".join(f" {c} " if is_word(c) else c for c in text).split()


class WordPiece:
    """Text to ids of a published vocabulary and back.

    vocabulary: the tokens in the order of their ids; pieces that continue a word begin with `##`. lowercase:
    make letters small and drop accents, as the vocabulary asks for. unknown: the token of a word that cannot
    be put together, or has more than max_chars characters.

    Raises ValueError where unknown is not in the vocabulary, or a token is there twice.

    Schuster and Nakajima, "Japanese and Korean voice search" (2012), section 3; Wu et al., "Google's neural
    machine translation system" (2016), section 4.1.

    >>> bert = WordPiece(["[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "!"])
    >>> bert.tokenize("Unaffable! Unable, unaff"), bert.encode("unaffable!")
    (['un', '##aff', '##able', '!', 'un', '##able', '[UNK]', 'un', '##aff'], [3, 4, 5, 6])
    """

    def __init__(
        self,
        vocabulary: Iterable[str],
        *,
        lowercase: bool = True,
        unknown: str = "[UNK]",
        max_chars: int = 100,
    ):
        self.tokens = list(vocabulary)
        self.ids = {token: number for number, token in enumerate(self.tokens)}
        if len(self.ids) < len(self.tokens):
            twice = next(token for number, token in enumerate(self.tokens) if self.ids[token] != number)
            raise ValueError(f"vocabulary must hold a token once, got {twice!r} twice")
        if unknown not in self.ids:
            raise ValueError(f"unknown must be in the vocabulary, got {unknown!r}")
        self.lowercase, self.unknown, self.max_chars = lowercase, unknown, max_chars
        self.cache = WordCache(self.encode_word)

    def __len__(self) -> int:
        return len(self.tokens)

    def pieces(self, word: str) -> list[str]:
        """Return the longest piece of a word that is a token, the longest of what is left, and so on."""
        tokens, start = [], 0
        while start < len(word) <= self.max_chars:
            prefix = "##" if start else ""
            ends = (end for end in range(len(word), start, -1) if prefix + word[start:end] in self.ids)
            if (end := next(ends, None)) is None:
                break
            tokens.append(prefix + word[start:end])
            start = end
        return tokens if start == len(word) else [self.unknown]

    def encode_word(self, text: str) -> list[int]:
        """Return the ids of a text without spaces."""
        words = split_words(text, lowercase=self.lowercase)
        return [self.ids[token] for word in words for token in self.pieces(word)]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; raise TypeError for no string, ValueError for lone surrogates."""
        check_text(text)
        return list(chain.from_iterable(map(self.cache.__getitem__, WORD.findall(text))))

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of a text, as strings; raise errors as `encode` does."""
        return [self.tokens[number] for number in self.encode(text)]

    def encode_pair(self, first: str, second: str | None = None) -> tuple[list[int], list[int]]:
        """Return the ids of `[CLS] first [SEP] second [SEP]`, and for each 0 or 1: the text it belongs to.

        Without a second text it ends at the first `[SEP]`. Raises ValueError where the vocabulary has no
        `[CLS]` or `[SEP]`.

        >>> WordPiece(["[UNK]", "[CLS]", "[SEP]", "a", "b"]).encode_pair("b", "a a")
        ([1, 4, 2, 3, 3, 2], [0, 0, 0, 1, 1, 1])
        """
        if missing := [token for token in ("[CLS]", "[SEP]") if token not in self.ids]:
            raise ValueError(f"the vocabulary must hold [CLS] and [SEP], it has no {missing[0]}")
        ids = [self.ids["[CLS]"], *self.encode(first), self.ids["[SEP]"]]
        rest = [] if second is None else [*self.encode(second), self.ids["[SEP]"]]
        return ids + rest, [0] * len(ids) + [1] * len(rest)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the tokens of ids with spaces between words; what cleaning took away does not come back.

        Raises ValueError for an id that is none.
        """
        ids = list(ids)
        check_ids(ids, len(self))
        return " ".join(self.tokens[number] for number in ids).replace(" ##", "")
