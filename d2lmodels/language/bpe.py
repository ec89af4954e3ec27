"""Byte-pair encoding: the most frequent pair of neighbours becomes a token, again and again.

A text is cut into words as GPT-2 does it and words into bytes, so that every text has tokens and comes back
unchanged; `style="clip"` is for CLIP's merges. Not here: special tokens (a model gives them the numbers from
`len(tokenizer)` on, and no text contains them), CLIP's repair of broken text and of HTML.
"""

import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from heapq import heapify, heappop, heappush
from itertools import chain, pairwise
from pathlib import Path

from d2lmodels.language.vocab import WordCache, check_ids, check_text

VISIBLE = [byte for byte in range(256) if chr(byte).isprintable() and byte != ord(" ")]
BYTES = VISIBLE + [byte for byte in range(256) if byte not in VISIBLE]  # a byte's number is its place here
NUMBERS = {byte: number for number, byte in enumerate(BYTES)}
CHARACTERS = [chr(byte) for byte in VISIBLE] + [chr(256 + k) for k in range(256 - len(VISIBLE))]

SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # Python's \s has \x1c-\x1f too
STYLES = ("gpt2", "clip")


@cache
def word_pattern(style: str) -> re.Pattern:
    r"""Return the expression that cuts a text into words: GPT-2's or CLIP's.

    They are written with `\p{L}` for letters and `\p{N}` for numbers, which Python's `re` does not know. Its
    `\w` is both, and `_`; its `\d` only the decimal digits, so that the other numbers (², ½, Ⅳ) are listed.

    >>> word_pattern("gpt2").findall("It's 20 m²,  naïve!")
    ['It', "'s", ' 20', ' m', '²', ',', ' ', ' naïve', '!']
    >>> word_pattern("clip").findall("it's 20 m²")
    ['it', "'s", '2', '0', 'm', '²']
    """
    signs = ((k, chr(k)) for k in range(sys.maxunicode + 1))
    others = dict.fromkeys(k for k, c in signs if c.isnumeric() and not (c.isdecimal() or c.isalpha()))
    ends = zip((k for k in others if k - 1 not in others), (k for k in others if k + 1 not in others))
    others = "".join(f"{chr(first)}-{chr(last)}" for first, last in ends)
    letter, number, sign = rf"[^\W\d_{others}]", rf"[\d{others}]", rf"(?:[^\w{SPACE}]|_)"
    endings = "'s|'t|'re|'ve|'m|'ll|'d"
    if style == "clip":
        return re.compile(f"{endings}|{letter}+|{number}|{sign}+")
    spaces = f"[{SPACE}]+(?![^{SPACE}])|[{SPACE}]+"  # the last space before a word belongs to the word
    return re.compile(f"{endings}| ?{letter}+| ?{number}+| ?{sign}+|{spaces}")


def learn_merges(
    words: list[list[int]], counts: list[int], *, num_merges: int, first_id: int
) -> list[tuple[int, int]]:
    """Return the pairs that become the tokens first_id, first_id + 1, …: each the most frequent of its time.

    words: the ids of each distinct word. counts: how often each word occurs. Of equally frequent pairs the
    one of smaller ids wins. There are fewer than num_merges where no pair occurs twice any more.

    The pairs are counted once; a merge then changes only the counts of its neighbours. In `ids` all words
    stand in a row, -1 between them; of two merged tokens the left place gets the new one, and `after` and
    `before` jump over the right. `places` says, from left to right, where a pair may be, and a heap which
    pair is the most frequent: entries older than the counts are too high, and go back with the new count.

    >>> learn_merges([[0, 1, 2], [0, 1]], [2, 3], num_merges=2, first_id=3)  # abc twice, ab three times
    [(0, 1), (3, 2)]
    """
    ids, weights = [-1], [0]
    for word, count in zip(words, counts):
        ids += [*word, -1]
        weights += [count] * (len(word) + 1)
    before, after = list(range(-1, len(ids) - 1)), list(range(1, len(ids) + 1))
    frequency, places = defaultdict(int), defaultdict(list)
    for i, pair in enumerate(pairwise(ids)):
        if -1 not in pair:
            frequency[pair] += weights[i]
            places[pair].append(i)
    heap = [(-count, pair) for pair, count in frequency.items()]
    heapify(heap)
    merges = []
    while heap and len(merges) < num_merges:
        count, pair = heappop(heap)
        if -count != frequency[pair]:
            heappush(heap, (-frequency[pair], pair))
            continue
        if -count < 2:
            break
        (left, right), new = pair, first_id + len(merges)
        merges.append(pair)
        grown = set()
        for i in places.pop(pair):
            j = after[i]
            if ids[i] != left or ids[j] != right:  # a token has gone into another one meanwhile
                continue
            h, k = before[i], after[j]
            ids[i], ids[j], after[i], before[k] = new, -2, k, i
            on_the_left = ((ids[h], left), (ids[h], new), h)
            on_the_right = ((right, ids[k]), (new, ids[k]), i)
            for old, fresh, place in (on_the_left, on_the_right):
                if -1 not in old:
                    frequency[old] -= weights[i]
                    frequency[fresh] += weights[i]
                    places[fresh].append(place)
                    grown.add(fresh)
        for fresh in grown:
            heappush(heap, (-frequency[fresh], fresh))
    return merges


class BPETokenizer:
    """Text to ids and back, by way of bytes and of merges in the order in which they were learned.

    pairs: the ids that each merge joins; merge k makes the id `first + k`, where first is 256, the number of
    bytes, or 512 for CLIP, whose bytes at a word's end are tokens of their own. style: "gpt2", where a word
    keeps the space before it, or "clip", where text is composed (NFC) and made small, spaces are dropped and
    `</w>` marks a word's end. `train`, `from_merges` and `load` make one more easily.

    `tokens` lists them in visible characters, as published files do: `Ġ` is the space, `Ã©` the two bytes
    of é. The ids are those of GPT-2 and CLIP for their merges. Raises ValueError for another style.

    Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units" (2016), section
    3.2; Radford et al., "Language models are unsupervised multitask learners" (2019), section 2.2.

    >>> tokenizer = BPETokenizer.train("low lower lowest", 259)
    >>> ids = tokenizer.encode("lowers")
    >>> ids, [tokenizer.tokens[number] for number in ids], tokenizer.decode(ids)
    ([257, 68, 81, 82], ['low', 'e', 'r', 's'], 'lowers')
    """

    def __init__(self, pairs: Iterable[tuple[int, int]], *, style: str = "gpt2"):
        if style not in STYLES:
            raise ValueError(f"style must be one of {', '.join(STYLES)}, got {style!r}")
        self.style, self.pattern = style, word_pattern(style)
        self.tokens, self.bytes = list(CHARACTERS), [bytes([byte]) for byte in BYTES]
        if style == "clip":
            self.tokens += [character + "</w>" for character in CHARACTERS]
            self.bytes += [byte + b" " for byte in self.bytes]
        self.ids = {}  # of each pair
        for left, right in pairs:
            self.ids[left, right] = len(self.tokens)
            self.tokens.append(self.tokens[left] + self.tokens[right])
            self.bytes.append(self.bytes[left] + self.bytes[right])
        self.cache = WordCache(self.encode_word)

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def train(cls, text: str, vocab_size: int, *, style: str = "gpt2") -> "BPETokenizer":
        """Return a tokenizer of vocab_size tokens, learned from a text; of fewer where no pair occurs twice.

        Raises ValueError for a size that leaves no room for the bytes and for lone surrogates, TypeError for
        what is no string.
        """
        untrained = cls([], style=style)
        if not isinstance(vocab_size, int) or vocab_size < len(untrained):
            raise ValueError(f"vocab_size must be {len(untrained)}, the bytes, or more, got {vocab_size!r}")
        counts = Counter(untrained.words(text))
        pairs = learn_merges(
            [untrained.byte_ids(word) for word in counts],
            list(counts.values()),
            num_merges=vocab_size - len(untrained),
            first_id=len(untrained),
        )
        return cls(pairs, style=style)

    @classmethod
    def from_merges(cls, merges: Iterable[tuple[str, str]], *, style: str = "gpt2") -> "BPETokenizer":
        """Return the tokenizer of published merges: pairs of tokens, written in visible characters.

        Raises ValueError for a merge of what is no token yet, or one that makes a token a second time.

        >>> BPETokenizer.from_merges([("Ġ", "t"), ("Ġt", "he")])
        Traceback (most recent call last):
        ValueError: merges[1] joins 'he', which is neither a byte nor made by a merge before it
        """
        tokens = {token: number for number, token in enumerate(cls([], style=style).tokens)}
        pairs = []
        for k, (left, right) in enumerate(merges):
            for token in (left, right):
                if token not in tokens:
                    what = "which is neither a byte nor made by a merge before it"
                    raise ValueError(f"merges[{k}] joins {token!r}, {what}")
            if left + right in tokens:
                raise ValueError(f"merges[{k}] makes {left + right!r}, which is a token already")
            pairs.append((tokens[left], tokens[right]))
            tokens[left + right] = len(tokens)
        return cls(pairs, style=style)

    @classmethod
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Return the tokenizer that `save` wrote; raise ValueError where the file holds something else."""
        try:
            saved = json.loads(Path(path).read_text("utf-8"))
            merges, style = [(left, right) for left, right in saved["merges"]], saved["style"]
        except (ValueError, TypeError, KeyError):
            raise ValueError(f"{path} is no file that BPETokenizer.save wrote") from None
        return cls.from_merges(merges, style=style)

    def save(self, path: str | Path) -> None:
        """Write the style and the merges, as text, into a JSON file."""
        merges = [[self.tokens[left], self.tokens[right]] for left, right in self.ids]
        text = json.dumps({"style": self.style, "merges": merges}, ensure_ascii=False)
        Path(path).write_text(text, encoding="utf-8")

    def words(self, text: str) -> list[str]:
        """Return the pieces of a text that merges never cross; raise errors as `encode` does."""
        check_text(text)
        if self.style == "clip":  # a small Σ is σ wherever it stands
            text = unicodedata.normalize("NFC", text).replace("Σ", "σ").lower()
        return self.pattern.findall(text)

    def byte_ids(self, word: str) -> list[int]:
        """Return the ids of a word's bytes before any merge."""
        ids = [NUMBERS[byte] for byte in word.encode()]
        if self.style == "clip":
            ids[-1] += 256
        return ids

    def encode_word(self, word: str) -> list[int]:
        """Return the ids of a word: of the pairs in it the one learned first is merged, until none is known.

        The tokens stand in a ring with a gap, None, behind the last, and the known pairs in a heap, so that
        even a word of a million letters takes seconds.
        """
        ids = [*self.byte_ids(word), None]
        before, after = list(range(-1, len(ids) - 1)), [*range(1, len(ids)), 0]
        heap = [(self.ids[pair], i) for i, pair in enumerate(pairwise(ids)) if pair in self.ids]
        heapify(heap)
        while heap:
            new, i = heappop(heap)
            j = after[i]
            if self.ids.get((ids[i], ids[j])) != new:  # one of the two has gone into another token
                continue
            ids[i], ids[j], after[i], before[after[j]] = new, None, after[j], i
            for k in (before[i], i):
                if (pair := (ids[k], ids[after[k]])) in self.ids:
                    heappush(heap, (self.ids[pair], k))
        return [number for number in ids if number is not None]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; raise TypeError for no string, ValueError for lone surrogates."""
        return list(chain.from_iterable(map(self.cache.__getitem__, self.words(text))))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids; bytes that are no UTF-8, as pieces of a character are, become `�`.

        Raises ValueError for an id that is none.
        """
        ids = list(ids)
        check_ids(ids, len(self))
        text = b"".join(self.bytes[number] for number in ids).decode(errors="replace")
        return text.removesuffix(" ") if self.style == "clip" else text
