"""Dates in words, in several languages, each with the same date by ISO 8601: a small task of translation.

The words are those of Babel, which carries the Unicode consortium's patterns and names; nothing is fetched.
Not here: times, relative dates, numbers alone such as 3/4/26, in which nobody can tell day from month.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
TEST_SHARE = 10  # of all days one in ten is for testing
LANGUAGES = ("en", "fr", "de", "es", "it", "ru", "zh", "ja")
FORMATS = ("full", "long", "medium")  # with the day of the week, without it, with the month cut short


def load_dates(
    count: int, *, split: str = "train", seed: int = 0, languages: Sequence[str] = LANGUAGES
) -> list[tuple[str, str]]:
    """Return pairs such as `("Monday, November 23, 2026", "2026-11-23")`, the words in a language of several.

    Arguments: `count`, how many pairs; `split`, "train" or "test": a day of 1900 to 2099 is in one of the two
    only, whatever the seed, language and format; `seed`, which of them, drawn by PCG64's raw output, which
    NumPy promises never to change: pair i is the same however many are drawn; `languages`, codes that Babel
    knows, each as likely as the others, as are the formats. Another release of Babel may write a date a
    little differently.

    Raises `ValueError` for an argument out of its range, `ImportError` where Babel is not installed.

    Source: Unicode Common Locale Data Repository, chart "Date & Time" (cldr.unicode.org).

    >>> load_dates(2, languages=("en",))
    [('Thursday, July 25, 1996', '1996-07-25'), ('Jul 12, 1983', '1983-07-12')]
    """
    locales = _locales(languages)
    _check_request(count, split, seed)
    from babel.dates import format_date

    order = np.argsort(np.random.PCG64(0).random_raw((LAST - FIRST).days + 1), kind="stable")
    num_tests = len(order) // TEST_SHARE
    days = order[:num_tests] if split == "test" else order[num_tests:]
    random = np.random.PCG64(seed).random_raw(3 * count).reshape(count, 3) >> np.uint64(11)
    which = (random * 2.0**-53 * (len(days), len(locales), len(FORMATS))).astype(int)
    pairs = []
    for day, locale, form in which.tolist():
        when = date.fromordinal(FIRST.toordinal() + int(days[day]))
        words = format_date(when, FORMATS[form], locales[locale])
        pairs.append((" ".join(words.split()), when.isoformat()))  # spaces of any width become plain ones
    return pairs


def _locales(languages):
    """Return Babel's locales for codes of languages."""
    try:
        from babel import Locale, UnknownLocaleError
    except ImportError as error:
        wanted = "pip install 'd2lmodels[language]'"
        raise ImportError(f"dates in words need Babel, which is not installed: {wanted}") from error
    if isinstance(languages, str) or not languages:
        raise ValueError(
            f"languages is {languages!r}; it must be codes such as ('en', 'pt_BR'), at least one"
        )
    locales = []
    for code in languages:
        try:
            locales.append(Locale.parse(code))
        except (UnknownLocaleError, ValueError, TypeError) as error:
            message = f"languages has {code!r}, which Babel does not know; codes are such as 'en' or 'pt_BR'"
            raise ValueError(message) from error
    return locales


def _check_request(count, split, seed):
    if not _is_whole(count, 1):
        raise ValueError(f"count is {count!r}; it must be a whole number from 1 up")
    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}; it must be 'train' or 'test'")
    if not _is_whole(seed, 0):
        raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 up")


def _is_whole(number, least) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and number >= least
