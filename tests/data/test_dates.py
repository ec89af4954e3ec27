"""Dates in words say the date beside them, no test day is a training day, a seed is the same everywhere."""

import hashlib
import re
from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from d2lmodels.data.dates import FIRST, LANGUAGES, LAST, load_dates

MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
DAYS = [date(2001, 1, day).strftime("%A") for day in range(1, 8)]  # the first was a Monday


def test_english_words_read_by_hand_are_the_dates_beside_them():
    forms = Counter()
    for words, iso in load_dates(2000, languages=("en",)):
        weekday, month, day, year = re.fullmatch(r"(?:(\w+), )?(\w+) (\d+), (\d{4})", words).groups()
        when = date(int(year), [name[:3] for name in MONTHS].index(month[:3]) + 1, int(day))
        assert when.isoformat() == iso and FIRST <= when <= LAST
        assert weekday is None or weekday == DAYS[when.weekday()]
        assert month in MONTHS or len(month) == 3
        forms["full" if weekday else "medium" if month not in MONTHS else "long or May"] += 1
    assert all(550 < number < 800 for number in forms.values())


def test_no_day_is_in_both_splits_whatever_the_seed_and_the_language():
    train = {iso for seed in (0, 5) for _, iso in load_dates(20_000, seed=seed)}
    test = {
        iso for seed in (0, 7) for _, iso in load_dates(8_000, split="test", seed=seed, languages=("el",))
    }
    assert not train & test
    assert len(test) > 6000 and len(train) > 25_000  # of 7,304 and 65,745
    for part in (train, test):
        assert min(part)[:2] == "19" and max(part)[:2] == "20"
        months = Counter(iso[5:7] for iso in part)
        assert len(months) == 12 and min(months.values()) > 0.85 * max(months.values())


def test_every_language_is_there_as_often_and_says_the_day_s_numbers():
    pairs = load_dates(4000)
    assert all(str(int(iso[8:])) in words and iso[:4] in words for words, iso in pairs)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", iso) for _, iso in pairs)
    assert not any(space in words for words, _ in pairs for space in ("\u202f", "\xa0", "  "))
    signs = {"年": 2 / 8, "г.": 1 / 8, " de ": 1 / 8 * 2 / 3}  # Chinese and Japanese; Russian; Spanish
    for sign, share in signs.items():
        found = sum(sign in words for words, _ in pairs) / len(pairs)
        assert abs(found - share) < 0.05, sign
    assert len(LANGUAGES) == 8


def test_what_a_seed_draws_is_the_same_everywhere():
    text = "\n".join(iso for _, iso in load_dates(1000, seed=3) + load_dates(1000, split="test", seed=3))
    assert (
        hashlib.sha256(text.encode()).hexdigest()
        == "315c9abf3e1ba8d710d025c589029e92dd6a3a1e5482193e515c9b6b15311f2d"
    )


@settings(max_examples=20)
@given(count=st.integers(1, 200), seed=st.integers(0, 2**64), split=st.sampled_from(["train", "test"]))
def test_the_first_pairs_do_not_depend_on_how_many_are_drawn(count, seed, split):
    pairs = load_dates(count, split=split, seed=seed)
    assert len(pairs) == count
    assert pairs == load_dates(300, split=split, seed=seed)[:count]
    assert pairs != load_dates(count, split=split, seed=seed + 1)
