"""A vocabulary: words counted, sorted and numbered. `bpe.py` and `wordpiece.py` cut them smaller."""

from collections import Counter
from collections.abc import Callable, Iterable
from difflib import get_close_matches


class Vocabulary:
    """The words of a text by falling count, each with its number; of equal counts the first one met is first.

    words: the running text, word after word. min_count: rarer words are left out. specials: words that stand
    before all others, whatever their counts. unknown: the word, among specials, whose number all words get
    that are not in the vocabulary; where it is None they are errors.

    `words` lists the words, `counts` how often each was met, `ids` is the dictionary of their numbers.

    Raises ValueError where nothing is left or unknown is not among specials, TypeError for a string.

    >>> vocabulary = Vocabulary("the cat and the dog and the owl".split(), min_count=2)
    >>> vocabulary.words, vocabulary.counts, vocabulary["and"]
    (['the', 'and'], [3, 2], 1)
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        min_count: int = 1,
        specials: Iterable[str] = (),
        unknown: str | None = None,
    ):
        if isinstance(words, str):
            raise TypeError(f"words must be a list of words, got the string {words[:20]!r}; split it")
        counts, specials = Counter(words), list(specials)
        frequent = (word for word, count in counts.most_common() if count >= min_count)
        self.words = list(dict.fromkeys([*specials, *frequent]))
        if not self.words:
            most = max(counts.values(), default=0)
            raise ValueError(
                f"no word is met min_count={min_count} times, the most frequent one {most} times"
            )
        if unknown is not None and unknown not in specials:
            raise ValueError(f"unknown must be one of specials, got {unknown!r}, not in {specials}")
        self.counts = [counts[word] for word in self.words]
        self.ids = {word: number for number, word in enumerate(self.words)}
        self.unknown = unknown

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.ids

    def __getitem__(self, word: str) -> int:
        """Return the number of a word; raise KeyError, with near spellings, where it has none."""
        if word in self.ids:
            return self.ids[word]
        if self.unknown is not None:
            return self.ids[self.unknown]
        near = ", ".join(get_close_matches(str(word), self.words))
        raise KeyError(f"{word!r} is not in the vocabulary" + (f"; near it are {near}" if near else ""))

    def encode(self, words: Iterable[str]) -> list[int]:
        """Return the number of each word.

        >>> Vocabulary(["a", "b", "a"], specials=["<unk>"], unknown="<unk>").encode(["b", "c", "a"])
        [2, 0, 1]
        """
        return [self[word] for word in words]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the word of each number; raise ValueError for a number that no word has."""
        ids = list(ids)
        check_ids(ids, len(self))
        return [self.words[number] for number in ids]


def check_ids(ids: list[int], size: int) -> None:
    """Raise ValueError where an id is none of 0 … size − 1; Python counts a negative one from the end."""
    if ids and not 0 <= min(ids) <= max(ids) < size:
        wrong = next(number for number in ids if not 0 <= number < size)
        raise ValueError(f"ids must lie in 0…{size - 1}, got {wrong}")


def check_text(text: str) -> None:
    """Raise TypeError for what is no string, ValueError for half a character: a surrogate by itself."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        got = f"{text[error.start]!r} at position {error.start}"
        raise ValueError(f"text must be whole characters, got the lone surrogate {got}") from None


class WordCache(dict):
    """What a function makes of words, kept for the next time: text says the same words again and again.

    make: the function. At `MOST` words everything is forgotten, and words of more than `LONGEST` characters
    are never kept: a full cache takes 20 MB of English, 120 MB of emoji.

    >>> letters = WordCache(list)
    >>> letters["cat"], letters
    (['c', 'a', 't'], {'cat': ['c', 'a', 't']})
    """

    MOST, LONGEST = 100_000, 24

    def __init__(self, make: Callable[[str], list]):
        super().__init__()
        self.make = make

    def __missing__(self, word: str) -> list:
        made = self.make(word)
        if len(word) <= self.LONGEST:
            if len(self) >= self.MOST:
                self.clear()
            self[word] = made
        return made
